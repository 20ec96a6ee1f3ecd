// SPDX-License-Identifier: Apache-2.0
// Frames of burst, bit by bit, and with bytes known to be missing. What is taken is what a sender makes of the same entries.
import { entriesAreValid } from "../../../firmware/core/blinkup/entries.js";
import {
  BURST_HEADER_BYTES,
  burstFrameLength,
  checkBurstFrame,
  encodeBurstFrame,
  fixHeader,
} from "../../../firmware/core/modem/burst-frame.js";
import { DecodeStatus } from "../../../firmware/core/modem/decode-status.js";
import { Frame } from "../../../firmware/core/modem/frame.js";
import { PARITY_BYTES } from "../../../firmware/core/modem/reed-solomon.js";
import { Repeats } from "../../../firmware/core/modem/repeats.js";
import { Waveform } from "../../../firmware/core/modem/waveform.js";
import { digest } from "../../../hal/sim/digest.js";
import { mutate } from "../mutate.js";
import type { Target } from "../target.js";
import { must, readCorpus, sameBytes } from "../target.js";
import { rewrite } from "./packet.js";

const LONGEST_BYTES = 255;
const MOST_ERASURES = 9;

/** Every other one is a sender's frame of damaged entries: sound, but for what it says. */
function repair(frame: Uint8Array): Uint8Array {
  const entries = frame.subarray(BURST_HEADER_BYTES, Math.max(BURST_HEADER_BYTES, frame.length - 4 - PARITY_BYTES));
  const sent = encodeBurstFrame(entries, entries.length, digest.crc32);
  return sent.length ? sent : frame;
}

/** All but the parity, which may be damaged and need not be mended. */
function checkTaken(frame: Uint8Array): Uint8Array {
  const length = frame[1] as number;
  const entries = frame.slice(BURST_HEADER_BYTES, BURST_HEADER_BYTES + length);
  const sent = encodeBurstFrame(entries, length, digest.crc32);
  const end = burstFrameLength(length) - PARITY_BYTES;
  must(sameBytes(sent.subarray(0, end), frame.subarray(0, end)), "an accepted frame is sent otherwise");
  return entries;
}

export const burst: Target = {
  name: "burst",
  weight: 12,
  open() {
    const corpus = readCorpus("burst");
    return {
      input(chance) {
        const damaged = mutate(corpus, chance);
        return (chance.oneIn(2) ? repair(damaged) : damaged).subarray(0, LONGEST_BYTES);
      },
      run(input) {
        const frame = new Frame(new Repeats(digest));
        frame.start(Waveform.Burst, false, 0);
        for (let bit = 0; bit < input.length * 8 && frame.waveform === Waveform.Burst; bit++)
          frame.soft(((input[bit >> 3] as number) >> (7 - (bit & 7))) & 1 ? 1 : -1);
        const received = new Uint8Array(LONGEST_BYTES);
        received.set(input);
        const erasures = input.subarray(0, Math.min(MOST_ERASURES, (input[5] ?? 0) % (MOST_ERASURES + 1)));
        if (fixHeader(received) && checkBurstFrame(received, digest.crc32, erasures, erasures.length))
          checkTaken(received);
        if (frame.status !== DecodeStatus.Complete) return false;
        const entries = checkTaken(frame.bytes);
        must(entriesAreValid(entries, entries.length), "entries that are none were accepted");
        must(sameBytes(rewrite(entries), entries), "accepted entries are written otherwise");
        return true;
      },
    };
  },
};
