// SPDX-License-Identifier: Apache-2.0
// What a frame is to say, from the command line to entries; what cannot be said is refused with a reason.
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import { UserError } from "../errors.js";

export interface Settings {
  readonly ssid: string;
  /** Empty for an open network. */
  readonly password: string;
  /** 16 bytes as hex, in the order of the air. */
  readonly token?: string;
  readonly server?: string;
}

const SSID_BYTES = 32;
const SHORTEST_PASSWORD_BYTES = 8;
const LONGEST_PASSWORD_BYTES = 63;
/** A network's key itself instead of a password. */
const NETWORK_KEY = /^[0-9a-f]{64}$/i;
const TOKEN = /^[0-9a-f]{32}$/i;
const SERVER = /^http:\/\/[!-~]+$/;
/** Of every value that an entry can hold, and all of them. */
const VALUE_BYTES = 255;
const ENTRIES_BYTES = 4 * (2 + VALUE_BYTES);

/** @throws UserError SETTINGS_SSID, SETTINGS_PASSWORD, SETTINGS_TOKEN, SETTINGS_SERVER or SETTINGS_TOO_LONG */
export function entriesOf({ ssid, password, token, server }: Settings): Uint8Array {
  const entries = new Uint8Array(ENTRIES_BYTES);
  let end = putEntry(entries, 0, EntryType.Ssid, ssidBytes(ssid));
  end = putEntry(entries, end, EntryType.Password, passwordBytes(password));
  if (server !== undefined) end = putEntry(entries, end, EntryType.ServerUrl, serverBytes(server));
  if (token !== undefined) end = putEntry(entries, end, EntryType.Enrolment, tokenBytes(token));
  return entries.slice(0, end);
}

function ssidBytes(ssid: string): Uint8Array {
  const bytes = Buffer.from(ssid);
  if (bytes.length > 0 && bytes.length <= SSID_BYTES) return bytes;
  throw new UserError(
    "SETTINGS_SSID",
    `The SSID has ${bytes.length} bytes in UTF-8: a network's name has 1 to ${SSID_BYTES}.`,
  );
}

function passwordBytes(password: string): Uint8Array {
  const bytes = Buffer.from(password);
  const { length } = bytes;
  if (length === 0 || NETWORK_KEY.test(password)) return bytes;
  if (length >= SHORTEST_PASSWORD_BYTES && length <= LONGEST_PASSWORD_BYTES) return bytes;
  throw new UserError(
    "SETTINGS_PASSWORD",
    `The password has ${length} bytes in UTF-8: it takes ${SHORTEST_PASSWORD_BYTES} to ${LONGEST_PASSWORD_BYTES}, ` +
      'or 64 hex digits, or --password "" for an open network.',
  );
}

function tokenBytes(token: string): Uint8Array {
  if (TOKEN.test(token)) return Buffer.from(token, "hex");
  throw new UserError("SETTINGS_TOKEN", "The token is not 16 bytes: write 32 hex digits.");
}

function serverBytes(server: string): Uint8Array {
  const bytes = Buffer.from(server);
  if (bytes.length > VALUE_BYTES) throw tooLong(bytes.length, VALUE_BYTES);
  if (SERVER.test(server)) return bytes;
  throw new UserError("SETTINGS_SERVER", "The server's address is not one: write http://host or http://host:port.");
}

export const tooLong = (bytes: number, most: number): UserError =>
  new UserError(
    "SETTINGS_TOO_LONG",
    `The settings are ${bytes} bytes on the air, and this takes ${most} at most: make them shorter.`,
  );
