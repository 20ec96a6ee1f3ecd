// SPDX-License-Identifier: Apache-2.0
// What a token is worth: once, soon, to one device, for the product and the slot that it was lit for.
import assert from "node:assert/strict";
import { entriesAreValid } from "../../firmware/core/blinkup/entries.js";
import { MessageType, RefusalReason } from "../../firmware/core/protocol/codes.js";
import type { TestDevice, TestFixture } from "../tools/test-device.js";
import { reasonOf } from "../tools/test-device.js";
import { PRODUCT } from "../tools/test-server.js";
import type { Scenario } from "./family.js";
import { familyOf } from "./family.js";
import { World } from "./world.js";

/** The longest that a frame may be on air, and more. */
const AIR_MS = 60_000;
const OTHER = "other";

interface Bench {
  readonly world: World;
  readonly fixture: TestFixture;
  readonly device: TestDevice;
  readonly other: TestDevice;
}

const scenario = (name: string, act: (bench: Bench) => Promise<void>): Scenario => ({
  name,
  async run(seed) {
    const world = await World.open(seed);
    try {
      const fixture = await world.addFixture();
      await act({ world, fixture, device: world.makeDevice(1), other: world.makeDevice(2) });
      assert.deepEqual(await world.server.admin.verifyAudit(), []);
    } finally {
      await world.close();
    }
  },
});

const unitOf = ({ world }: Bench, device: TestDevice) => world.server.admin.unit(device.name);
const refused = (answer: Uint8Array, reason: RefusalReason): void => assert.equal(reasonOf(answer), reason);

async function statesTold(fixture: TestFixture): Promise<readonly string[]> {
  const items = (await fixture.collect()).map(({ data }) => data as { deviceId: string; slot: number; state: string });
  return items.map(({ deviceId, slot, state }) => [deviceId, slot, state].join(" "));
}

/** How far the first device is when a second one comes with its light. */
const STEPS: readonly (readonly [name: string, act: (device: TestDevice) => Promise<unknown>, ends: string])[] = [
  ["hello", (device) => device.hello(), "failed"],
  ["results", (device) => device.results(), "failed"],
  ["bless", (device) => device.bless(), "failed"],
  ["acknowledge", (device) => device.acknowledge(), "blessed"],
  ["prove", (device) => device.prove(), "shippable"],
];

const crosstalk = STEPS.map(([name, , ends], step) =>
  scenario(`crosstalk:${name}`, async (bench) => {
    const { fixture, device, other } = bench;
    device.token = await fixture.light(3);
    for (const [, act] of STEPS.slice(0, step + 1)) await act(device);
    refused(await other.hello(device.token), RefusalReason.Crosstalk);
    refused(await other.hello(), RefusalReason.Crosstalk);
    refused(await device.hello(), RefusalReason.Crosstalk);
    refused(await device.repeat(), RefusalReason.Crosstalk);
    assert.equal((await unitOf(bench, device)).state, ends);
    assert.equal((await unitOf(bench, other)).state, "failed");
    assert.equal((await unitOf(bench, other)).serial, null);
    const told = await statesTold(fixture);
    assert.ok(told.includes(`${other.name} 3 failed`), "the second slot is red");
    assert.equal(
      told.includes(`${device.name} 3 failed`),
      ends === "failed",
      "and so is the first, until it was blessed",
    );
    for (const unit of [device, other])
      assert.ok((await bench.world.server.events(unit.name)).includes("alarm: crosstalk"));
  }),
);

