// SPDX-License-Identifier: Apache-2.0
// Files that look like Espruino's archive for a chip: headers as Espressif documents them, and nothing that runs.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Chip } from "../../bench/build/chips.js";

export function espImage(chipId: number, text: string, bytes = 1024): Buffer {
  const image = Buffer.alloc(bytes, 0x5a);
  image.writeUInt8(0xe9);
  image.writeUInt16LE(chipId, 12);
  image.write(text, 64, "latin1");
  return image;
}

/** Rows of [address, bytes]. */
export function partitionTable(rows: readonly (readonly [number, number])[]): Buffer {
  const table = Buffer.alloc(0xc00, 0xff);
  for (const [index, [address, bytes]] of rows.entries()) {
    table.writeUInt16LE(0x50aa, 32 * index);
    table.writeUInt32LE(address, 32 * index + 4);
    table.writeUInt32LE(bytes, 32 * index + 8);
  }
  return table;
}

/** Gives the interpreter's path. */
export function writeArchive(folder: string, { install, partitions }: Chip): string {
  mkdirSync(folder, { recursive: true });
  const write = (what: keyof Chip["install"]["files"], bytes: Buffer): string => {
    const file = join(folder, install.files[what].name);
    writeFileSync(file, bytes);
    return file;
  };
  write("bootloader", espImage(install.chipId, "loader"));
  const rows = Object.values(partitions).map(({ address, bytes }) => [Number(address), bytes] as const);
  write("partitions", partitionTable(rows));
  return write("firmware", espImage(install.chipId, " 2v29 (c) 2026 G.Williams"));
}
