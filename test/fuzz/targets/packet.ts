// SPDX-License-Identifier: Apache-2.0
// Genuine BlinkUp packets, bit by bit as the receiver hands them over. What is taken is what a sender makes of the same entries.
import { check16 } from "../../../firmware/core/blinkup/check.js";
import type { EntryType } from "../../../firmware/core/blinkup/entries.js";
import { entriesAreValid, findEntry, isEntryType, putEntry } from "../../../firmware/core/blinkup/entries.js";
import { encodePacket, START_BYTE } from "../../../firmware/core/blinkup/packet.js";
import { DecodeStatus } from "../../../firmware/core/modem/decode-status.js";
import { Frame } from "../../../firmware/core/modem/frame.js";
import { Repeats } from "../../../firmware/core/modem/repeats.js";
import { Waveform } from "../../../firmware/core/modem/waveform.js";
import { digest } from "../../../hal/sim/digest.js";
import { mutate } from "../mutate.js";
import type { Target } from "../target.js";
import { must, readCorpus, sameBytes } from "../target.js";

const LONGEST_BITS = 259 * 8;

/** Every other one gets a right length and check, or nothing would come past them. */
function repair(packet: Uint8Array): Uint8Array {
  const fixed = packet.slice(0, 259);
  if (fixed.length < 6) return fixed;
  fixed[1] = fixed.length - 4;
  const end = fixed.length - 2;
  const check = check16(fixed, 1, end);
  fixed[end] = check >> 8;
  fixed[end + 1] = check;
  return fixed;
}

/** Written anew, entry by entry, from what the reader finds. */
export function rewrite(entries: Uint8Array): Uint8Array {
  const copy = new Uint8Array(255);
  let at = 0;
  for (let from = 0; from < entries.length; from += 2 + (entries[from + 1] as number)) {
    const type = entries[from] as EntryType;
    must(isEntryType(type), "an accepted entry is of no known type");
    const value = findEntry(entries, entries.length, type);
    must(value !== undefined, "an accepted entry is not found");
    at = putEntry(copy, at, type, value);
  }
  return copy.subarray(0, at);
}

export const packet: Target = {
  name: "packet",
  weight: 22,
  open() {
    const corpus = readCorpus("packet");
    const frame = new Frame(new Repeats(digest));
    return {
      input(chance) {
        const damaged = mutate(corpus, chance);
        return chance.oneIn(2) ? repair(damaged) : damaged;
      },
      run(input) {
        frame.start(Waveform.TriLevel, false, START_BYTE);
        let bit = 8;
        for (; bit < input.length * 8 && !frame.status; bit++)
          frame.bit(((input[bit >> 3] as number) >> (7 - (bit & 7))) & 1, false);
        must(bit <= LONGEST_BITS, "a frame goes on behind its longest");
        const inside = input.subarray(2, Math.max(2, input.length - 2));
        if (entriesAreValid(inside, inside.length))
          must(sameBytes(rewrite(inside), inside), "valid entries are written otherwise");
        if (frame.status !== DecodeStatus.Complete) return false;
        const entries = frame.bytes.slice(2, 2 + (frame.bytes[1] as number));
        must(sameBytes(rewrite(entries), entries), "accepted entries are written otherwise");
        const sent = encodePacket(entries, entries.length);
        must(sameBytes(sent.subarray(1), input.subarray(1, sent.length)), "an accepted packet is sent otherwise");
        return true;
      },
    };
  },
};