export const tokens = familyOf("token", [
  scenario("twice:blessed", async (bench) => {
    const { fixture, device } = bench;
    await device.live(await fixture.light());
    const { deviceKey } = device;
    device.deviceKey = undefined;
    refused(await device.hello(), RefusalReason.AlreadyBlessed);
    // It is who it was, and yet what was shippable takes no factory light.
    device.deviceKey = deviceKey;
    refused(await device.hello(), RefusalReason.AlreadyBlessed);
    const { serial, state, runs } = await unitOf(bench, device);
    assert.deepEqual([serial, state, runs.length], ["PR-0001", "shippable", 1]);
  }),

  scenario("twice:failed", async (bench) => {
    const { fixture, device } = bench;
    await device.hello(await fixture.light());
    await device.bless(0);
    refused(await device.hello(), RefusalReason.State);
    assert.equal((await unitOf(bench, device)).state, "failed");
  }),

  scenario("late:first hello", async (bench) => {
    const { world, fixture, device } = bench;
    const token = await fixture.light();
    await world.server.clock.advance(PRODUCT.tokenS * 1000 + AIR_MS);
    refused(await device.hello(token), RefusalReason.Expired);
    const { state, runs } = await unitOf(bench, device);
    assert.deepEqual([state, runs.length], ["seen", 0]);
  }),

  scenario("late:lease", async ({ world, fixture, device }) => {
    await device.hello(await fixture.light());
    await world.server.clock.advance(PRODUCT.leaseS * 1000 + 1);
    refused(await device.results(), RefusalReason.Expired);
    refused(await device.hello(), RefusalReason.Expired);
  }),

  scenario("late:another product", async (bench) => {
    const { world, fixture, device } = bench;
    await world.server.admin.putProduct({ ...PRODUCT, name: OTHER });
    const old = await (await world.addFixture(OTHER)).light();
    await world.server.clock.advance(PRODUCT.tokenS * 1000 + AIR_MS);
    const token = await fixture.light();
    await device.hello(token);
    const { session, sessionKey } = device;
    refused(await device.hello(old), RefusalReason.Expired);
    assert.equal((await unitOf(bench, device)).product, PRODUCT.name);
    device.token = token;
    device.session = session;
    device.channel.rekey(sessionKey);
    assert.equal((await device.results())[1], MessageType.ResultsKept, "the run goes on");
  }),

  scenario("elsewhere:fixture", async (bench) => {
    const { world, fixture, device } = bench;
    const neighbour = await world.addFixture();
    await neighbour.collect();
    await device.live(await fixture.light(2));
    const view = await unitOf(bench, device);
    assert.deepEqual([view.fixture, view.slot], [fixture.name, 2]);
    assert.deepEqual((await statesTold(fixture)).at(-1), `${device.name} 2 shippable`);
    neighbour.boot++; // an empty poll of the same start would be held
    neighbour.number = 0;
    assert.deepEqual(await statesTold(neighbour), []);
  }),

  scenario("elsewhere:key of another fixture", async ({ world, fixture, device }) => {
    const neighbour = await world.addFixture();
    await fixture.light();
    // The seed went over the network: another fixture makes another token of it.
    const stolen = neighbour.tokenIn(await fixture.repeat());
    device.token = stolen;
    device.channel.rekey(stolen);
    assert.equal(await device.sendUnproved(MessageType.Hello, device.helloFields()), 403);
    assert.equal(world.lastStranger().why, "unknown token");
  }),

  scenario("elsewhere:product", async (bench) => {
    const { world, fixture, device } = bench;
    await world.server.admin.putProduct({ ...PRODUCT, name: OTHER });
    await device.live(await fixture.light());
    const elsewhere = await world.addFixture(OTHER);
    refused(await device.hello(await elsewhere.light()), RefusalReason.State);
    const { product, state, serial } = await unitOf(bench, device);
    assert.deepEqual([product, state, serial], [PRODUCT.name, "shippable", "PR-0001"]);
  }),

  scenario("elsewhere:session of another device", async ({ world, fixture, device, other }) => {
    await device.hello(await fixture.light());
    await other.hello(await fixture.light(2));
    const before = world.counted();
    other.session = device.session;
    assert.equal(await other.sendUnproved(MessageType.Poll, other.head()), 403);
    assert.equal(world.lastStranger().why, "wrong MAC");
    assert.equal(world.counted(), before);
  }),

  ...crosstalk,

  scenario("revoked:unused light", async ({ world, fixture, device }) => {
    const token = await fixture.light();
    await world.server.admin.revokeFixture(fixture.name);
    refused(await device.hello(token), RefusalReason.Expired);
    for (const type of [MessageType.TokenRequest, MessageType.Poll] as const) {
      const fields = type === MessageType.Poll ? fixture.head() : fixture.tokenFields();
      assert.equal(await fixture.sendUnproved(type, fields), 403);
      assert.equal(world.lastStranger().why, "fixture revoked");
    }
  }),

  scenario("revoked:run under way", async (bench) => {
    const { world, fixture, device } = bench;
    await device.hello(await fixture.light());
    await world.server.admin.revokeFixture(fixture.name);
    await device.results();
    await device.bless();
    await device.acknowledge();
    await device.prove();
    assert.equal((await unitOf(bench, device)).state, "shippable");
  }),

  scenario("short:8 bytes", async ({ world, device }) => {
    const short = world.random.bytes(8);
    await assert.rejects(world.server.admin.registerToken(PRODUCT.name, short), { code: "TOKEN_LENGTH" });
    assert.equal(entriesAreValid(Uint8Array.of(5, 8, ...short), 10), false, "nor does light carry one");
    device.token = short;
    device.channel.rekey(short);
    assert.equal(await device.sendUnproved(MessageType.Hello, device.helloFields()), 403);
  }),

  scenario("forged:right id, another key", async ({ world, fixture, device, other }) => {
    device.token = await fixture.light();
    const before = world.counted();
    device.channel.rekey(world.random.bytes(16));
    assert.equal(await device.sendUnproved(MessageType.Hello, device.helloFields()), 403);
    assert.equal(world.counted(), before, "a wrong MAC spends nothing");
    assert.equal((await other.hello(device.token))[1], MessageType.Welcome);
  }),

  scenario("forged:activation by no one we know", async (bench) => {
    const { world, device } = bench;
    const token = world.random.bytes(16);
    await world.server.admin.registerToken(PRODUCT.name, token, "production");
    refused(await device.hello(token), RefusalReason.State);
    assert.equal((await unitOf(bench, device)).serial, null);
  }),
]);
