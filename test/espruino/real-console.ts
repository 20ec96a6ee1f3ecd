// SPDX-License-Identifier: Apache-2.0
// The console of a real Espruino process as a TCP port, as something that passes a serial port on would have it.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { linuxStorage } from "./linux-storage.js";

export interface RealConsoleOptions {
  /** The interpreter. */
  readonly binary: string;
  /** A folder of its own. */
  readonly dir: string;
  /** Gives it what the Linux port lacks; runs at every start, and after reset() too. */
  readonly prelude: string;
}

export class RealConsole {
  private constructor(
    private readonly process: ChildProcess,
    private readonly server: Server,
  ) {}

  static async start({ binary, dir, prelude }: RealConsoleOptions): Promise<RealConsole> {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "espruino.flash"), linuxStorage({ ".boot0": prelude }));
    const espruino = spawn(binary, [], { cwd: dir, stdio: ["pipe", "pipe", "ignore"] });
    const server = createServer((socket) => {
      socket.on("data", (bytes) => espruino.stdin.write(bytes));
      socket.on("error", () => undefined);
      espruino.stdout.on("data", (bytes) => socket.write(bytes));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new RealConsole(espruino, server);
  }

  get port(): string {
    return `tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.process.kill("SIGKILL");
  }
}
