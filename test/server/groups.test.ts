// SPDX-License-Identifier: Apache-2.0
// Device Groups: what leads where, what no hand may do, and that the laboratory makes no device of the real line's.
import assert from "node:assert/strict";
import { MessageType, RefusalReason } from "../../firmware/core/protocol/codes.js";
import type { GroupKind } from "../../server/domain/groups.js";
import { GROUP_KINDS, mayBeMoved, mayCall, targetKinds } from "../../server/domain/groups.js";
import { onEachDatabase } from "../tools/test-database.js";
import { reasonOf, TestDevice, TestFixture } from "../tools/test-device.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";

const kindsWhere = (holds: (kind: GroupKind) => boolean): GroupKind[] => GROUP_KINDS.filter(holds);

describe("the kinds of groups", () => {
  it("aim from a fixture's to a DUT's and a production group of the same zone", () => {
    assert.deepEqual(
      kindsWhere((kind) => targetKinds(kind) !== undefined),
      ["fixture", "test-fixture"],
    );
    assert.deepEqual(targetKinds("fixture"), { dut: "dut", production: "production" });
    assert.deepEqual(targetKinds("test-fixture"), { dut: "test-dut", production: "test-production" });
  });

  it("may each call what is theirs", () => {
    assert.deepEqual(
      kindsWhere((kind) => mayCall(kind, "factoryblinkup")),
      ["fixture", "test-fixture"],
    );
    assert.deepEqual(
      kindsWhere((kind) => mayCall(kind, "bless")),
      ["dut", "test-dut"],
    );
  });

  it("are never entered by hand where light or a blessing leads", () => {
    for (const from of GROUP_KINDS) {
      const own = from.endsWith("production") ? [from] : ["development"];
      assert.deepEqual(
        kindsWhere((to) => mayBeMoved(from, to)),
        own,
        from,
      );
    }
  });
});

