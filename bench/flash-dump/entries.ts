// SPDX-License-Identifier: Apache-2.0
// Settings by name: where they came from, and each entry; what is malformed is a secret too, for nobody knows what it is.
import { EntryType, entriesAreValid } from "../../firmware/core/blinkup/entries.js";
import { getU32 } from "../../firmware/core/protocol/bytes.js";
import { Origin } from "../../firmware/store/kinds.js";
import { fieldsOf } from "../decode.js";
import type { Mask, Secret } from "./secret.js";

export type EntryValue = string | number | boolean | readonly string[] | Secret;

export interface SettingsDump {
  readonly origin: "factory" | "production" | number;
  readonly entries: { readonly [name: string]: EntryValue };
}

const HEADER_BYTES = 2;

export function dumpSettings(body: Uint8Array, mask: Mask): SettingsDump {
  const origin = body[0];
  const entries = body.subarray(1);
  return {
    origin: origin === Origin.Factory ? "factory" : origin === Origin.Production ? "production" : (origin ?? -1),
    entries: entriesAreValid(entries, entries.length)
      ? Object.assign({}, ...split(entries).map(([type, value]) => named(type, value, mask)))
      : { malformed: mask(entries, "hex") },
  };
}

/** Of valid entries. */
function split(entries: Uint8Array): [type: EntryType, value: Uint8Array][] {
  const found: [EntryType, Uint8Array][] = [];
  for (let at = 0; at < entries.length;) {
    const end = at + HEADER_BYTES + (entries[at + 1] as number);
    found.push([entries[at] as EntryType, entries.subarray(at + HEADER_BYTES, end)]);
    at = end;
  }
  return found;
}

function named(type: EntryType, value: Uint8Array, mask: Mask): SettingsDump["entries"] {
  switch (type) {
    case EntryType.Ssid:
      return { ssid: Buffer.from(value).toString() };
    case EntryType.Password:
      return { password: mask(value, "utf8") };
    case EntryType.Enrolment:
      return { token: mask(value, "hex") };
    case EntryType.WpsPin:
      return { wpsPin: mask(value, "utf8") };
    case EntryType.ServerUrl:
      return { serverUrl: Buffer.from(value).toString() };
    case EntryType.Expiry:
      return { expiryS: getU32(value, 0) };
    case EntryType.Clear:
      return { clear: true };
    case EntryType.StaticIp:
      return { staticIp: fieldsOf(entryOf(type, value)).staticIp ?? [] };
    case EntryType.Proxy:
      return proxyOf(entryOf(type, value), mask);
  }
}

const entryOf = (type: EntryType, value: Uint8Array): Uint8Array => Uint8Array.of(type, value.length, ...value);

function proxyOf(entry: Uint8Array, mask: Mask): SettingsDump["entries"] {
  const { host = "", port = 0, user, password = "" } = fieldsOf(entry).proxy ?? {};
  const account = user === undefined ? {} : { proxyUser: user, proxyPassword: mask(Buffer.from(password), "utf8") };
  return { proxy: `${host}:${port}`, ...account };
}
