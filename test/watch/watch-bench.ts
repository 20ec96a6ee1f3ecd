// SPDX-License-Identifier: Apache-2.0
// Somebody who edits a product's script while lightline watch has it on a board.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Board } from "../../bench/build/boards.js";
import { loadProduct } from "../../bench/build/product.js";
import type { WatchEvent } from "../../bench/watch/watch.js";
import { watchScript } from "../../bench/watch/watch.js";

const EXAMPLE = new URL("../../examples/hello-sensor", import.meta.url).pathname;

export class Editor {
  readonly events: WatchEvent[] = [];
  /** Ends when the watching does. */
  readonly ended: Promise<void>;
  private readonly dir = mkdtempSync(join(tmpdir(), "lightline-watch-"));
  private readonly folder = join(this.dir, "product");
  private readonly stop = new AbortController();
  private wake = (): void => undefined;
  private read = 0;

  constructor(port: string, board: Board, script: string) {
    cpSync(EXAMPLE, this.folder, { recursive: true });
    this.write("dut.ts", script);
    const product = loadProduct(this.folder);
    this.ended = watchScript({ port, board, product, role: "dut" }, this.stop.signal, (event) => {
      this.events.push(event);
      this.wake();
    });
    this.ended.catch(() => undefined);
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** The next event that is one of these, after those that were waited for before. */
  async next<Kind extends WatchEvent["event"]>(kind: Kind, text = ""): Promise<WatchEvent & { readonly event: Kind }> {
    for (;;) {
      const event = this.events[this.read];
      if (!event) await Promise.race([new Promise<void>((resolve) => (this.wake = resolve)), this.ended]);
      else {
        this.read++;
        if (event.event === kind && JSON.stringify(event).includes(text)) return event as never;
      }
    }
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.ended.catch(() => undefined);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Says the word again and again. */
export const saying = (word: string): string =>
  `function again() {\n  server.log("${word}");\n  imp.wakeup(0.05, again);\n}\nagain();\n`;

/** Throws in a function that another calls, in line 3, called from 6. */
export const THROWING = `function inner(from: { deep?: { value: number } }): number {
  const deep = from.deep as { value: number };
  return deep.value;
}
imp.wakeup(0.05, () => {
  server.log(inner({}));
});
`;
