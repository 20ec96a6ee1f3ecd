// SPDX-License-Identifier: Apache-2.0
// How far each board is: a line a port on a terminal, written over; nothing where no one watches.

const INTERVAL_MS = 200;
const ERASE_LINE = "\x1b[K";

export class PortLines {
  private readonly lines = new Map<string, string>();
  private lastMs = -Infinity;
  private shown = 0;

  constructor(ports: readonly string[]) {
    for (const port of ports) this.lines.set(port, "");
  }

  say(port: string, line: string): void {
    this.lines.set(port, line);
    const nowMs = performance.now();
    if (!process.stderr.isTTY || nowMs - this.lastMs < INTERVAL_MS) return;
    this.lastMs = nowMs;
    this.clear();
    for (const [name, text] of this.lines) process.stderr.write(`${name}  ${text}${ERASE_LINE}\n`);
    this.shown = this.lines.size;
  }

  /** Takes them away. */
  clear(): void {
    for (; this.shown > 0; this.shown--) process.stderr.write(`\x1b[A${ERASE_LINE}`);
  }
}
