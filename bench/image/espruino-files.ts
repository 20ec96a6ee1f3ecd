// SPDX-License-Identifier: Apache-2.0
// Espruino's own files for a chip, as its archive has them: boot loader, partition table, interpreter. Checked before they are believed.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Chip } from "../build/chips.js";
import { shownPath } from "../build/schema.js";
import { UserError } from "../errors.js";

/** Bytes and where they go. */
export interface Part {
  readonly name: string;
  readonly address: number;
  readonly bytes: Buffer;
}

/** Of an image for the chip's boot loader, by Espressif's "Firmware Image Format". */
const IMAGE_MAGIC = 0xe9;
const CHIP_ID_AT = 12;
const HEADER_BYTES = 24;
/** Of a row of the partition table. */
const ROW_MAGIC = 0x50aa;
const ROW_BYTES = 32;

type What = keyof Chip["install"]["files"];
const WHATS = ["bootloader", "partitions", "firmware"] as const;

/**
 * `file` is the interpreter with the two others beside it, or one file of the flash from its start that has all three.
 * @throws UserError FIRMWARE_INVALID
 */
export function readEspruino(file: string, chip: Chip): Part[] {
  const whole = read(file);
  const isWhole = whole.length > addressOf(chip, "firmware") && isTable(whole.subarray(addressOf(chip, "partitions")));
  const parts = WHATS.map((what) => ({
    name: what,
    address: addressOf(chip, what),
    bytes: isWhole ? cut(whole, chip, what) : what === "firmware" ? whole : read(beside(file, chip, what)),
  }));
  const [bootloader, partitions, firmware] = parts.map(({ bytes }) => bytes) as [Buffer, Buffer, Buffer];
  const fault =
    imageFault(bootloader, chip, "boot loader") ??
    tableFault(partitions, chip) ??
    imageFault(firmware, chip, "interpreter") ??
    versionFault(firmware, chip) ??
    sizeFault(firmware, chip);
  if (fault) throw invalid(file, fault);
  return parts;
}

const addressOf = ({ install }: Chip, what: What): number => Number(install.files[what].address);

const invalid = (file: string, why: string): UserError =>
  new UserError("FIRMWARE_INVALID", `${shownPath(file)}: ${why}.`);

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw invalid(file, `it cannot be read (${(error as Error).message}); name the file of Espruino's archive`);
  }
}

function beside(file: string, { install }: Chip, what: What): string {
  const other = join(dirname(file), install.files[what].name);
  if (!existsSync(other))
    throw invalid(file, `${install.files[what].name} is missing beside it; unpack the whole of Espruino's archive`);
  return other;
}

/** Each to where the next begins. */
function cut(whole: Buffer, chip: Chip, what: What): Buffer {
  const address = addressOf(chip, what);
  const { nvs, factory } = chip.partitions;
  const begins = [...WHATS.map((other) => addressOf(chip, other)), Number(nvs.address), address + factory.bytes];
  return whole.subarray(address, Math.min(...begins.filter((begin) => begin > address)));
}

function imageFault(bytes: Buffer, { install, title }: Chip, what: string): string | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0] !== IMAGE_MAGIC)
    return `its ${what} is no image for an ESP32; name the file of Espruino's archive`;
  if (bytes.readUInt16LE(CHIP_ID_AT) !== install.chipId)
    return `its ${what} is for another chip; take Espruino's archive for ${title}`;
  return undefined;
}

const isTable = (bytes: Buffer): boolean => bytes.length >= ROW_BYTES && bytes.readUInt16LE() === ROW_MAGIC;

/** Storage where this firmware's build has it, or programs are looked for in vain. */
function tableFault(bytes: Buffer, { partitions, firmware }: Chip): string | undefined {
  if (!isTable(bytes)) return "its partition table is none; unpack Espruino's archive anew";
  const rows = [];
  for (let at = 0; at + ROW_BYTES <= bytes.length && bytes.readUInt16LE(at) === ROW_MAGIC; at += ROW_BYTES)
    rows.push({ address: bytes.readUInt32LE(at + 4), bytes: bytes.readUInt32LE(at + 8) });
  const { address, bytes: size } = partitions.storage;
  return rows.some((row) => row.address === Number(address) && row.bytes === size)
    ? undefined
    : `its partition table has no Storage of ${size / 1024} kB at ${address}; take Espruino ${firmware.join(", ")}`;
}

function versionFault(bytes: Buffer, { firmware }: Chip): string | undefined {
  const found = [...bytes.toString("latin1").matchAll(/[\0 ](\d+v\d{2})(?:\.\d+)?(?:\0| \(c\))/g)].map(
    ([, release]) => release!,
  );
  if (found.some((release) => firmware.includes(release))) return undefined;
  return `it is Espruino ${found[0] ?? "of no version that can be seen"}; take ${firmware.join(", ")}`;
}

const sizeFault = (bytes: Buffer, { partitions }: Chip): string | undefined =>
  bytes.length <= partitions.factory.bytes
    ? undefined
    : `it has ${bytes.length} bytes, and the chip's partition ${partitions.factory.bytes}; take a build for this chip`;
