// SPDX-License-Identifier: Apache-2.0
// Messages that come again, late, out of order or held back: at once, in a later session, after a later start.
import assert from "node:assert/strict";
import { MessageType, RefusalReason, Tag } from "../../firmware/core/protocol/codes.js";
import { encodeItems, counterOf, reasonOf } from "../tools/test-device.js";
import type { Peer, TestDevice, TestFixture } from "../tools/test-device.js";
import { settle } from "../tools/test-server.js";
import type { Scenario } from "./family.js";
import { familyOf } from "./family.js";
import type { Exchange } from "./life.js";
import { live, SCENE_NAMES } from "./life.js";
import { World } from "./world.js";

interface Bench {
  readonly world: World;
  readonly fixture: TestFixture;
  readonly device: TestDevice;
}

const scenario = (name: string, act: (bench: Bench) => Promise<void>): Scenario => ({
  name,
  async run(seed) {
    const world = await World.open(seed);
    try {
      await act({ world, fixture: await world.addFixture(), device: world.makeDevice(1) });
    } finally {
      await world.close();
    }
  },
});

const alarms = async ({ world }: Bench, peer: TestDevice | TestFixture): Promise<string[]> =>
  (await world.server.events(peer.name)).filter((event) => event.startsWith("alarm"));

/** All but the log and what was answered: a replay may be written down there. */
const kept = (world: World): string => JSON.stringify((JSON.parse(world.counted()) as unknown[]).slice(0, -2));

/** The very same bytes again, at once. */
const atOnce = SCENE_NAMES.map((scene): Scenario => ({
  name: `again:${scene}`,
  async run(seed) {
    const { world } = await live(seed, { answer: (world, exchange) => sameAnswer(world, exchange, scene) }, scene);
    await world.close();
  },
}));

async function sameAnswer(world: World, { scene, request, answer }: Exchange, wanted: string): Promise<void> {
  if (scene !== wanted) return;
  const before = world.counted();
  assert.deepEqual((await world.post(request[1] as number, request)).bytes, answer);
  assert.equal(world.counted(), before, "something was counted twice");
}

/** The last word of the device, and of the failed one. */
const LAST = ["3k", "11s"];

/** The very same bytes again, when the life is over: the same answer, or an alarm, and nothing changes. */
const atEnd = SCENE_NAMES.map((scene): Scenario => ({
  name: `late:${scene}`,
  async run(seed) {
    let exchange: Exchange | undefined;
    const { world } = await live(seed, {
      answer: async (_world, one) => void (exchange = one.scene === scene ? one : exchange),
    });
    const { request, answer, peer } = exchange as Exchange;
    const before = kept(world);
    const again = (await world.post(request[1] as number, request)).bytes;
    if (request[1] === MessageType.Poll) assert.equal(again[1], MessageType.Refusal, "a poll of long ago");
    else assert.deepEqual(again, answer);
    assert.equal(kept(world), before, "something was counted twice");
    if (!LAST.includes(scene)) assert.equal(peer.channel.accepts(again), false, "nor does anyone wait for it now");
    await world.close();
  },
}));

type Request = readonly [MessageType, (bench: Bench) => (number | Uint8Array)[]];

/** Every request within a session, as its sender makes it. */
const IN_SESSION: { readonly [name: string]: Request } = {
  results: [MessageType.Results, ({ device }) => [...device.head(), Tag.Batch, device.batch()]],
  poll: [MessageType.Poll, ({ device }) => [...device.head(), Tag.Items, encodeItems(7, "held back")]],
  bless: [
    MessageType.Bless,
    ({ device }) => [...device.head(), Tag.ResultsDigest, new Uint8Array(32), Tag.Verdict, Uint8Array.of(0)],
  ],
  proof: [MessageType.Proof, ({ device }) => [Tag.SessionId, device.session, Tag.WipeOutcome, Uint8Array.of(1)]],
};

