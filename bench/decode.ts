// SPDX-License-Identifier: Apache-2.0
// A capture through the receiver, and what its frame says, with the spellings of test/vectors/README.md.
import { EntryType, findEntry } from "../firmware/core/blinkup/entries.js";
import { DecodeStatus } from "../firmware/core/modem/decode-status.js";
import type { Capture } from "./capture-file.js";
import type { Light } from "./light/read/light.js";
import type { Verdict, Watcher } from "./light/reception.js";
import { receiveLight } from "./light/reception.js";

export interface Fields {
  readonly ssid?: string;
  readonly password?: string;
  readonly planId?: string;
  readonly token?: string;
  /** Address, mask, gateway, one or two name servers. */
  readonly staticIp?: string[];
  readonly proxy?: { host: string; port: number; user?: string; password?: string };
  readonly serverUrl?: string;
  readonly clear?: true;
}

export interface Decoded extends Fields {
  readonly status: "complete" | "bad-check" | "no-frame";
}

/** The first complete frame decides; refused ones count only when there is none. */
export function decodeLight(light: Light, watcher?: Watcher): Decoded {
  const { entries, refusal } = receiveLight(light, watcher);
  if (entries) return { status: "complete", ...fieldsOf(entries) };
  return { status: refusal === DecodeStatus.Pending ? "no-frame" : "bad-check" };
}

export const decodeCapture = (capture: Capture): Decoded => decodeLight(samplesOf(capture));

/** The entries of the first complete frame, as they were on the air, or the first refusal. */
export function receiveEntries(capture: Capture): Uint8Array | DecodeStatus {
  const verdict: Verdict = receiveLight(samplesOf(capture));
  return verdict.entries ?? verdict.refusal;
}

const samplesOf = ({ sampleHz, samples }: Capture): Light => ({ form: "samples", sampleHz, pieces: [samples] });

export function fieldsOf(entries: Uint8Array): Fields {
  const find = (type: EntryType): Uint8Array | undefined => findEntry(entries, entries.length, type);
  if (find(EntryType.Clear)) return { clear: true };
  const enrolment = find(EntryType.Enrolment);
  const staticIp = find(EntryType.StaticIp);
  const proxy = find(EntryType.Proxy);
  const serverUrl = find(EntryType.ServerUrl);
  return {
    ssid: text(find(EntryType.Ssid)),
    password: text(find(EntryType.Password)),
    ...(enrolment && { planId: id(enrolment.subarray(0, 8)), token: id(enrolment.subarray(8)) }),
    ...(staticIp && { staticIp: staticIpOf(staticIp) }),
    ...(proxy && { proxy: proxyOf(proxy) }),
    ...(serverUrl && { serverUrl: text(serverUrl) }),
  };
}

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("utf8");

/** Ids travel last byte first. */
const id = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString("hex");

function staticIpOf(bytes: Uint8Array): string[] {
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.subarray(i * 4, i * 4 + 4).join("."));
}

/** Port, last byte first, then host and perhaps user and password, each after its length. */
function proxyOf(bytes: Uint8Array): NonNullable<Fields["proxy"]> {
  const parts: string[] = [];
  for (let at = 2; at < bytes.length; at += 1 + (bytes[at] as number))
    parts.push(text(bytes.subarray(at + 1, at + 1 + (bytes[at] as number))));
  const [host = "", user, password] = parts;
  const port = Buffer.from(bytes).readUInt16LE(0);
  return user === undefined ? { host, port } : { host, port, user, password: password ?? "" };
}
