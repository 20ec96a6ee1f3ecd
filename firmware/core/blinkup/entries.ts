// SPDX-License-Identifier: Apache-2.0
// The fields of a frame: type, length, value. All is checked before any is believed: the 16-bit check is weak.

export const enum EntryType {
  Ssid = 1,
  WpsPin = 3,
  Enrolment = 5,
  Password = 6,
  Clear = 7,
  StaticIp = 11,
  Proxy = 13,
  /** Ours: "http://host[:port]". */
  ServerUrl = 65,
  /** Ours: u32, seconds by the server's clock. */
  Expiry = 66,
}

/** The order in which senders put them; ours come before the enrolment. */
export const ENTRY_ORDER = [
  EntryType.Ssid,
  EntryType.WpsPin,
  EntryType.Password,
  EntryType.StaticIp,
  EntryType.Proxy,
  EntryType.ServerUrl,
  EntryType.Expiry,
  EntryType.Enrolment,
  EntryType.Clear,
];
const ENTRIES_LIMIT_BYTES = 255;

export function isEntryType(type: number): boolean {
  return ENTRY_ORDER.indexOf(type) >= 0;
}

/** Whole, of known types, in order, none twice, nothing left over, each value of its kind; a clear stands alone. */
export function entriesAreValid(entries: Uint8Array, length: number): boolean {
  let at = 0;
  let last = -1;
  while (at < length) {
    const rank = ENTRY_ORDER.indexOf(entries[at] as number);
    const from = at + 2;
    const end = from + (entries[at + 1] as number);
    if (rank <= last || !(end <= length)) return false;
    if (!valueIsValid(entries[at] as number, entries, from, end)) return false;
    if (entries[at] === EntryType.Clear && at > 0) return false;
    last = rank;
    at = end;
  }
  return last >= 0;
}

function valueIsValid(type: number, entries: Uint8Array, from: number, end: number): boolean {
  const size = end - from;
  switch (type) {
    case EntryType.Ssid:
      return size <= 32 && isUtf8(entries, from, end);
    case EntryType.Password:
      return size <= 64 && isUtf8(entries, from, end);
    case EntryType.WpsPin:
      return size === 4 || size === 8;
    case EntryType.Enrolment:
      return size === 16;
    case EntryType.Clear:
      return size === 0;
    case EntryType.StaticIp:
      return size === 16 || size === 20;
    case EntryType.Proxy:
      return proxyIsValid(entries, from, end);
    case EntryType.Expiry:
      return size === 4;
  }
  return size > 7 && isPrintable(entries, from, end);
}

/** Port, then host, and user and password or neither, each after its length. */
function proxyIsValid(entries: Uint8Array, from: number, end: number): boolean {
  let at = from + 2;
  let parts = 0;
  while (at < end) {
    at += 1 + (entries[at] as number);
    parts++;
  }
  return at === end && (parts === 1 || parts === 3);
}

function isPrintable(bytes: Uint8Array, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if ((bytes[i] as number) < 0x21 || (bytes[i] as number) > 0x7e) return false;
  return true;
}

/** Well-formed UTF-8 (RFC 3629) without NUL. */
export function isUtf8(bytes: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at < end) {
    const lead = bytes[at] as number;
    const tail = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
    if (lead === 0 || tail < 0 || at + tail >= end) return false;
    for (let i = 1; i <= tail; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return false;
    const second = bytes[at + 1] as number;
    if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return false;
    if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return false;
    at += tail + 1;
  }
  return true;
}

/** The value of an entry as a view, or undefined. */
export function findEntry(entries: Uint8Array, length: number, type: EntryType): Uint8Array | undefined {
  let at = 0;
  while (at < length) {
    const end = at + 2 + (entries[at + 1] as number);
    if (entries[at] === type) return entries.subarray(at + 2, end);
    at = end;
  }
  return undefined;
}

/** Writes one entry; returns the next offset, or -1 when it does not fit (a -1 given stays -1). */
export function putEntry(into: Uint8Array, offset: number, type: EntryType, value: Uint8Array): number {
  const end = offset + 2 + value.length;
  if (offset < 0 || end > into.length || value.length > ENTRIES_LIMIT_BYTES) return -1;
  into[offset] = type;
  into[offset + 1] = value.length;
  into.set(value, offset + 2);
  return end;
}