/** Made in one session, held back on the network, delivered in the next. */
const heldBack = Object.entries(IN_SESSION).map(([name, [type, fields]]) =>
  scenario(`held back:${name}`, async (bench) => {
    const { world, device, fixture } = bench;
    await device.hello(await fixture.light());
    const old = device.channel.request(type, fields(bench));
    await device.hello();
    const before = kept(world);
    const { bytes } = await world.post(type, old);
    assert.equal(reasonOf(bytes), RefusalReason.State);
    assert.equal(kept(world), before);
    await finish(bench);
  }),
);

/** The session stands: what is left of the life goes through. */
async function finish({ world, device }: Bench): Promise<void> {
  await device.results();
  await device.bless();
  await device.acknowledge();
  await device.prove();
  const { state, serial } = await world.server.admin.unit(device.name);
  assert.deepEqual([state, serial], ["shippable", "PR-0001"]);
}

/** The hello of one start, delivered after the next start said its own. */
const helloHeldBack = [
  scenario("held back:hello", async (bench) => {
    const { world, device, fixture } = bench;
    device.token = await fixture.light();
    device.channel.rekey(device.token);
    const old = device.channel.request(MessageType.Hello, device.helloFields());
    await device.hello();
    const { session } = device;
    assert.equal(reasonOf((await world.post(MessageType.Hello, old)).bytes), RefusalReason.State);
    assert.equal(device.session, session);
    await finish(bench);
  }),

  scenario("held back:hello under the device key", async (bench) => {
    const { world, device, fixture } = bench;
    await device.live(await fixture.light());
    device.token = new Uint8Array(0);
    device.channel.rekey(device.root);
    const old = device.channel.request(MessageType.Hello, device.helloFields());
    await device.hello();
    assert.equal(reasonOf((await world.post(MessageType.Hello, old)).bytes), RefusalReason.State);
    assert.equal((await device.poll(encodeItems(1, "still here")))[1], MessageType.Messages);
  }),

  scenario("held back:token request", async (bench) => {
    const { world, fixture } = bench;
    const old = fixture.channel.request(MessageType.TokenRequest, fixture.tokenFields());
    fixture.boot++;
    fixture.number = 0;
    await fixture.light();
    assert.equal(reasonOf((await world.post(MessageType.TokenRequest, old)).bytes), RefusalReason.Conflict);
    assert.deepEqual(await alarms(bench, fixture), ["alarm: counter replayed"]);
    await fixture.light();
  }),

  scenario("held back:session id of today, MAC of yesterday", async ({ world, device, fixture }) => {
    await device.hello(await fixture.light());
    const old = device.channel.request(MessageType.Poll, device.head());
    await device.hello();
    old.set(device.session, 5);
    assert.equal((await world.post(MessageType.Poll, old)).status, 403);
    assert.equal(world.lastStranger().why, "wrong MAC");
  }),
];

/** What the counter says of a device's requests, and a fixture's. */
const counters = ["results", "poll", "bless"].map((name) =>
  scenario(`counter:same, other ${name}`, async (bench) => {
    const { world, device, fixture } = bench;
    await device.hello(await fixture.light());
    await device.poll(encodeItems(1, "first"));
    const before = kept(world);
    const [type, fields] = IN_SESSION[name] as Request;
    const forged = fields(bench);
    forged[3] = counterOf(0, 1);
    assert.equal(reasonOf(await device.send(type, forged)), RefusalReason.Conflict);
    assert.deepEqual(await alarms(bench, device), ["alarm: counter with other contents"]);
    if (type === MessageType.Poll) assert.equal(kept(world), before);
    await finish(bench);
  }),
);

