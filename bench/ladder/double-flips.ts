// SPDX-License-Identifier: Apache-2.0
// What BlinkUp's weak check lets through: every pair of flipped bits in length, entries and check of one packet. npm run bench:flips
import { fileURLToPath } from "node:url";
import { check16 } from "../../firmware/core/blinkup/check.js";
import { entriesAreValid } from "../../firmware/core/blinkup/entries.js";
import { encodePacket } from "../../firmware/core/blinkup/packet.js";
import { send } from "./emission.js";

export interface Flips {
  readonly pairs: number;
  /** Pairs that the check passes, and of these that every field's validation passes too. */
  readonly pastCheck: number;
  readonly pastFields: number;
}

const flip = (packet: Uint8Array, bit: number): void => {
  packet[bit >> 3]! ^= 0x80 >> (bit & 7);
};

function verdict(packet: Uint8Array): { check: boolean; fields: boolean } {
  const end = packet[1]! + 2;
  if (end + 2 !== packet.length) return { check: false, fields: false };
  const check = check16(packet, 1, end) === packet[end]! * 256 + packet[end + 1]!;
  return { check, fields: check && entriesAreValid(packet.subarray(2, end), end - 2) };
}

/** Of a frame of random settings, the same for the same seed. */
export function doubleFlips(seed: number): Flips {
  const { entries } = send("bi-level", 60, 1, seed);
  const packet = encodePacket(entries, entries.length);
  let [pairs, pastCheck, pastFields] = [0, 0, 0];
  for (let first = 8; first < packet.length * 8; first++)
    for (let second = first + 1; second < packet.length * 8; second++) {
      const damaged = packet.slice();
      flip(damaged, first);
      flip(damaged, second);
      const { check, fields } = verdict(damaged);
      pairs++;
      if (check) pastCheck++;
      if (fields) pastFields++;
    }
  return { pairs, pastCheck, pastFields };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { pairs, pastCheck, pastFields } = doubleFlips(1);
  const share = (count: number): string => `${((100 * count) / pairs).toFixed(2)} %`;
  // Two frames that agree are both wrong in the same two bits.
  const agreeing = (pastFields / pairs) * (1 / pairs);
  process.stdout.write(
    `${pairs} pairs of flipped bits: the check passes ${pastCheck} (${share(pastCheck)}), ` +
      `the fields' validation ${pastFields} (${share(pastFields)}); ` +
      `two damaged frames that agree: ${agreeing.toExponential(1)}\n`,
  );
}
