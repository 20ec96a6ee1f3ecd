// SPDX-License-Identifier: Apache-2.0
// A unit's life as the server sees it, from token to receipt.
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EntryType, findEntry, putEntry } from "../../firmware/core/blinkup/entries.js";
import { asciiBytes, asciiText } from "../../firmware/core/protocol/bytes.js";
import { MessageType, PhaseOutcome, RefusalReason, Tag, WipeOutcome } from "../../firmware/core/protocol/codes.js";
import { keyHashOf } from "../../firmware/core/protocol/keys.js";
import { findField } from "../../firmware/core/protocol/message.js";
import { ResultsWriter } from "../../firmware/core/protocol/results.js";
import { itemsOf, prf, reasonOf, TestDevice, TestFixture } from "../tools/test-device.js";
import { onEachDatabase } from "../tools/test-database.js";
import { PRODUCT, TestServer } from "../tools/test-server.js";

const json = (bytes: Uint8Array | undefined): unknown => JSON.parse(asciiText(bytes as Uint8Array));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

onEachDatabase("a unit's life", () => {
  let server: TestServer;
  let fixture: TestFixture;
  let device: TestDevice;

  beforeEach(async () => {
    server = await TestServer.open();
    fixture = await TestFixture.add(server);
    device = TestDevice.make(server);
  });
  afterEach(() => server.close());

  const stateOf = async (unit: TestDevice): Promise<string> => (await server.admin.unit(unit.name)).state;

  it("goes from light to shippable, and the fixture hears of each step", async () => {
    const token = await fixture.light(2);
    const welcome = await device.hello(token);
    assert.deepEqual(json(findField(welcome, Tag.ConfigParams)), {
      deviceid: device.name,
      factory_imp_device_id: fixture.name,
      factoryfirmware: true,
    });
    assert.equal((await device.results())[1], MessageType.ResultsKept);
    assert.equal((await device.bless())[1], MessageType.Grant);
    assert.equal((await device.acknowledge())[1], MessageType.Acknowledged);
    assert.equal((await device.prove())[1], MessageType.Receipt);
    assert.equal(device.serial, "PR-0001");
    assert.deepEqual(
      (await fixture.collect()).map(({ name, data }) => [name, data]),
      (
        [
          ["dut", null],
          ["blessing", "PR-0001"],
          ["blessed", "PR-0001"],
          ["shippable", "PR-0001"],
        ] as const
      ).map(([state, serial]) => ["unit", { slot: 2, deviceId: device.name, state, serial }]),
    );
    assert.deepEqual(
      server.changes.map(({ state }) => state),
      ["dut", "blessing", "blessed", "shippable"],
    );
    const unit = await server.admin.unit(device.name);
    assert.equal(unit.group, "production");
    assert.deepEqual(
      unit.runs.map(({ verdict, attempts }) => [verdict, attempts.map(({ phase }) => phase)]),
      [["passed", ["supply", "sensor"]]],
    );
  });

  it("gives a record that its key signed, in the order of the specification", async () => {
    await device.hello(await fixture.light());
    await device.results();
    const answer = await device.bless();
    const record = findField(answer, Tag.Record) as Uint8Array;
    const key = createPublicKey(readFileSync(join(server.dataDir, "keys", `signing-${server.signingKeyId}.pub.pem`)));
    assert.ok(verify(null, record, key, findField(answer, Tag.Signature) as Uint8Array));
    const raw = key.export({ type: "spki", format: "der" }).subarray(-32);
    const facts = {
      v: 1,
      product: "probe",
      serial: "PR-0001",
      deviceId: device.name,
      keyHash: hex(keyHashOf(prf, device.deviceKey as Uint8Array)),
      fixtureId: fixture.name,
      time: "2026-01-01T00:00:00.000Z",
      key: createHash("sha256").update(raw).digest("hex").slice(0, 16),
    };
    assert.equal(asciiText(record), JSON.stringify(facts));
    assert.equal(facts.key, server.signingKeyId);
  });

  it("takes the factory's network to the fixture under seal, and keeps it sealed", async () => {
    const entries = new Uint8Array(64);
    let end = putEntry(entries, 0, EntryType.Ssid, asciiBytes("factory-net"));
    end = putEntry(entries, end, EntryType.Password, asciiBytes("correct horse"));
    await server.admin.setFactoryNetwork("probe", entries.slice(0, end));
    await fixture.light();
    const answer = await fixture.repeat();
    const network = fixture.networkIn(answer);
    assert.equal(asciiText(findEntry(network, network.length, EntryType.Password) as Uint8Array), "correct horse");
    assert.ok(!Buffer.from(answer).includes("factory-net"));
    await server.stop();
    const stored = await server.database.contents();
    assert.ok(!stored.includes("correct horse"));
  });

  it("ends a failed run red, wiped and without a serial number; fresh light begins anew", async () => {
    await device.hello(await fixture.light());
    await device.results(device.batch(2.5));
    const answer = await device.bless(0);
    assert.equal(answer[1], MessageType.Grant);
    assert.equal(findField(answer, Tag.Serial), undefined);
    assert.equal((await device.proveFailed())[1], MessageType.Receipt);
    assert.equal(await stateOf(device), "failed");
    assert.equal((await server.admin.unit(device.name)).serial, null);
    assert.equal(reasonOf(await device.hello()), RefusalReason.State, "the old light is spent");
    assert.equal(await device.live(await fixture.light()), "PR-0001");
    assert.deepEqual(
      (await server.admin.runs(device.name)).map(({ verdict }) => verdict),
      ["failed", "passed"],
    );
  });

  describe("limits", () => {
    const refused = async (batch: Uint8Array): Promise<number> => {
      await device.hello(await fixture.light());
      assert.equal((await device.results(batch))[1], MessageType.ResultsKept);
      const reason = reasonOf(await device.bless());
      assert.equal(await stateOf(device), reason ? "failed" : "blessing");
      return reason;
    };
    const sensor = (writer: ResultsWriter, value: number, outcome = PhaseOutcome.Pass, attempt = 1): void => {
      writer.measurement("temperature", value);
      writer.phase("sensor", outcome, attempt);
    };
    const withSupply = (rest: (writer: ResultsWriter) => void): Uint8Array => {
      const writer = new ResultsWriter();
      writer.measurement("supply", 3.3);
      writer.phase("supply", PhaseOutcome.Pass, 1);
      rest(writer);
      return writer.take();
    };

    it("takes both ends as passing", async () => {
      assert.equal(await refused(device.batch(3, 40)), 0);
    });
    it("refuses a value outside", async () => {
      assert.equal(await refused(device.batch(3.6001)), RefusalReason.Limits);
    });
    it("refuses what is not a number", async () => {
      assert.equal(await refused(device.batch(NaN)), RefusalReason.Limits);
    });
    it("refuses infinity", async () => {
      assert.equal(await refused(device.batch(Infinity)), RefusalReason.Limits);
    });
    it("refuses a missing measurement whatever the device says", async () => {
      assert.equal(await refused(withSupply((writer) => writer.phase("sensor", 0, 1))), RefusalReason.Limits);
    });
    it("refuses a measurement under another phase", async () => {
      const writer = new ResultsWriter();
      writer.measurement("supply", 3.3);
      writer.measurement("temperature", 20);
      writer.phase("supply", PhaseOutcome.Pass, 1);
      assert.equal(await refused(writer.take()), RefusalReason.Limits);
    });
    it("refuses a phase that ended badly though its values are right", async () => {
      assert.equal(
        await refused(withSupply((writer) => sensor(writer, 20, PhaseOutcome.Timeout))),
        RefusalReason.Limits,
      );
    });
    it("takes the last attempt, good after bad", async () => {
      const batch = withSupply((writer) => {
        sensor(writer, 90, PhaseOutcome.Fail, 1);
        sensor(writer, 20, PhaseOutcome.Pass, 2);
      });
      assert.equal(await refused(batch), 0);
      const [run] = await server.admin.runs(device.name);
      assert.deepEqual(
        run?.attempts.map(({ phase, attempt, measurements }) => [phase, attempt, measurements[0]?.value]),
        [
          ["supply", 1, 3.3],
          ["sensor", 1, 90],
          ["sensor", 2, 20],
        ],
      );
    });
    it("takes the last attempt, bad after good", async () => {
      const batch = withSupply((writer) => {
        sensor(writer, 20, PhaseOutcome.Pass, 1);
        sensor(writer, 90, PhaseOutcome.Pass, 2);
      });
      assert.equal(await refused(batch), RefusalReason.Limits);
    });
    it("judges every value of that attempt", async () => {
      const batch = withSupply((writer) => {
        writer.measurement("temperature", 90);
        sensor(writer, 20);
      });
      assert.equal(await refused(batch), RefusalReason.Limits);
    });
    it("judges no results of an earlier session", async () => {
      await device.hello(await fixture.light());
      await device.results();
      await device.hello();
      assert.equal(reasonOf(await device.bless()), RefusalReason.Limits);
    });
  });

  it("heeds the manufacturer's veto", async () => {
    const strict = await TestServer.open({ veto: (deviceId) => (deviceId.endsWith("01") ? "on hold" : "") });
    try {
      const unit = TestDevice.make(strict);
      await unit.hello(await (await TestFixture.add(strict)).light());
      await unit.results();
      assert.equal(reasonOf(await unit.bless()), RefusalReason.Vetoed);
      const row = (await strict.admin.audit(unit.name)).find(({ event }) => event === "not blessed");
      assert.deepEqual(JSON.parse(row?.detail ?? ""), { why: "on hold" });
    } finally {
      await strict.close();
    }
  });

  describe("a grant that was not acknowledged", () => {
    it("keeps its serial number for the device, in this run and in later ones", async () => {
      await device.hello(await fixture.light());
      await device.results();
      await device.bless();
      device.deviceKey = undefined; // the answer never came
      await device.hello();
      await device.results();
      await device.bless();
      assert.equal(device.serial, "PR-0001");
      device.deviceKey = undefined;
      assert.equal(await device.live(await fixture.light()), "PR-0001");
      assert.equal(await TestDevice.make(server, 2).live(await fixture.light()), "PR-0002");
    });

    it("is taken up with the key that the device has, in a later run too", async () => {
      await device.hello(await fixture.light());
      await device.results();
      await device.bless();
      await server.clock.advance(PRODUCT.leaseS * 1000 + 1);
      assert.equal(reasonOf(await device.hello()), RefusalReason.Expired);
      await device.hello(await fixture.light());
      assert.equal((await device.acknowledge())[1], MessageType.Acknowledged);
      assert.equal((await device.prove())[1], MessageType.Receipt);
    });

    it("makes the unit lost after a day, and keeps its number", async () => {
      await device.hello(await fixture.light());
      await device.results();
      await device.bless();
      // A night off: a server that runs would sweep every 10 s.
      await server.stop();
      await server.clock.advance(24 * 3600 * 1000 - 1);
      await server.start();
      await server.admin.sweep();
      assert.equal(await stateOf(device), "blessing");
      await server.clock.advance(10_000);
      assert.equal(await stateOf(device), "lost");
      assert.equal((await device.acknowledge())[1], MessageType.Acknowledged);
      assert.equal(await stateOf(device), "blessed");
      assert.equal(device.serial, "PR-0001");
    });
  });

  describe("a blessed unit", () => {
    beforeEach(async () => {
      await device.hello(await fixture.light());
      await device.results();
      await device.bless();
      await device.acknowledge();
    });

    it("is re-seat after a minute's silence, told to the fixture by the clock alone, until the proof comes", async () => {
      await server.clock.advance(59_000);
      assert.equal(await stateOf(device), "blessed");
      await server.clock.advance(11_000);
      assert.equal(server.changes.at(-1)?.state, "re-seat");
      await server.clock.advance(3600 * 1000);
      assert.equal((await device.prove())[1], MessageType.Receipt);
      assert.equal(await stateOf(device), "shippable");
    });

    it("is not shippable by an unclean outcome, a wrong nonce, or the session's key", async () => {
      assert.equal(reasonOf(await device.prove(Uint8Array.of(WipeOutcome.Clean + 1))), RefusalReason.State);
      const { wipeNonce } = device;
      device.wipeNonce = new Uint8Array(16);
      assert.equal(reasonOf(await device.prove()), RefusalReason.State);
      assert.equal(reasonOf(await device.proveFailed()), RefusalReason.State);
      assert.equal(await stateOf(device), "blessed");
      device.wipeNonce = wipeNonce;
      assert.equal((await device.prove())[1], MessageType.Receipt);
    });

    it("is not blessed again", async () => {
      device.channel.rekey(device.sessionKey);
      assert.equal(reasonOf(await device.bless()), RefusalReason.State);
    });

    it("must prove its key under new light; without, an engineer has to release it", async () => {
      const { deviceKey } = device;
      device.deviceKey = undefined;
      assert.equal(reasonOf(await device.hello(await fixture.light())), RefusalReason.AlreadyBlessed);
      device.deviceKey = new Uint8Array(32);
      assert.equal(reasonOf(await device.hello(await fixture.light())), RefusalReason.AlreadyBlessed);
      device.deviceKey = deviceKey;
      assert.equal((await device.hello(await fixture.light()))[1], MessageType.Welcome);
      await server.unbless(device.name, "flash replaced");
      assert.equal((await server.admin.unit(device.name)).group, "development");
      device.deviceKey = undefined;
      assert.equal(await device.live(await fixture.light()), "PR-0001");
      assert.ok((await server.events(device.name)).includes("engineer"));
    });

    it("says hello under its own key, and is told its id alone", async () => {
      await device.prove();
      device.token = new Uint8Array(0);
      const welcome = await device.hello();
      assert.deepEqual(json(findField(welcome, Tag.ConfigParams)), { deviceid: device.name });
      assert.equal(await stateOf(device), "shippable");
      await server.admin.send(device.name, "greeting", { text: "grüß" });
      assert.deepEqual(itemsOf(await device.poll())[0]?.data, { text: "grüß" });
    });

    it("is activated by a production token with its key, and by nothing less", async () => {
      await device.prove();
      const token = new Uint8Array(16).fill(9);
      await server.admin.registerToken("probe", token, "production");
      const stranger = TestDevice.make(server, 7);
      assert.equal(reasonOf(await stranger.hello(token)), RefusalReason.State);
      assert.equal(reasonOf(await device.hello(token)), RefusalReason.State, "nothing is rooted in a user's token");
      assert.equal(await stateOf(device), "shippable");
      assert.equal((await device.activate(token))[1], MessageType.Welcome);
      assert.equal(await stateOf(device), "activated");
    });

    it("can be scrapped, and is then nobody", async () => {
      await server.admin.scrap(device.name, "cracked");
      assert.equal(await stateOf(device), "scrapped");
      device.token = new Uint8Array(0);
      device.channel.rekey(device.root);
      assert.equal(await device.sendUnproved(MessageType.Hello, device.helloFields()), 403);
      await assert.rejects(server.admin.scrap(device.name, "again"), { code: "UNIT_STATE" });
    });
  });

  it("knows a unit by light made elsewhere", async () => {
    const token = new Uint8Array(16).fill(5);
    await server.admin.registerToken("probe", token);
    await assert.rejects(server.admin.registerToken("probe", token), { code: "TOKEN_EXISTS" });
    const welcome = await device.hello(token);
    assert.deepEqual(json(findField(welcome, Tag.ConfigParams)), { deviceid: device.name, factoryfirmware: true });
    assert.equal(await device.live(token), "PR-0001");
  });

  it("gives 32 interleaved units 32 serial numbers without a gap", async () => {
    const units = Array.from({ length: 32 }, (_, i) => TestDevice.make(server, i + 1));
    const tokens: Uint8Array[] = [];
    for (const unit of units) tokens[unit.id[7] as number] = await fixture.light();
    const serials = await Promise.all(units.map((unit) => unit.live(tokens[unit.id[7] as number] as Uint8Array)));
    const expected = units.map((_, i) => `PR-${String(i + 1).padStart(4, "0")}`);
    assert.deepEqual(serials.sort(), expected);
    assert.ok((await server.admin.units()).every(({ state }) => state === "shippable"));
    assert.deepEqual(await server.admin.verifyAudit(), []);
  });

  it("keeps a unit with its serial number to its product", async () => {
    await server.admin.putProduct({ ...PRODUCT, name: "other" });
    await device.live(await fixture.light());
    const other = await TestFixture.add(server, "other");
    assert.equal(reasonOf(await device.hello(await other.light())), RefusalReason.State);
    const fresh = TestDevice.make(server, 2);
    await fresh.hello(await fixture.light());
    assert.equal(await fresh.live(await other.light()), "PR-0001", "each product counts for itself");
  });
});
