// SPDX-License-Identifier: Apache-2.0
// A board that is a real Espruino process: restarts are new processes over the same flash, as after a power cut.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { linuxStorage } from "./linux-storage.js";

export interface World {
  readonly mac: string;
  readonly ssid: string;
  readonly password: string;
  readonly joinMs: number;
  readonly port: number;
  /** When the operator presses the button; 0 for never. */
  readonly pressMs: number;
  readonly entropy: number;
  readonly flashBase: number;
  readonly lightPin: number;
  readonly emitterPin: number;
  readonly lightHz: number;
  readonly analog: { readonly [gpio: number]: number };
  readonly wires: { readonly [gpio: number]: number };
}

export interface RealBoardOptions {
  /** The interpreter. */
  readonly binary: string;
  /** A folder of its own. */
  readonly dir: string;
  readonly prelude: string;
  /** Storage files: .bootcde and the stages. */
  readonly files: { readonly [name: string]: string };
  readonly world: World;
  /** What the light pin sees, one byte a sample. */
  readonly light: Uint8Array;
  readonly flash: Uint8Array;
  /** Somebody types this at the console once the stage stands. */
  readonly typed?: string;
}

export class RealBoard {
  /** Console lines of all starts that say something of the firmware's (~, uncaught:) or the prelude's (@). */
  readonly lines: string[] = [];
  starts = 0;

  constructor(private readonly options: RealBoardOptions) {
    const { dir } = options;
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "world.json"), JSON.stringify(options.world));
    writeFileSync(join(dir, "light.bin"), options.light);
    writeFileSync(join(dir, "flash.bin"), options.flash);
    writeFileSync(join(dir, "espruino.flash"), linuxStorage({ ".boot0": options.prelude, ...options.files }));
  }

  flash(): Buffer {
    return readFileSync(join(this.options.dir, "flash.bin"));
  }

  /** Powers the board and lets it restart as it likes, until a line satisfies `until`. */
  async run(until: (line: string) => boolean, deadlineMs: number): Promise<void> {
    const end = Date.now() + deadlineMs;
    while (!(await this.start(until, end - Date.now())));
  }

  /** One start; true when `until` was satisfied, false when the board restarted. */
  private start(until: (line: string) => boolean, deadlineMs: number): Promise<boolean> {
    this.starts++;
    const child = spawn(this.options.binary, [], { cwd: this.options.dir, stdio: ["pipe", "pipe", "pipe"] });
    return new Promise((resolve, reject) => {
      const fail = (why: string) => finish(() => reject(new Error(`${why}; the last lines were\n${this.tail()}`)));
      const deadline = setTimeout(() => fail("the real interpreter did not get there in time"), deadlineMs);
      const finish = (settle: () => void) => {
        clearTimeout(deadline);
        child.removeAllListeners();
        child.kill("SIGKILL");
        settle();
      };
      child.on("exit", (code) => fail(`the real interpreter ended with ${code}`));
      createInterface(child.stdout).on("line", (text) => {
        // A prompt, or what clears one, may stand before the mark.
        const line = /(?:[~@]|uncaught: ).*/.exec(text.replace(/\r/g, ""))?.[0] ?? "";
        if (line) this.lines.push(line);
        if (line.startsWith("@memory settled") && this.options.typed) child.stdin.write(this.options.typed);
        if (until(line)) finish(() => resolve(true));
        else if (line.startsWith("@reboot")) finish(() => resolve(false));
      });
    });
  }

  private tail(): string {
    return this.lines.slice(-15).join("\n");
  }
}