onEachDatabase("device groups", () => {
  let server: TestServer;
  let device: TestDevice;
  beforeEach(async () => {
    server = await TestServer.open();
    device = TestDevice.make(server);
  });
  afterEach(() => server.close());

  const id = (name: string): Promise<number> => server.groups.find(name);
  const groupOf = async (unit: TestDevice): Promise<string> => {
    const [row] = await server.database.rows<{ name: string }>(
      `select groups.name from units join groups on groups.id = units.group_id where device_id = '${unit.name}'`,
    );
    return row?.name ?? "";
  };
  const fixtureIn = async (group: string): Promise<TestFixture> => TestFixture.add(server, "probe", await id(group));
  const rejects = (work: Promise<unknown>, code: string): Promise<void> => assert.rejects(work, { code });

  it("come with a product, one of each kind, its fixtures' aimed at its others", async () => {
    const { rows } = await server.lists.groups({ limit: 50 });
    assert.deepEqual(new Set(rows.map(({ kind }) => kind)), new Set(GROUP_KINDS));
    const byId = new Map(rows.map((row) => [row.id, row.kind]));
    for (const { kind, dutTarget, productionTarget } of rows)
      assert.deepEqual(
        [byId.get(dutTarget ?? 0), byId.get(productionTarget ?? 0)],
        [targetKinds(kind as GroupKind)?.dut, targetKinds(kind as GroupKind)?.production],
        kind,
      );
  });

  it("lead where the fixture's own aims: light into the one, blessing into the other", async () => {
    const line2 = {
      dutTarget: await server.groups.add({ product: "probe", kind: "dut", name: "DUTs of line 2" }),
      productionTarget: await server.groups.add({ product: "probe", kind: "production", name: "made on line 2" }),
    };
    await server.groups.add({ product: "probe", kind: "fixture", name: "line 2", ...line2 });
    await device.hello(await (await fixtureIn("line 2")).light());
    assert.equal(await groupOf(device), "DUTs of line 2");
    await device.results();
    await device.bless();
    assert.equal(await groupOf(device), "DUTs of line 2");
    await device.acknowledge();
    assert.equal(await groupOf(device), "made on line 2");
  });

  it("follow a fixture's new targets, and a fixture's new group, from the next light on", async () => {
    const fixture = await fixtureIn("fixture");
    const second = await server.groups.add({ product: "probe", kind: "dut", name: "second" });
    await server.groups.setTargets(await id("fixture"), {
      dutTarget: second,
      productionTarget: await id("production"),
    });
    await device.hello(await fixture.light());
    assert.equal(await groupOf(device), "second");
    await server.groups.moveFixture(fixture.name, await id("test-fixture"));
    const other = TestDevice.make(server, 2);
    await other.live(await fixture.light());
    assert.equal(await groupOf(other), "test-production");
  });

  it("are not entered by light that is late", async () => {
    const token = await (await fixtureIn("fixture")).light();
    await server.clock.advance(3600_000);
    assert.equal(reasonOf(await device.hello(token)), RefusalReason.Expired);
    assert.equal(await groupOf(device), "development");
  });

  for (const [what, kind, dut, production] of [
    ["a test fixture group at the line's", "test-fixture", "dut", "production"],
    ["a fixture group at one of each", "fixture", "dut", "test-production"],
    ["a fixture group at itself", "fixture", "fixture", "production"],
    ["targets the wrong way round", "fixture", "production", "dut"],
    ["a DUT group anywhere", "dut", "dut", "production"],
  ] as const)
    it(`refuse to aim ${what}`, async () => {
      const targets = { dutTarget: await id(dut), productionTarget: await id(production) };
      await rejects(server.groups.add({ product: "probe", kind, name: "x", ...targets }), "GROUP_TARGETS");
      await rejects(server.groups.setTargets(await id(kind), targets), "GROUP_TARGETS");
    });

  it("refuse another product's groups, missing targets, names that are taken or none, and what is not there", async () => {
    await server.admin.putProduct({ ...PRODUCT, name: "other" });
    const theirs = { dutTarget: await id("other/dut"), productionTarget: await id("other/production") };
    await rejects(server.groups.setTargets(await id("probe/fixture"), theirs), "GROUP_TARGETS");
    await rejects(server.groups.add({ product: "probe", kind: "fixture", name: "x" }), "GROUP_TARGETS");
    await rejects(server.groups.add({ product: "probe", kind: "dut", name: "dut" }), "GROUP_EXISTS");
    for (const name of ["", "a/b", "7", " x", "ü"])
      await rejects(server.groups.add({ product: "probe", kind: "dut", name }), "GROUP_NAME");
    await rejects(server.groups.add({ product: "none", kind: "dut", name: "x" }), "UNKNOWN_PRODUCT");
    await assert.rejects(id("dut"), /probe\/dut|other\/dut/);
    await rejects(id("999"), "UNKNOWN_GROUP");
    await rejects(server.groups.setTargets(999, theirs), "UNKNOWN_GROUP");
    await rejects(server.admin.addFixture("probe", undefined, await id("other/fixture")), "UNKNOWN_GROUP");
    await rejects(server.admin.addFixture("probe", undefined, await id("probe/dut")), "GROUP_KIND");
  });

  it("stay while anything is in them or leads to them", async () => {
    const kept = await server.groups.add({ product: "probe", kind: "dut", name: "kept" });
    await server.groups.setTargets(await id("fixture"), { dutTarget: kept, productionTarget: await id("production") });
    for (const name of ["kept", "production"]) await rejects(server.groups.remove(await id(name)), "GROUP_IN_USE");
    await server.groups.setTargets(await id("fixture"), {
      dutTarget: await id("dut"),
      productionTarget: await id("production"),
    });
    await server.groups.remove(kept);
    await rejects(id("kept"), "UNKNOWN_GROUP");
    await rejects(server.groups.remove(await id("development")), "GROUP_IN_USE");
  });

  it("hear a reserved call from where it belongs and nowhere else, whatever the firmware says", async () => {
    const fixture = await fixtureIn("fixture");
    await device.hello(await fixture.light());
    const put = async (table: string, row: string, group: string): Promise<void> =>
      server.database.exec(`update ${table} set group_id = ${await id(group)} where ${row}`);
    for (const kind of kindsWhere((kind) => !mayCall(kind, "bless"))) {
      await put("units", `device_id = '${device.name}'`, kind);
      assert.equal(reasonOf(await device.results()), RefusalReason.State, kind);
      assert.equal(reasonOf(await device.bless()), RefusalReason.State, kind);
    }
    assert.equal((await server.admin.unit(device.name)).serial, null);
    assert.ok((await server.events(device.name)).includes("refused: not in a DUT group"));
    for (const kind of kindsWhere((kind) => !mayCall(kind, "factoryblinkup"))) {
      await put("fixtures", `id = '${fixture.name}'`, kind);
      const answer = await fixture.send(MessageType.TokenRequest, fixture.tokenFields());
      assert.equal(reasonOf(answer), RefusalReason.State, kind);
    }
    assert.ok((await server.events(fixture.name)).includes("refused: not in a fixture group"));
  });

  it("let a hand move between production groups of one kind, and out of testing; nowhere else", async () => {
    await device.live(await (await fixtureIn("fixture")).light());
    const europe = await server.groups.add({ product: "probe", kind: "production", name: "Europe" });
    await server.groups.moveUnit(device.name, europe, "sold there");
    assert.equal(await groupOf(device), "Europe");
    for (const name of ["development", "dut", "test-production", "fixture"])
      await rejects(server.groups.moveUnit(device.name, await id(name), "x"), "GROUP_KIND");
    const other = TestDevice.make(server, 2);
    await other.hello(await (await fixtureIn("fixture")).light());
    for (const name of ["production", "test-dut"])
      await rejects(server.groups.moveUnit(other.name, await id(name), "x"), "GROUP_KIND");
    await server.groups.moveUnit(other.name, await id("development"), "an engineer's");
    assert.equal(reasonOf(await other.results()), RefusalReason.State);
  });

  describe("a unit of the laboratory's", () => {
    let laboratory: TestFixture;
    let line: TestFixture;
    beforeEach(async () => {
      laboratory = await fixtureIn("test-fixture");
      line = await fixtureIn("fixture");
    });

    it("is blessed for tests, and becomes real by the real line alone, once it is released by the key of its group", async () => {
      await device.live(await laboratory.light());
      assert.equal(await groupOf(device), "test-production");
      await rejects(server.groups.moveUnit(device.name, await id("production"), "x"), "GROUP_KIND");
      assert.equal(reasonOf(await device.hello(await line.light())), RefusalReason.AlreadyBlessed);
      const real = await server.groups.makeUnblessKey(await id("production"));
      await rejects(server.admin.unbless(device.name, "real now", real), "UNBLESS_KEY_MISSING");
      const key = await server.groups.makeUnblessKey(await id("test-production"));
      await rejects(server.admin.unbless(device.name, "real now", real), "UNBLESS_KEY_REFUSED");
      await server.admin.unbless(device.name, "real now", key);
      assert.equal(await groupOf(device), "development");
      device.deviceKey = undefined;
      await device.hello(await line.light());
      assert.equal(await groupOf(device), "dut");
      assert.equal(reasonOf(await device.bless()), RefusalReason.Limits, "the laboratory's results do not count");
      await device.live(await line.light());
      assert.equal(await groupOf(device), "production");
    });

    it("does not take up its blessing under the line's light", async () => {
      await device.hello(await laboratory.light());
      await device.results();
      await device.bless();
      assert.equal(reasonOf(await device.hello(await line.light())), RefusalReason.State);
      assert.equal(await groupOf(device), "test-dut");
      assert.equal((await device.hello(await laboratory.light()))[1], MessageType.Welcome);
      await device.acknowledge();
      assert.equal(await groupOf(device), "test-production");
    });

    it("that hides its key is tested anew, and what it was granted before leads to where it was granted for", async () => {
      await device.hello(await laboratory.light());
      await device.results();
      await device.bless();
      const { deviceKey } = device;
      device.deviceKey = undefined;
      await device.hello(await line.light());
      await device.results();
      await device.bless();
      device.deviceKey = deviceKey;
      await device.acknowledge();
      assert.equal(await groupOf(device), "test-production");
    });

    it("leaves a unit of the real line alone just so", async () => {
      await device.hello(await line.light());
      await device.results();
      await device.bless();
      await device.acknowledge();
      assert.equal(reasonOf(await device.hello(await laboratory.light())), RefusalReason.State);
      assert.equal(await groupOf(device), "production");
    });
  });

  describe("an unbless key", () => {
    it("is made once for a production group, and kept as its digest", async () => {
      const production = await id("production");
      const key = await server.groups.makeUnblessKey(production);
      await rejects(server.groups.makeUnblessKey(production), "UNBLESS_KEY_EXISTS");
      await rejects(server.groups.makeUnblessKey(await id("dut")), "GROUP_KIND");
      assert.ok(!(await server.database.contents()).includes(key.slice(4)));
      assert.ok(!JSON.stringify(await server.admin.audit("groups")).includes(key.slice(4)));
      await device.live(await (await fixtureIn("fixture")).light());
      for (const wrong of ["", "x", key.slice(0, -1), `${key}x`])
        await rejects(server.admin.unbless(device.name, "x", wrong), "UNBLESS_KEY_REFUSED");
      assert.equal((await server.admin.unit(device.name)).state, "shippable");
      const another = await server.groups.makeUnblessKey(production, true);
      await rejects(server.admin.unbless(device.name, "x", key), "UNBLESS_KEY_REFUSED");
      await server.admin.unbless(device.name, "x", another);
      assert.equal((await server.admin.unit(device.name)).state, "unblessed");
    });
  });
});
