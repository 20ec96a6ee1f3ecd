// SPDX-License-Identifier: Apache-2.0
// Bits to a checked packet: start byte, length, entries, 16-bit check; then every field.
import { check16 } from "../blinkup/check.js";
import { entriesAreValid } from "../blinkup/entries.js";
import { START_BYTE } from "../blinkup/packet.js";
import { DecodeStatus } from "./decode-status.js";

const PACKET_LIMIT_BYTES = 259;
const SHORTEST_ENTRIES_BYTES = 2;

export class Deframer {
  /** Start byte, length, entries, check. */
  readonly bytes: Uint8Array;
  active: boolean;
  _count: number;
  _byte: number;
  _bits: number;

  constructor() {
    this.bytes = new Uint8Array(PACKET_LIMIT_BYTES);
    this.active = false;
    this._count = 0;
    this._byte = 0;
    this._bits = 0;
  }

  /** Begins with the first bits of the start byte, already seen. */
  start(byte: number, bits: number): void {
    this.active = true;
    this._count = 0;
    this._byte = byte;
    this._bits = bits;
  }

  push(bit: number): DecodeStatus {
    this._byte = (this._byte << 1) | bit;
    if (++this._bits < 8) return DecodeStatus.Pending;
    const bytes = this.bytes;
    const at = this._count++;
    bytes[at] = this._byte;
    this._byte = this._bits = 0;
    if (at === 0) this.active = bytes[0] === START_BYTE;
    else if (at === 1 && (bytes[1] as number) < SHORTEST_ENTRIES_BYTES) return this._end(DecodeStatus.BadLength);
    else if (at > 1 && at === (bytes[1] as number) + 3) return this._end(this._verdict());
    return DecodeStatus.Pending;
  }

  /** Bits still missing, 0 before the length is known. */
  missing(): number {
    return this._count < 2 ? 0 : ((this.bytes[1] as number) + 4 - this._count) * 8 - this._bits;
  }

  _end(status: DecodeStatus): DecodeStatus {
    this.active = false;
    return status;
  }

  _verdict(): DecodeStatus {
    const bytes = this.bytes;
    const end = (bytes[1] as number) + 2;
    if (check16(bytes, 1, end) !== ((bytes[end] as number) << 8) + (bytes[end + 1] as number))
      return DecodeStatus.BadCheck;
    return entriesAreValid(bytes.subarray(2, end), end - 2) ? DecodeStatus.Complete : DecodeStatus.BadField;
  }
}