const order = [
  scenario("counter:back", async (bench) => {
    const { device, fixture } = bench;
    await device.hello(await fixture.light());
    for (const item of ["one", "two"]) await device.poll(encodeItems(1, item));
    const fields = [Tag.SessionId, device.session, Tag.Counter, counterOf(0, 1), Tag.Items, encodeItems(9, "old")];
    assert.equal(reasonOf(await device.send(MessageType.Poll, fields)), RefusalReason.Conflict);
    assert.deepEqual(await alarms(bench, device), ["alarm: counter replayed"]);
    await finish(bench);
  }),

  scenario("counter:jump", async (bench) => {
    const { device, fixture } = bench;
    await device.hello(await fixture.light());
    const poll = (number: number): Promise<Uint8Array> =>
      device.send(MessageType.Poll, [
        Tag.SessionId,
        device.session,
        Tag.Counter,
        counterOf(0, number),
        Tag.Items,
        encodeItems(number, number),
      ]);
    assert.equal((await poll(1000))[1], MessageType.Messages, "what was lost on the way leaves gaps");
    for (const between of [999, 1, 2]) assert.equal(reasonOf(await poll(between)), RefusalReason.Conflict);
    assert.equal((await poll(1001))[1], MessageType.Messages);
  }),

  scenario("counter:other epoch", async ({ world, device, fixture }) => {
    await device.hello(await fixture.light());
    const fields = [Tag.SessionId, device.session, Tag.Counter, counterOf(1, 1)];
    assert.equal(await device.sendUnproved(MessageType.Poll, fields), 403);
    assert.equal(world.lastStranger().why, "malformed");
  }),

  scenario("counter:fixture, same and back", async (bench) => {
    const { world, fixture } = bench;
    for (const slot of [1, 2]) await fixture.light(slot);
    const before = kept(world);
    for (const number of [2, 1]) {
      const fields = [Tag.FixtureId, fixture.id, Tag.Counter, counterOf(1, number), Tag.Slot, Uint8Array.of(9)];
      const answer = await fixture.send(MessageType.TokenRequest, fields);
      assert.equal(reasonOf(answer), RefusalReason.Conflict);
    }
    assert.equal(JSON.parse(kept(world))[2].length, JSON.parse(before)[2].length, "no token more");
    assert.equal((await alarms(bench, fixture)).length, 2);
  }),

  scenario("wake:an old poll ends no held one", async (bench) => {
    const { world, device, fixture } = bench;
    await device.hello(await fixture.light());
    await device.poll(encodeItems(1, "old"));
    const old = device.request;
    const heard = world.server.clock.now();
    const held = device.poll();
    await settle();
    assert.equal(world.server.parked, 1);
    await world.server.clock.advance(1000);
    assert.equal(reasonOf((await world.post(MessageType.Poll, old)).bytes), RefusalReason.Conflict);
    await settle();
    assert.equal(world.server.parked, 1, "it is held still");
    assert.ok(world.counted().includes(String(heard)), "nor does a replay make a silent unit heard");
    await world.server.clock.advance(20_000);
    await held;
  }),
];

const helloOf = (peer: Peer, fields: (number | Uint8Array)[]): Uint8Array =>
  peer.channel.request(MessageType.Hello, fields);

/** Espruino's random numbers repeat at every start: the server's do not, and that is enough. */
const nonces = [
  scenario("nonce:same again, other contents", async (bench) => {
    const { world, device, fixture } = bench;
    await device.hello(await fixture.light());
    const first = device.sessionKey;
    device.boots = 0;
    device.entropy = (bytes) => new Uint8Array(bytes);
    device.channel.rekey(device.root);
    const fields = device.helloFields();
    fields[fields.indexOf(Tag.StageHash) + 1] = new Uint8Array(8).fill(8);
    const hello = helloOf(device, fields);
    const { bytes } = await world.post(MessageType.Hello, hello);
    assert.ok(device.channel.accepts(bytes));
    device.welcomed(bytes);
    assert.notDeepEqual(device.sessionKey, first, "another session key all the same");
    await finish(bench);
  }),

  scenario("nonce:no entropy at all", async (bench) => {
    const { device, fixture, world } = bench;
    device.entropy = (bytes) => new Uint8Array(bytes);
    await device.hello(await fixture.light());
    const first = device.sessionKey;
    device.boots = 0;
    // The same boot counter, the same nonce, the same bytes: the same answer, so the same session goes on.
    await device.hello();
    assert.deepEqual(device.sessionKey, first);
    await finish(bench);
    const next = { ...bench, device: world.makeDevice(3) };
    next.device.entropy = (bytes) => new Uint8Array(bytes);
    await next.device.hello(await fixture.light());
    assert.notDeepEqual(next.device.sessionKey, first);
  }),
];

export const replays = familyOf("replay", [
  ...atOnce,
  ...atEnd,
  ...heldBack,
  ...helloHeldBack,
  ...counters,
  ...order,
  ...nonces,
]);
