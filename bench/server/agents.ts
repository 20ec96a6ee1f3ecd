// SPDX-License-Identifier: Apache-2.0
// npm run bench:agents: what 100 agents at work and 1,000 stored ones take, in memory and in time a message.
import { encodeItem } from "../../firmware/core/protocol/items.js";
import { TestDevice, TestFixture } from "../../test/tools/test-device.js";
import { SUM_AGENT } from "../../test/tools/sum-agent.js";
import { PRODUCT, TestServer } from "../../test/tools/test-server.js";
import { formatTable } from "../table.js";

const STORED = 1000;
const ACTIVE = 100;
const ROUNDS = 10;

const rssMiB = (): number => process.memoryUsage.rss() / 2 ** 20;

const server = await TestServer.open();
const numbers = new Map<TestDevice, number>();

/** From the device's request to the agent's answer in the database. */
async function add(device: TestDevice): Promise<number> {
  const number = (numbers.get(device) ?? 0) + 1;
  numbers.set(device, number);
  const begun = performance.now();
  await device.poll(encodeItem(number, "add", "1"));
  await server.agentsRest();
  return performance.now() - begun;
}

async function each(devices: readonly TestDevice[]): Promise<number[]> {
  const ms: number[] = [];
  for (const device of devices) ms.push(await add(device));
  return ms;
}

function rowOf(what: string, ms: readonly number[]): string[] {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] as number).toFixed(1);
  return [what, String(ms.length), at(0.5), at(0.99)];
}

try {
  await server.agents.deploy(PRODUCT.name, { dut: SUM_AGENT });
  const fixture = await TestFixture.add(server);
  const devices: TestDevice[] = [];
  for (let i = 0; i < STORED; i++) {
    const device = TestDevice.make(server, i + 1);
    await device.hello(await fixture.light());
    devices.push(device);
  }
  const beforeMiB = rssMiB();
  const first = await each(devices);
  const active = devices.slice(-ACTIVE);
  const warm: number[] = [];
  for (let round = 0; round < ROUNDS; round++) warm.push(...(await each(active)));
  const activeMiB = rssMiB();
  const cold = await each(devices.slice(0, ACTIVE));
  const begun = performance.now();
  await Promise.all(devices.slice(0, ACTIVE).map(add));
  const together = (performance.now() - begun) / ACTIVE;
  const rows = [["a message to", "messages", "p50 ms", "p99 ms"]];
  rows.push(
    rowOf("an agent that never ran", first),
    rowOf("one that runs", warm),
    rowOf("one that was put away", cold),
  );
  process.stdout.write(
    `${STORED} agents stored, ${ACTIVE} at work; each keeps a sum and answers; every event is on disk.\n` +
      `${formatTable(rows)}\n` +
      `${ACTIVE} at once: ${together.toFixed(1)} ms a message\n` +
      `memory: ${beforeMiB.toFixed(0)} MiB without agents, ${activeMiB.toFixed(0)} MiB with ${ACTIVE} at work\n`,
  );
} finally {
  await server.close();
}
