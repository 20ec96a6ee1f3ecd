// SPDX-License-Identifier: Apache-2.0
// How far the work is: one line on a terminal, written over; nothing where no one watches.

const INTERVAL_MS = 200;
const ERASE_LINE = "\r\x1b[K";

export class Progress {
  private lastMs = -Infinity;

  say(line: string): void {
    const nowMs = performance.now();
    if (!process.stderr.isTTY || nowMs - this.lastMs < INTERVAL_MS) return;
    this.lastMs = nowMs;
    process.stderr.write(ERASE_LINE + line);
  }

  end(): void {
    if (process.stderr.isTTY && this.lastMs > 0) process.stderr.write(ERASE_LINE);
    this.lastMs = -Infinity;
  }
}
