// SPDX-License-Identifier: Apache-2.0
// What a board knows of itself: starts, a fixture's key, a blessing, how far its wipe is.
import { getU32, hexText } from "../../firmware/core/protocol/bytes.js";
import { keyHashOf } from "../../firmware/core/protocol/keys.js";
import { blessingKey, blessingSerial, packBlessing } from "../../firmware/store/blessing-record.js";
import { IdentityKind, WipePhase } from "../../firmware/store/kinds.js";
import { NO_RESCUE_GPIO } from "../../hal/button.js";
import { digest } from "../../hal/sim/digest.js";
import type { Mask, Secret } from "./secret.js";

export interface Malformed {
  readonly malformed: Secret;
}

export interface BlessingDump {
  readonly serial: string;
  readonly key: Secret;
  /** Whether the record speaks of this key. */
  readonly keyFits: boolean;
  /** The signed line. */
  readonly record: string;
  /** Hex. */
  readonly signature: string;
}

export interface IdentityDump {
  readonly boot?: { readonly counter: number; readonly starts: number; readonly plan: string | null } | Malformed;
  readonly fixture?: { readonly id: string; readonly key: Secret } | Malformed;
  readonly blessing?: BlessingDump | Malformed;
  readonly country?: { readonly code: string; readonly lastChannel: number } | Malformed;
  readonly rescue?: { readonly gpio: number | null; readonly level: number } | "the board's own" | Malformed;
  readonly wipe?: { readonly phase: string; readonly nonce: string } | Malformed;
}

const BOOT_BYTES = 6;
const ID_BYTES = 8;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const NONCE_BYTES = 16;
const COUNTRY_BYTES = 5;
const PHASES: { readonly [phase: number]: string } = {
  [WipePhase.None]: "none",
  [WipePhase.Begun]: "begun",
  [WipePhase.ProofOwed]: "proof owed",
  [WipePhase.Proved]: "proved",
};

/** `read` gives the current value of a kind. */
export function dumpIdentity(read: (kind: IdentityKind) => Uint8Array | undefined, mask: Mask): IdentityDump {
  const decode = <Value>(
    kind: IdentityKind,
    fits: (body: Uint8Array) => boolean,
    value: (body: Uint8Array) => Value,
  ) => {
    const body = read(kind);
    return body && (fits(body) ? value(body) : { malformed: mask(body, "hex") });
  };
  const boot = decode(IdentityKind.Boot, ({ length }) => length === BOOT_BYTES, bootOf);
  const fixture = decode(
    IdentityKind.Fixture,
    ({ length }) => length === ID_BYTES + KEY_BYTES,
    (body) => ({ id: hexText(body.subarray(0, ID_BYTES)), key: mask(body.subarray(ID_BYTES), "hex") }),
  );
  const blessing = decode(IdentityKind.Blessing, isBlessing, (body) => blessingOf(body, mask));
  const wipe = decode(IdentityKind.Wipe, ({ length }) => length === 1 + NONCE_BYTES, wipeOf);
  const country = decode(IdentityKind.Country, ({ length }) => length === COUNTRY_BYTES, countryOf);
  const rescue = decode(IdentityKind.Rescue, ({ length }) => length === 0 || length === 2, rescueOf);
  const factory = { ...(country && { country }), ...(rescue && { rescue }) };
  return {
    ...factory,
    ...(boot && { boot }),
    ...(fixture && { fixture }),
    ...(blessing && { blessing }),
    ...(wipe && { wipe }),
  };
}

const bootOf = (body: Uint8Array) => ({
  counter: getU32(body, 0),
  starts: body[4] as number,
  plan: body[5] ? String.fromCharCode(body[5]) : null,
});

const countryOf = (body: Uint8Array) => ({
  code: `0x${getU32(body, 0).toString(16).padStart(8, "0")}`,
  lastChannel: body[4] as number,
});

const rescueOf = ([gpio, level]: Uint8Array) =>
  gpio === undefined
    ? ("the board's own" as const)
    : { gpio: gpio === NO_RESCUE_GPIO ? null : gpio, level: level as number };

const wipeOf = (body: Uint8Array) => ({
  phase: PHASES[body[0] as number] ?? `unknown (${body[0]})`,
  nonce: hexText(body.subarray(1)),
});

const isBlessing = (body: Uint8Array): boolean =>
  body.length > KEY_BYTES &&
  body.length >= packBlessing(blessingKey(body), blessingSerial(body), NO_SIGNATURE, NONE).length;
const NO_SIGNATURE = new Uint8Array(SIGNATURE_BYTES);
const NONE = new Uint8Array(0);

function blessingOf(body: Uint8Array, mask: Mask): BlessingDump {
  const key = blessingKey(body);
  const serial = blessingSerial(body);
  const at = KEY_BYTES + 1 + serial.length;
  const record = Buffer.from(body.subarray(at + SIGNATURE_BYTES)).toString("latin1");
  return {
    serial: Buffer.from(serial).toString("latin1"),
    key: mask(key, "hex"),
    keyFits: record.includes(`"keyHash":"${hexText(keyHashOf(digest.prf, key))}"`),
    record,
    signature: hexText(body.subarray(at, at + SIGNATURE_BYTES)),
  };
}
