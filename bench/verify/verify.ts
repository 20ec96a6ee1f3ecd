// SPDX-License-Identifier: Apache-2.0
// What a blessing record proves to who has nothing but the factory's public key (docs/SPEC.md 4).
import { verify } from "node:crypto";
import type { PublicKey } from "./public-keys.js";
import { forged, malformed, otherKey } from "./record-errors.js";
import type { SignedRecord } from "./signed-record.js";

export interface BlessingFacts {
  readonly v: 1;
  readonly product: string;
  readonly serial: string;
  readonly deviceId: string;
  readonly keyHash: string;
  readonly fixtureId: string;
  readonly time: string;
  readonly key: string;
}

/** In their order, and how each looks. */
const FIELDS: readonly (readonly [name: keyof BlessingFacts, looks: RegExp])[] = [
  ["v", /^1$/],
  ["product", /^[ -~]+$/],
  ["serial", /^[ -~]+$/],
  ["deviceId", /^[0-9a-f]{16}$/],
  ["keyHash", /^[0-9a-f]{64}$/],
  ["fixtureId", /^[0-9a-f]{16}$/],
  ["time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/],
  ["key", /^[0-9a-f]{16}$/],
];

/** The facts, once they are proved. @throws UserError RECORD_MALFORMED, RECORD_OTHER_KEY, RECORD_FORGED */
export function verifyRecord({ record, signature }: SignedRecord, keys: readonly PublicKey[]): BlessingFacts {
  const facts = factsIn(record.toString("latin1"));
  const named = keys.find(({ id }) => id === facts.key);
  if (!named)
    throw otherKey(
      facts.key,
      keys.map(({ id }) => id),
    );
  if (!verify(null, record, named.key, signature)) throw forged(named.id);
  return facts;
}

function factsIn(text: string): BlessingFacts {
  const facts = parsed(text);
  for (const [name, looks] of FIELDS) {
    if (!(name in facts)) throw malformed(`"${name}" is missing`);
    if (typeof facts[name] !== (name === "v" ? "number" : "string") || !looks.test(String(facts[name])))
      throw malformed(`its "${name}" is not as it should be`);
  }
  // Written once more it must be the same: nothing else stands in it, nothing twice, nothing in another order.
  if (JSON.stringify(Object.fromEntries(FIELDS.map(([name]) => [name, facts[name]]))) !== text)
    throw malformed("its fields are not those of docs/SPEC.md in their order");
  return facts as unknown as BlessingFacts;
}

function parsed(text: string): { readonly [name: string]: unknown } {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null) return value as { [name: string]: unknown };
  } catch {
    throw malformed("it is not JSON");
  }
  throw malformed("it is not a JSON object");
}
