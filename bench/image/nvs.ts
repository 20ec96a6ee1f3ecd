// SPDX-License-Identifier: Apache-2.0
// One page of Espressif's non-volatile storage that says "Bluetooth off", so that a board has the memory from its first start on.
//
// Format: ESP-IDF, "Non-Volatile Storage Library", version 2. Key: Espruino's ESP32 port, where ESP32.enableBLE keeps its switch.
import { crc32 } from "node:zlib";

const PAGE_BYTES = 4096;
const ENTRY_BYTES = 32;
const ACTIVE = 0xfffffffe;
const VERSION_2 = 0xfe;
const TYPE_U8 = 0x01;
const TYPE_U32 = 0x04;
const KEY_BYTES = 15;
/** Two bits an entry: 2 is written, 3 empty; the first two are written. */
const TWO_WRITTEN = 0xfa;
const SEED = 0xffffffff;

export function bluetoothOffPage(): Buffer {
  const page = Buffer.alloc(PAGE_BYTES, 0xff);
  page.writeUInt32LE(ACTIVE, 0);
  page.writeUInt32LE(0, 4);
  page.writeUInt8(VERSION_2, 8);
  page.writeUInt32LE(crc32(page.subarray(4, 28), SEED), 28);
  page.writeUInt8(TWO_WRITTEN, ENTRY_BYTES);
  // A name space has number 0 and gives its own as its value.
  entry(0, TYPE_U8, "nvs", Buffer.of(1)).copy(page, 2 * ENTRY_BYTES);
  entry(1, TYPE_U32, "bleStatus", Buffer.alloc(4)).copy(page, 3 * ENTRY_BYTES);
  return page;
}

function entry(space: number, type: number, key: string, value: Buffer): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES, 0xff);
  bytes.set([space, type, 1, 0xff]);
  bytes.fill(0, 8, 24);
  bytes.write(key, 8, KEY_BYTES, "latin1");
  value.copy(bytes, 24);
  bytes.writeUInt32LE(crc32(Buffer.concat([bytes.subarray(0, 4), bytes.subarray(8)]), SEED), 4);
  return bytes;
}
