// SPDX-License-Identifier: Apache-2.0
// Everything that a fresh board needs, as one file for the flash from address 0.
import type { Chip } from "../build/chips.js";
import { BOOT_FILE } from "../build/storage-files.js";
import { UserError } from "../errors.js";
import { PAD_FILE, PAGE_BYTES, padBytes } from "../flash/plan.js";
import type { Part } from "./espruino-files.js";
import { bluetoothOffPage } from "./nvs.js";
import { storageImage } from "./storage-image.js";

const ERASED = 0xff;

/** The stages as lightline flash leaves them: the boot file last, at the end of a page. @throws UserError STORAGE_FULL */
export function storagePart(
  { [BOOT_FILE]: boot = "", ...stages }: { readonly [name: string]: string },
  chip: Chip,
): Part {
  const { address, bytes: space } = chip.partitions.storage;
  const used = storageImage(stages).length;
  const pad = padBytes(space - used, boot.length);
  const padded = pad ? { [PAD_FILE]: " " + "\xff".repeat(pad - 1) } : {};
  const bytes = storageImage({ ...stages, ...padded, [BOOT_FILE]: boot });
  if (bytes.length > space)
    throw new UserError(
      "STORAGE_FULL",
      `The stages need ${Math.ceil(bytes.length / 1024)} kB of Storage, and the chip has ${space / 1024} kB: make the product's scripts smaller.`,
    );
  return { name: "storage", address: Number(address), bytes };
}

/** Bluetooth is off, and the raw region is blank: the board is nobody's. */
export const blankParts = ({ partitions, rawFlash }: Chip): Part[] => [
  { name: "nvs", address: Number(partitions.nvs.address), bytes: bluetoothOffPage() },
  { name: "raw", address: Number(rawFlash.address), bytes: Buffer.alloc(rawFlash.bytes, ERASED) },
];

/** What lies between the parts is erased; the end is a page's. */
export function mergeParts(parts: readonly Part[]): Buffer {
  const sorted = [...parts].sort((a, b) => a.address - b.address);
  const end = Math.max(...sorted.map(({ address, bytes }) => address + bytes.length));
  const image = Buffer.alloc(Math.ceil(end / PAGE_BYTES) * PAGE_BYTES, ERASED);
  let free = 0;
  for (const { name, address, bytes } of sorted) {
    if (address < free) throw new Error(`${name} lies over another part`);
    bytes.copy(image, address);
    free = address + bytes.length;
  }
  return image;
}
