// SPDX-License-Identifier: Apache-2.0
// The threads that run agents: one that ends, by its watchdog or by itself, takes its events with it and nobody waits for ever.
import assert from "node:assert/strict";
import { Pool } from "../../server/agents/pool.js";
import type { AgentAnswer } from "../../server/agents/protocol.js";

const STANDING = { params: {}, now: 0 };

describe("a thread of agents", function () {
  this.timeout(20_000);

  it("that ends gives up the event that it was at, and tells of the agents that were at rest", async () => {
    const lost: string[] = [];
    const pool = new Pool((agents) => lost.push(...agents));
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const forEver = (): Promise<AgentAnswer> => (asked(), new Promise(() => undefined));
    const start = (agent: string, code: string) =>
      pool.run({ do: "start", agent, start: { code, saved: "{}", agentUrl: "" }, standing: STANDING }, forEver);
    // Each goes to the emptiest thread: the third shares the first one's.
    await start("resting", "");
    await start("elsewhere", "");
    const waiting = start("waiting", `http.get("http://nobody").sendsync();`);
    await isAsked;
    await pool.close();
    const { died, effects } = await waiting;
    assert.deepEqual([died, effects], ["its thread ended", []]);
    assert.deepEqual(lost.sort(), ["elsewhere", "resting"]);
  });
});
