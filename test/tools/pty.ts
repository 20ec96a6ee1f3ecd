// SPDX-License-Identifier: Apache-2.0
// A serial port that is none: a pseudo terminal of util-linux's script, whose other end is a TCP port.
import { spawn } from "node:child_process";
import { connect } from "node:net";

export interface Pty {
  readonly path: string;
  close(): void;
}

const DEADLINE_MS = 5000;

/** Undefined where there is no such script. */
export async function openPty(tcpPort: number): Promise<Pty | undefined> {
  const holder = "tty; stty raw -echo; echo ready; exec sleep 600";
  const script = spawn("script", ["-qfc", holder, "/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
  let said = "";
  const path = await new Promise<string | undefined>((resolve) => {
    const deadline = setTimeout(() => resolve(undefined), DEADLINE_MS);
    const settle = (found: string | undefined) => {
      clearTimeout(deadline);
      resolve(found);
    };
    script.on("error", () => settle(undefined));
    script.on("exit", () => settle(undefined));
    script.stdout.on("data", (bytes: Buffer) => {
      said += bytes.toString("latin1");
      if (said.includes("ready")) settle(/\/dev\/\S+/.exec(said)?.[0]);
    });
  });
  if (path === undefined) return void script.kill();
  script.stdout.removeAllListeners("data");
  const socket = connect(tcpPort, "127.0.0.1");
  socket.on("error", () => undefined);
  script.stdout.pipe(socket);
  socket.pipe(script.stdin);
  return {
    path,
    close() {
      socket.destroy();
      script.kill("SIGKILL");
    },
  };
}
