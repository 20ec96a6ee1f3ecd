// SPDX-License-Identifier: Apache-2.0
// Items and results, as bytes: what the readers take the writers write.
import { asciiText } from "../../../firmware/core/protocol/bytes.js";
import { encodeItem, readItems } from "../../../firmware/core/protocol/items.js";
import { readResults, ResultsWriter } from "../../../firmware/core/protocol/results.js";
import { mutate } from "../mutate.js";
import type { Target } from "../target.js";
import { must, readCorpus, sameBytes } from "../target.js";

/** The smallest item is as long, and the smallest phase shorter by a little. */
const SMALLEST_ITEM_BYTES = 7;
const SMALLEST_RESULT_BYTES = 4;

export const items: Target = {
  name: "items",
  weight: 14,
  open() {
    const corpus = readCorpus("items");
    return {
      input: (chance) => mutate(corpus, chance),
      run(input) {
        const pieces: Uint8Array[] = [];
        const whole = readItems(input, (id, name, data) => pieces.push(encodeItem(id, name, data)));
        must(pieces.length * SMALLEST_ITEM_BYTES <= input.length, "more items than fit");
        const again = new Uint8Array(Buffer.concat(pieces));
        must(sameBytes(again, input.subarray(0, again.length)), "an item is written otherwise");
        must(whole === (again.length === input.length), "bytes are left over, or lost");
        return whole;
      },
    };
  },
};

export const results: Target = {
  name: "results",
  weight: 14,
  open() {
    const corpus = readCorpus("results");
    return {
      input: (chance) => mutate(corpus, chance),
      run(input) {
        const writer = new ResultsWriter();
        let [count, hasNaN] = [0, false];
        const whole = readResults(input, {
          measurement(name, value) {
            count++;
            // Of the many NaNs a writer knows one.
            hasNaN ||= Number.isNaN(value);
            writer.measurement(name, value);
          },
          phase(name, outcome, attempt) {
            count++;
            writer.phase(name, outcome, attempt);
          },
        });
        must(count * SMALLEST_RESULT_BYTES <= input.length, "more results than fit");
        const again = writer.take();
        must(whole === (again.length === input.length), "bytes are left over, or lost");
        const same = sameBytes(again, input.subarray(0, again.length));
        must(same || hasNaN, `results are written otherwise: ${asciiText(again)}`);
        return whole;
      },
    };
  },
};
