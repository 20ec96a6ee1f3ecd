// SPDX-License-Identifier: Apache-2.0
// What the server says to a device as JSON, through the objects that scripts see. Input: N name[N] data. A text that is no JSON is a
// SyntaxError and nothing else; any name is a name.
import { AgentApi } from "../../../firmware/api/server.js";
import { Imp } from "../../../firmware/api/imp.js";
import { asciiText } from "../../../firmware/core/protocol/bytes.js";
import type { Link } from "../../../firmware/device/link.js";
import type { RecordLog } from "../../../firmware/store/record-log.js";
import type { NetworkBoard } from "../../../hal/board.js";
import { mutate } from "../mutate.js";
import type { Target } from "../target.js";
import { must, readCorpus } from "../target.js";

/** Scripts hear to this name alone. */
const HEARD = "lamp";

export const json: Target = {
  name: "json",
  weight: 5,
  open() {
    const corpus = readCorpus("json");
    const link = { onItem: undefined as Link["onItem"], polling: false, _next: () => undefined };
    const agent = new AgentApi(link as unknown as Link);
    const imp = new Imp({} as NetworkBoard, {} as RecordLog, () => undefined);
    let heard: unknown;
    agent.on(HEARD, (data) => (heard = data));
    return {
      input: (chance) => mutate(corpus, chance),
      run(input) {
        const nameEnd = 1 + (input[0] ?? 0);
        const [name, data] = [asciiText(input.subarray(1, nameEnd)), asciiText(input.subarray(nameEnd))];
        const expected = parse(data);
        heard = undefined;
        const delivered = attempt(() => imp._delivered(data));
        const told = attempt(() => link.onItem?.(name, data));
        must(delivered === (expected !== undefined), "configuration is taken that is none, or not taken");
        must(told === (name !== HEARD || expected !== undefined), "an item is taken that is none, or not taken");
        const text = expected === undefined ? undefined : JSON.stringify(expected);
        must(!delivered || JSON.stringify(imp.configparams) === text, "other configuration arrives");
        must(JSON.stringify(heard) === (name === HEARD ? text : undefined), "another item is heard");
        return delivered;
      },
    };
  },
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** False for a text that is no JSON; any other error is a find. */
function attempt(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
