// SPDX-License-Identifier: Apache-2.0
// lightline decode FILE...: what the receiver makes of captured light.
import { Command } from "commander";
import { readCapture } from "../capture-file.js";
import type { Decoded } from "../decode.js";
import { decodeCapture } from "../decode.js";

/** Some file held no complete frame. */
const EXIT_INCOMPLETE = 1;

export function decodeCommand(): Command {
  return new Command("decode")
    .description("decode captured light; exit 0 when every file holds a complete frame, 1 otherwise")
    .argument("<file...>", "captures, as test/vectors/README.md describes them")
    .option("--json", "print one JSON object a line")
    .action((files: string[], options: { json?: boolean }) => {
      for (const capture of files.map(readCapture)) {
        const decoded = decodeCapture(capture);
        const line = options.json
          ? JSON.stringify({ file: capture.file, ...decoded })
          : describe(capture.file, decoded);
        process.stdout.write(line + "\n");
        if (decoded.status !== "complete") process.exitCode = EXIT_INCOMPLETE;
      }
    });
}

function describe(file: string, { status, ...fields }: Decoded): string {
  const said = Object.entries(fields).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return `${file}: ${[status, ...said].join(", ")}`;
}
