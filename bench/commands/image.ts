// SPDX-License-Identifier: Apache-2.0
// lightline image BOARD: everything that a fresh board needs, in one file for esptool, with hashes for a batch.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { Command, Option } from "commander";
import type { Role } from "../build/boards.js";
import { loadBoard } from "../build/boards.js";
import { loadProduct } from "../build/product.js";
import { buildStageFiles, checkRole } from "../flash/stage-files.js";
import { readEspruino } from "../image/espruino-files.js";
import { eraseLine, writeLine } from "../image/esptool.js";
import { blankParts, mergeParts, storagePart } from "../image/merge.js";
import { checkOutFile, notWritable } from "../out-file.js";
import { formatTable } from "../table.js";

interface ImageOptions {
  readonly firmware: string;
  readonly product: string;
  readonly role?: Role;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function imageCommand(): Command {
  return new Command("image")
    .description("make one file for esptool of Espruino and a product's stages, with hashes; for fresh boards only")
    .argument("<board>", "which of boards/ they are")
    .requiredOption("--firmware <file>", "Espruino's interpreter of its archive, unpacked; or one file of all three")
    .option("--product <dir>", "the product's folder", "examples/hello-sensor")
    .addOption(new Option("--role <role>", "only the stages of this role").choices(["dut", "fixture"]))
    .option("--out <file>", "where to write it, and FILE.json with the hashes (default PRODUCT-BOARD.bin)")
    .option("--force", "write over what is there")
    .option("--json", "print the hashes as one JSON object")
    .action(makeImage);
}

async function makeImage(name: string, { firmware, role, force, json, ...options }: ImageOptions): Promise<void> {
  const board = loadBoard(name);
  const product = loadProduct(options.product);
  checkRole(board, role);
  const { chip } = board;
  const espruino = readEspruino(firmware, chip);
  const file = options.out ?? `${product.name}-${board.name}.bin`;
  const list = `${file}.json`;
  checkOutFile(file, force);
  checkOutFile(list, force);
  if (!json) process.stdout.write(`Building ${product.name} for ${board.name}\n`);
  const stages = await buildStageFiles(board, product, role);
  const parts = [...espruino, ...blankParts(chip), storagePart(stages, chip)].sort((a, b) => a.address - b.address);
  const image = mergeParts(parts);
  const content = {
    board: board.name,
    chip: chip.name,
    product: product.name,
    role: role ?? null,
    ...hashed(basename(file), image),
    parts: parts.map(({ address, ...part }) => ({ address: hex(address), ...hashed(part.name, part.bytes) })),
    stages: Object.entries(stages).map(([stage, text]) => hashed(stage, Buffer.from(text, "latin1"))),
    commands: [eraseLine(chip, "PORT"), writeLine(chip, "PORT", [{ address: "0x0", name: file }])],
  };
  write(file, image);
  write(list, JSON.stringify(content, undefined, 1) + "\n");
  process.stdout.write(json ? JSON.stringify({ file, ...content }) + "\n" : words(file, content));
}

const hex = (address: number): string => `0x${address.toString(16)}`;

const hashed = (name: string, bytes: Buffer) => ({
  name,
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});

function write(file: string, content: Buffer | string): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw notWritable(file, error);
  }
}

type Hashed = ReturnType<typeof hashed>;

function words(
  file: string,
  image: Hashed & { readonly parts: readonly (Hashed & { address: string })[]; readonly commands: readonly string[] },
): string {
  const rows = image.parts.map(({ address, name, bytes, sha256 }) => [address, name, `${bytes}`, sha256.slice(0, 16)]);
  return [
    formatTable([["address", "part", "bytes", "sha256"], ...rows]),
    `${file}: ${image.bytes} bytes, sha256 ${image.sha256}; all hashes are in ${file}.json`,
    "It makes a board nobody's: what a blessed unit or a fixture is would be erased (lightline flash keeps that).",
    ...image.commands.map((command) => `  ${command}`),
    "",
  ].join("\n");
}
