// SPDX-License-Identifier: Apache-2.0
// An agent that is closed while what it did is being stored.
import assert from "node:assert/strict";
import type { AgentTools, Stand } from "../../server/agents/agent.js";
import { Agent } from "../../server/agents/agent.js";
import type { Outcome } from "../../server/agents/agent-store.js";
import type { Turned } from "../../server/agents/protocol.js";

const STAND: Stand = {
  params: { deviceid: "f" },
  now: 0,
  moved: false,
  start: { code: "", saved: "{}", agentUrl: "" },
};
const NAME = { call: "7-1-what", event: 7 };
const ANSWER = { statuscode: 200, headers: {}, body: "OK" };

describe("an agent that is closed while an answer is stored", () => {
  it("keeps the answer under the name of its call, so that nobody asks again", async () => {
    const kept: unknown[] = [];
    const turned: Turned = { effects: [{ do: "answer", request: 1, answer: ANSWER }], skipped: 0, died: undefined };
    let storing: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => (storing = resolve));
    let goOn: (() => void) | undefined;
    const tools: AgentTools = {
      now: () => 0,
      after: () => () => undefined,
      run: (message) => Promise.resolve(message.do === "event" ? turned : { ...turned, effects: [] }),
      standing: () => Promise.resolve(STAND),
      store: async ({ effects, callOf }: Outcome) => {
        if (!effects.length) return true;
        storing?.();
        await new Promise<void>((resolve) => (goOn = resolve));
        for (const effect of effects) if (effect.do === "answer") kept.push(callOf(effect.request));
        return true;
      },
      nextMessage: () => Promise.resolve(undefined),
      call: () => Promise.reject(new Error("calls nobody")),
      stop: () => undefined,
      failed: (error) => assert.fail(error as Error),
      busy: () => undefined,
    };
    const agent = new Agent({ deviceId: "f", role: "fixture" }, tools);
    const req = { method: "POST", path: "/", query: {}, headers: {}, body: "", authenticated: true, from: "d" };
    void agent.request(req, NAME);
    await begun;
    const closed = agent.close();
    goOn?.();
    await closed;
    assert.deepEqual(kept, [NAME]);
  });
});
