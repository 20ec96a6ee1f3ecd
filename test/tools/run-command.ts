// SPDX-License-Identifier: Apache-2.0
// One command in this process, as bench/lightline.mjs runs it: its exit code and what it said.
import { main } from "../../bench/cli.js";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function runCommand(...args: string[]): Promise<Ended> {
  const said = { out: "", err: "" };
  const streams = [
    ["out", process.stdout],
    ["err", process.stderr],
  ] as const;
  const writes = streams.map(([name, stream]) => {
    const { write } = stream;
    stream.write = ((text: string) => ((said[name] += text), true)) as typeof stream.write;
    return () => void (stream.write = write);
  });
  try {
    const code = await main(["node", "lightline", ...args]);
    return { code, ...said };
  } finally {
    for (const restore of writes) restore();
    process.exitCode = undefined;
  }
}

/** What lightline decode says of one file. */
export async function decodeFile(file: string): Promise<object> {
  const said = JSON.parse((await runCommand("decode", "--json", file)).out) as { file?: string };
  delete said.file;
  return said;
}
