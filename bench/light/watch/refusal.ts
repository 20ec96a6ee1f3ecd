// SPDX-License-Identifier: Apache-2.0
// Why a frame was refused, in words: which field, and what would be allowed. Secrets are never in them.
import { check16 } from "../../../firmware/core/blinkup/check.js";
import { EntryType, entriesAreValid, isEntryType } from "../../../firmware/core/blinkup/entries.js";
import { burstFrameLength } from "../../../firmware/core/modem/burst-frame.js";
import type { FrameRecord } from "./frame-record.js";
import { BLINKUP_BYTES, entriesOf, isWhole } from "./frame-record.js";
import { isBlinkUp } from "../read/light.js";

interface EntryKind {
  readonly name: string;
  readonly allowed: string;
}

const KINDS: Readonly<Record<EntryType, EntryKind>> = {
  [EntryType.Ssid]: { name: "SSID", allowed: "at most 32 bytes of UTF-8, none of them zero" },
  [EntryType.WpsPin]: { name: "WPS PIN", allowed: "4 or 8 bytes" },
  [EntryType.Enrolment]: { name: "enrolment", allowed: "16 bytes: plan id and token" },
  [EntryType.Password]: { name: "password", allowed: "at most 64 bytes of UTF-8, none of them zero" },
  [EntryType.Clear]: { name: "clear", allowed: "no bytes, and no other entry beside it" },
  [EntryType.StaticIp]: {
    name: "static address",
    allowed: "16 or 20 bytes: address, mask, gateway, one or two name servers",
  },
  [EntryType.Proxy]: {
    name: "proxy",
    allowed: "a port, then host, and user and password or neither, each after its length",
  },
  [EntryType.ServerUrl]: {
    name: "server address",
    allowed: "http://host[:port] in at least 8 printable characters without spaces",
  },
  [EntryType.Expiry]: { name: "expiry", allowed: "4 bytes" },
};

const ORDER = "SSID, WPS PIN, password, static address, proxy, server address, expiry, enrolment";

/** The first fault of a frame's entries; undefined when there is none. */
export function entriesFault(entries: Uint8Array): string | undefined {
  if (!entries.length) return "it has no entries: at least one is needed";
  for (let at = 0; at < entries.length;) {
    const end = at + 2 + (entries[at + 1] ?? Infinity);
    const fault = entryFault(entries, at, end);
    if (fault) return fault;
    at = end;
  }
  return undefined;
}

function entryFault(entries: Uint8Array, at: number, end: number): string | undefined {
  if (entriesAreValid(entries.subarray(0, end), end) && end <= entries.length) return undefined;
  const type = entries[at] as number;
  if (!isEntryType(type)) return `entry type ${type} is unknown: allowed are ${knownTypes()}`;
  const { name, allowed } = KINDS[type as EntryType];
  const left = entries.length - at - 2;
  if (left < 0) return `its last byte begins an entry (${name}) and has no length behind it`;
  if (end > entries.length) return `the ${name} says it has ${end - at - 2} bytes, and ${left} are left`;
  const alone = entries.subarray(at, end);
  if (!entriesAreValid(alone, alone.length))
    return `the ${name} of ${end - at - 2} bytes is not right: allowed are ${allowed}`;
  if (type === EntryType.Clear) return "clear stands behind another entry: it must stand alone";
  return typesBefore(entries, at).includes(type)
    ? `the ${name} comes twice: once is allowed`
    : `the ${name} comes too late: the order is ${ORDER}`;
}

function typesBefore(entries: Uint8Array, end: number): number[] {
  const types: number[] = [];
  for (let at = 0; at < end; at += 2 + (entries[at + 1] as number)) types.push(entries[at] as number);
  return types;
}

const knownTypes = (): string =>
  Object.entries(KINDS)
    .map(([type, { name }]) => `${type} (${name})`)
    .join(", ");

/** One sentence on a record that did not come to be complete. */
export function whyRefused(record: FrameRecord): string {
  switch (record.ended) {
    case "length":
      return lengthFault(record);
    case "check":
      return isBlinkUp(record.waveform) ? checkFault(record) : burstCheckFault(record);
    case "field":
      return isWhole(record)
        ? `Its check is good, and ${entriesFault(entriesOf(record)) ?? "a field is not right"}.`
        : `Its first entry would be of type ${record.bytes[2]}: allowed are ${knownTypes()}.`;
    case "broken off":
      return `The light ended, or was lost, after ${record.bits.length} bits${ofHowMany(record)}: show all of it.`;
    case "complete":
      return "It is complete.";
  }
}

function lengthFault({ waveform, bytes }: FrameRecord): string {
  if (isBlinkUp(waveform)) return `Its length byte says ${bytes[1]} bytes of entries: 2 is the least.`;
  const header = Buffer.from(bytes.subarray(0, 3)).toString("hex");
  return `Its header ${header} is none: it must be 50, a length from 2 to 240, and their CRC-8 with at most one bit wrong.`;
}

function checkFault({ bytes }: FrameRecord): string {
  const end = (bytes[1] as number) + 2;
  const should = hex16(check16(bytes, 1, end));
  const is = hex16(((bytes[end] as number) << 8) | (bytes[end + 1] as number));
  if (should === is)
    return "Its check is good, and too many of its bits were doubtful: by chance a check of 16 bits is good too.";
  return `Its check should be ${should} and is ${is}: at least one of ${8 * (end + 1)} bits was read wrong.`;
}

function burstCheckFault({ passes }: FrameRecord): string {
  const sum = passes ? ` Nor is the sum of ${passes} passes good.` : "";
  return `Its CRC-32 is not right, and more bytes are wrong than its parity corrects: 4, or 8 that are known to be doubtful.${sum}`;
}

function ofHowMany({ waveform, bytes }: FrameRecord): string {
  const length = bytes[1];
  return length === undefined
    ? ""
    : ` of ${8 * (isBlinkUp(waveform) ? length + BLINKUP_BYTES : burstFrameLength(length))}`;
}

const hex16 = (value: number): string => value.toString(16).padStart(4, "0");
