// SPDX-License-Identifier: Apache-2.0
// A real Espruino behind a TCP port that restarts as a board does: a new process over the same Storage, and the port stays.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { linuxStorage } from "./linux-storage.js";

export interface RealPortOptions {
  /** The interpreter. */
  readonly binary: string;
  /** A folder of its own. */
  readonly dir: string;
  /** Runs at every start, and after reset() too. */
  readonly prelude: string;
  /** What the prelude reads, by file name. */
  readonly world: { readonly [file: string]: string | Uint8Array };
}

const RESTARTS = "@reboot";

export class RealPort {
  /** Console lines of all starts that say something of the firmware's (~) or the prelude's (@). */
  readonly lines: string[] = [];
  bytesHeard = 0;
  /** The cable comes off after so many bytes. */
  cutAt = Infinity;
  private process: ChildProcess | undefined;
  private readonly sockets = new Set<Socket>();
  private onLine: ((line: string) => void) | undefined;

  private constructor(
    private readonly options: RealPortOptions,
    private readonly server: Server,
  ) {}

  static async start(options: RealPortOptions): Promise<RealPort> {
    const { dir, prelude, world } = options;
    mkdirSync(dir, { recursive: true });
    for (const [file, content] of Object.entries(world)) writeFileSync(join(dir, file), content);
    writeFileSync(join(dir, "espruino.flash"), linuxStorage({ ".boot0": prelude }));
    const server = createServer();
    const port = new RealPort(options, server);
    server.on("connection", (socket) => port.attach(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port.powerCycle();
    return port;
  }

  get port(): string {
    return `tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  powerCycle(): void {
    this.process?.removeAllListeners();
    this.process?.kill("SIGKILL");
    const espruino = spawn(this.options.binary, [], { cwd: this.options.dir, stdio: ["pipe", "pipe", "ignore"] });
    this.process = espruino;
    espruino.stdout.on("data", (bytes: Buffer) => {
      if (espruino === this.process) for (const socket of this.sockets) socket.write(bytes);
    });
    createInterface(espruino.stdout).on("line", (text) => {
      // A prompt, or what clears one, may stand before the mark.
      const line = /[~@].*/.exec(text.replace(/\r/g, ""))?.[0];
      if (espruino === this.process && line) this.hear(line);
    });
    espruino.stdin.on("error", () => undefined);
  }

  /** Resolves with the first line, from now on, that satisfies. */
  async until(satisfies: (line: string) => boolean, deadlineMs: number): Promise<string> {
    try {
      return await new Promise((resolve, reject) => {
        const late = () => reject(new Error(`not in time; the last lines were\n${this.lines.slice(-15).join("\n")}`));
        const deadline = setTimeout(late, deadlineMs);
        this.onLine = (line) => {
          if (!satisfies(line)) return;
          clearTimeout(deadline);
          resolve(line);
        };
      });
    } finally {
      this.onLine = undefined;
    }
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    this.process?.kill("SIGKILL");
  }

  private hear(line: string): void {
    this.lines.push(line);
    this.onLine?.(line);
    if (line.startsWith(RESTARTS)) this.powerCycle();
  }

  private attach(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      const heard = bytes.subarray(0, Math.max(0, this.cutAt - this.bytesHeard));
      this.bytesHeard += heard.length;
      this.process?.stdin?.write(heard);
      if (heard.length < bytes.length) socket.destroy();
    });
  }
}
