// SPDX-License-Identifier: Apache-2.0
// lightline fixture: key and network get into a board and onto the server, or on neither side, whatever dies in between.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { planFixture } from "../../bench/fixture/plan.js";
import { EntryType, findEntry } from "../../firmware/core/blinkup/entries.js";
import { hexText } from "../../firmware/core/protocol/bytes.js";
import { MessageType, Tag } from "../../firmware/core/protocol/codes.js";
import { bootStage } from "../../firmware/roles/boot.js";
import { packBlessing } from "../../firmware/store/blessing-record.js";
import { IdentityKind, Origin, SETTINGS_KIND, WipePhase } from "../../firmware/store/kinds.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import { loadProduct } from "../../bench/build/product.js";
import { firmwareBoard } from "../../bench/build/boards.js";
import { ConsoleBoard } from "../../emulator/console-board.js";
import { openPty } from "../tools/pty.js";
import { runCommand } from "../tools/run-command.js";
import { counterOf, TestFixture } from "../tools/test-device.js";
import { TestServer } from "../tools/test-server.js";
import { ADDRESS, assertHides, board, Folder, logOf, PRODUCT, PRODUCT_DIR } from "./store-bench.js";

const ROOT = new URL("../../", import.meta.url).pathname;
const SSID = "Fabrik Süd";
const PASSWORD = "höchst geheim";
const ID_BYTES = 8;
const NO_BLESSING = new Uint8Array(64);

interface Facts {
  readonly fixture: string;
  readonly product: string;
  readonly networkSet: boolean;
}

describe("lightline fixture", function () {
  this.timeout(60_000);
  const folder = new Folder();
  let server: TestServer;
  let fake: ConsoleBoard | undefined;

  beforeEach(async () => {
    server = await TestServer.open();
    await server.admin.putProduct(loadProduct(PRODUCT_DIR));
  });
  afterEach(async () => {
    fake?.close();
    fake = undefined;
    await server.close();
  });
  after(() => folder.remove());

  const start = async (options: Parameters<typeof ConsoleBoard.start>[0] = {}) =>
    (fake = await ConsoleBoard.start({ speed: 30, ...options }));
  const where = () => ["--data", server.dataDir, "--board", "esp32-devkitc", "--product", PRODUCT_DIR];
  const add = (...args: string[]) =>
    runCommand("fixture", "add", ...where(), "--ssid", SSID, "--password", PASSWORD, "--json", ...args);
  const added = async (...args: string[]): Promise<Facts> => {
    const ended = await add(...args);
    assert.deepEqual([ended.code, ended.err], [0, ""]);
    return JSON.parse(ended.out) as Facts;
  };
  const blank = () => NorFlash.blank(ADDRESS, 0x10000);
  const fixtureIn = (flash: NorFlash) => logOf(flash, "identity").read(IdentityKind.Fixture);
  const networkIn = (flash: NorFlash) => {
    const body = logOf(flash, "settings").read(SETTINGS_KIND);
    if (!body) return undefined;
    const text = (type: EntryType) => Buffer.from(findEntry(body.slice(1), body.length - 1, type)!).toString();
    return [body[0], text(EntryType.Ssid), text(EntryType.Password)];
  };
  const holds = (flash: NorFlash, id: string) => {
    assert.equal(hexText(fixtureIn(flash)!.subarray(0, ID_BYTES)), id);
    assert.deepEqual(networkIn(flash), [Origin.Production, SSID, PASSWORD]);
  };
  /** The server believes this flash, and gives it the network for its units. */
  const isBelieved = async (flash: NorFlash, number = 1) => {
    const body = fixtureIn(flash)!;
    const fixture = new TestFixture(server, body.slice(0, ID_BYTES), body.slice(ID_BYTES));
    const head = [Tag.FixtureId, fixture.id, Tag.Counter, counterOf(1, number)];
    const answer = await fixture.send(MessageType.TokenRequest, [...head, Tag.Slot, Uint8Array.of(1)]);
    const network = fixture.networkIn(answer);
    assert.equal(Buffer.from(findEntry(network, network.length, EntryType.Ssid)!).toString(), SSID);
    assert.equal(Buffer.from(findEntry(network, network.length, EntryType.Password)!).toString(), PASSWORD);
  };
  const states = async () => (await server.admin.fixtures()).map(({ revoked }) => (revoked ? "revoked" : "in use"));

  describe("add to a board", () => {
    it("writes the key and the network, which the server believes, and restarts the board as a fixture", async () => {
      const flash = blank();
      const { port, said } = await start({ flash, program: "print('program runs')" });
      const facts = await added("--port", port);
      assert.deepEqual(facts, {
        fixture: facts.fixture,
        firmware: "2v29",
        chip: "ESP32",
        product: PRODUCT,
        board: "esp32-devkitc",
        networkSet: true,
      });
      holds(flash, facts.fixture);
      await isBelieved(flash);
      assert.deepEqual(await states(), ["in use"]);
      assert.equal(stageOf(flash), "f");
      assert.equal(said.filter((line) => line === "program runs").length, 2, "at power on, and when given back");
    });

    it("writes the operations of the firmware's own store, and nothing else", async () => {
      const flash = blank();
      await start({ flash });
      const operations: string[] = [];
      flash.onOperation = ({ kind, page, offset, length }) => operations.push([kind, page, offset, length].join(" "));
      await added("--port", fake!.port);
      const body = fixtureIn(flash)!;
      const network = { ssid: new Uint8Array(Buffer.from(SSID)), password: new Uint8Array(Buffer.from(PASSWORD)) };
      const plan = planFixture(blank(), board, { id: body.slice(0, ID_BYTES), key: body.slice(ID_BYTES), ...network });
      const planned = plan.operations.map(({ address, bytes }) => {
        const [page, offset] = [Math.floor((address - ADDRESS) / 4096), (address - ADDRESS) % 4096];
        return [bytes ? "program" : "erase", page, offset, bytes?.length ?? 4096].join(" ");
      });
      assert.deepEqual(operations, planned);
      assert.deepEqual(flash.bytes, plan.after.bytes);
    });

    it("does so over a serial port, with firmware of before, and takes the id that is given", async function () {
      const flash = blank();
      await start({ flash, firmware: "2v27" });
      const pty = await openPty(fake!.tcpPort);
      try {
        if (!pty) return this.skip();
        const facts = await added("--port", pty.path, "--id", "00112233445566AA");
        assert.equal(facts.fixture, "00112233445566aa");
        holds(flash, facts.fixture);
      } finally {
        pty?.close();
      }
    });

    it("keeps what the board has of its own", async () => {
      const flash = blank();
      const boot = Uint8Array.of(0, 0, 1, 7, 0, 0);
      for (let n = 0; n < 200; n++) logOf(flash, "identity").write(IdentityKind.Boot, boot);
      await start({ flash });
      holds(flash, (await added("--port", fake!.port)).fixture);
      assert.deepEqual(logOf(flash, "identity").read(IdentityKind.Boot), boot);
    });

    it("leaves the units' network alone when told to", async () => {
      await added("--port", (await start({ flash: blank() })).port);
      fake?.close();
      const flash = blank();
      await start({ flash });
      const other = ["--ssid", "other hall", "--password", "other-password"];
      const ended = await runCommand("fixture", "add", ...where(), ...other, "--port", fake!.port, "--keep-network");
      assert.deepEqual([ended.code, ended.err], [0, ""]);
      assert.doesNotMatch(ended.out, /this network/);
      await isBelieved(flash);
    });

    it("says neither key nor password", async () => {
      const flash = blank();
      const { port, said } = await start({ flash });
      const plain = await runCommand(
        "fixture",
        "add",
        ...where(),
        "--ssid",
        SSID,
        "--password",
        PASSWORD,
        "--port",
        port,
      );
      assert.match(plain.out, /^Fixture [0-9a-f]{16} of hello-sensor\n.*read back/);
      const key = fixtureIn(flash)!.slice(ID_BYTES);
      assertHides(plain.out + plain.err, { key, password: Buffer.from(PASSWORD) });
      assert.ok(said.length > 0);
    });

    it("takes the password from the environment or from standard input", async () => {
      process.env.LIGHTLINE_PASSWORD = PASSWORD;
      const flash = blank();
      try {
        await start({ flash });
        await added("--port", fake!.port, "--password", "-");
      } finally {
        delete process.env.LIGHTLINE_PASSWORD;
      }
      assert.deepEqual(networkIn(flash)?.[2], PASSWORD);
      const out = folder.path("stdin.bin");
      const args = ["fixture", "add", ...where(), "--ssid", SSID, "--password", "-", "--out", out];
      const child = spawn(process.execPath, [join(ROOT, "bench/lightline.mjs"), ...args], { cwd: ROOT });
      child.stdin.end(PASSWORD + "\n");
      assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
      assert.equal(networkIn(new NorFlash(ADDRESS, new Uint8Array(readFileSync(out))))?.[2], PASSWORD);
    });

    describe("refuses a board that is something already", () => {
      const fixture = (flash: NorFlash) =>
        logOf(flash, "identity").write(
          IdentityKind.Fixture,
          Uint8Array.from({ length: 40 }, (_, i) => i),
        );
      const blessed = (flash: NorFlash) => {
        const [key, serial] = [new Uint8Array(32), new Uint8Array(Buffer.from("HS-000007"))];
        logOf(flash, "identity").write(IdentityKind.Blessing, packBlessing(key, serial, NO_BLESSING, serial));
      };
      for (const [what, make, said] of [
        ["a fixture", fixture, /fixture 0001020304050607/],
        ["a blessed unit", blessed, /HS-000007/],
      ] as const)
        it(`${what}, unless asked twice`, async () => {
          const flash = blank();
          make(flash);
          const before = flash.bytes.slice();
          await start({ flash });
          const ended = await add("--port", fake!.port);
          assert.match(ended.err, /^BOARD_IN_USE: .*--yes/);
          assert.match(ended.err, said);
          assert.deepEqual([ended.code, ended.out], [2, ""]);
          assert.deepEqual(flash.bytes, before);
          assert.deepEqual(await states(), [], "nothing was made on the server");
          const { fixture: id } = await added("--port", fake!.port, "--yes");
          holds(flash, id);
          await isBelieved(flash);
          assert.equal(stageOf(flash), "f");
        });

      it("one whose store later firmware wrote, however often asked", async () => {
        const flash = blank();
        fixture(flash);
        flash.bytes[0x2003] = 3;
        await start({ flash });
        assert.match((await add("--port", fake!.port, "--yes")).err, /^BOARD_IN_USE: Later firmware/);
        assert.deepEqual(await states(), []);
      });

      it("a unit in the middle of its wipe, however often asked", async () => {
        const flash = blank();
        logOf(flash, "identity").write(IdentityKind.Wipe, Uint8Array.of(WipePhase.Begun, ...new Uint8Array(16)));
        await start({ flash });
        assert.match((await add("--port", fake!.port, "--yes")).err, /^BOARD_IN_USE: .*wipe/);
        assert.deepEqual(await states(), []);
      });
    });

    for (const [what, before] of [
      ["fresh", 0],
      ["in use", 1],
    ] as const)
      it(`leaves the old state or the new one of a board (${what}) that dies at any flash operation`, async () => {
        const made = blank();
        if (before) await added("--port", (await start({ flash: made })).port);
        fake?.close();
        const old = { fixture: fixtureIn(made), network: networkIn(made) };
        let cuts = 0;
        for (let whole = false; !whole; cuts++) {
          const flash = new NorFlash(ADDRESS, made.bytes.slice());
          // The power goes: nothing is said any more.
          const line = (text: string) => (/power went/.test(text) ? (fake?.unplug(), "") : text);
          await start({ flash, line });
          flash.cutAt(cuts + 1);
          const ended = await add("--port", fake!.port, "--yes");
          fake?.close();
          flash.cutAt(0);
          whole = ended.code === 0;
          const found = fixtureIn(flash);
          const id = found && hexText(found.subarray(0, ID_BYTES));
          const latest = (await server.admin.fixtures()).find((fixture) => ended.err.includes(fixture.id));
          if (!whole) {
            assert.match(ended.err, /^BOARD_LOST: .*Fixture [0-9a-f]{16} was made for it and is revoked again/);
            assert.deepEqual([ended.code, ended.out, latest?.revoked], [1, "", true]);
          }
          assert.ok(Buffer.from(found ?? []).equals(old.fixture ?? new Uint8Array(0)) || id === latest?.id || whole);
          const network = networkIn(flash);
          if (network || old.network) assert.deepEqual(network, [Origin.Production, SSID, PASSWORD]);
          if (whole) holds(flash, id as string);
        }
        assert.equal(cuts - 1, before ? 4 : 10);
        const inUse = (await states()).filter((state) => state === "in use").length;
        assert.equal(inUse, before + 1);
      });

    it("revokes the fixture when the flash does not hold what was written", async () => {
      const flash = blank();
      await start({ flash });
      const { program } = flash;
      flash.program = (address, bytes) =>
        program.call(
          flash,
          address,
          bytes.map((byte) => byte & 0xfe),
        );
      const ended = await add("--port", fake!.port);
      assert.match(ended.err, /^FLASH_FAULT: .*is revoked again/);
      assert.deepEqual([ended.code, ended.out, await states()], [1, "", ["revoked"]]);
    });

    it("revokes the fixture when the user interrupts, exit 130", async () => {
      let interrupt: () => unknown = () => undefined;
      const line = (text: string) => (text.includes("written") ? (interrupt(), "") : text);
      const { port } = await start({ flash: blank(), line });
      const args = ["fixture", "add", ...where(), "--ssid", SSID, "--password", PASSWORD, "--port", port];
      const child = spawn(process.execPath, [join(ROOT, "bench/lightline.mjs"), ...args], { cwd: ROOT });
      interrupt = () => child.kill("SIGINT");
      const code = await new Promise((resolve) => child.on("close", resolve));
      assert.deepEqual([code, await states()], [130, ["revoked"]]);
    });

    it("asks again when a line comes garbled, and gives up when all do", async () => {
      let lines = 0;
      const garble = (often: number) => (text: string) =>
        text.length > 100 && ++lines % often === 0 ? text.replace(/.$/, "x").slice(0, -9) : text;
      const flash = blank();
      await start({ flash, line: garble(5) });
      holds(flash, (await added("--port", fake!.port)).fixture);
      fake?.close();
      await start({ flash: blank(), line: garble(1) });
      const ended = await add("--port", fake!.port);
      assert.match(ended.err, /^BOARD_GARBLED: /);
      assert.deepEqual([ended.code, await states()], [1, ["in use"]]);
    });
  });

  describe("add to a file", () => {
    it("makes an image that only its owner reads, which is the same as what a board gets", async () => {
      const out = folder.path();
      const { fixture } = await added("--out", out);
      const flash = new NorFlash(ADDRESS, new Uint8Array(readFileSync(out)));
      assert.equal(flash.bytes.length, 0x10000);
      holds(flash, fixture);
      await isBelieved(flash);
      if (process.platform !== "win32") assert.equal(statSync(out).mode & 0o777, 0o600);
      const { out: dump } = await runCommand("flash-dump", out);
      assert.match(dump, new RegExp(`fixture id +"${fixture}"`));
    });

    it("writes over a file only when told to, and closes it first", async () => {
      const out = folder.write("something longer than nothing");
      chmodSync(out, 0o644);
      assert.match((await add("--out", out)).err, /^FILE_EXISTS: /);
      assert.deepEqual(await states(), []);
      await added("--out", out, "--force");
      const { size, mode } = statSync(out);
      assert.deepEqual([size, mode & 0o777], [0x10000, 0o600]);
    });

    it("makes nothing where no file can be", async () => {
      const ended = await add("--out", join(folder.path("none"), "image"));
      assert.match(ended.err, /^FILE_NOT_WRITABLE: /);
      assert.deepEqual([ended.code, await states()], [2, []]);
    });

    it("revokes the fixture when the file cannot be finished", async function () {
      if (!existsSync("/dev/full")) return this.skip();
      const ended = await add("--out", "/dev/full");
      assert.match(ended.err, /^FILE_NOT_WRITABLE: .*is revoked again/);
      assert.deepEqual([ended.code, await states()], [2, ["revoked"]]);
    });
  });

  it("plans for any flash what the store then reads", () => {
    const fixture = { id: new Uint8Array(8).fill(1), key: new Uint8Array(32).fill(2), ssid: Uint8Array.of(65) };
    const images = fc.uint8Array({ minLength: 0x4000, maxLength: 0x4000 }).map((image) => {
      const flash = blank();
      flash.bytes.set(image);
      return flash;
    });
    fc.assert(
      fc.property(images, (before) => {
        const { after, operations } = planFixture(before, board, { ...fixture, password: new Uint8Array(0) });
        assert.deepEqual(fixtureIn(after), Uint8Array.of(...fixture.id, ...fixture.key));
        assert.deepEqual(networkIn(after), [Origin.Production, "A", ""]);
        assert.ok(operations.every(({ address, bytes = [] }) => address % 4 === 0 && bytes.length % 4 === 0));
      }),
      { numRuns: 20 },
    );
  });

  describe("list and revoke", () => {
    it("list every fixture, and take one's key out of use", async () => {
      const list = async (...args: string[]) =>
        (await runCommand("fixture", "list", "--data", server.dataDir, ...args)).out;
      assert.match(await list(), /^No fixture yet: lightline fixture add/);
      const out = folder.path();
      const { fixture } = await added("--out", out);
      assert.equal(await list(), `${fixture}  in use   ${PRODUCT}/fixture\n`);
      const flash = new NorFlash(ADDRESS, new Uint8Array(readFileSync(out)));
      await isBelieved(flash);

      const refused = await runCommand("fixture", "revoke", fixture, "--data", server.dataDir);
      assert.match(refused.err, /^NOT_CONFIRMED: .*--yes/);
      assert.deepEqual([refused.code, await states()], [2, ["in use"]]);
      const args = ["--data", server.dataDir, "--yes", "--json"];
      const ended = await runCommand("fixture", "revoke", fixture.toUpperCase(), ...args);
      assert.deepEqual([ended.code, ended.out], [0, JSON.stringify({ fixture, revoked: true }) + "\n"]);
      assert.deepEqual(JSON.parse(await list("--json")), {
        fixtures: [{ id: fixture, product: PRODUCT, group: "fixture", revoked: true }],
      });
      await assert.rejects(isBelieved(flash, 2), /message 1/);
    });

    it("say so of a fixture that is not there, exit 3", async () => {
      const ended = await runCommand("fixture", "revoke", "00", "--data", server.dataDir, "--yes");
      assert.match(ended.err, /^UNKNOWN_FIXTURE: /);
      assert.equal(ended.code, 3);
    });
  });

  for (const [what, args, said, code] of [
    ["no place to go to", [], /^SETTINGS_MISSING: .*--port/, 2],
    ["two of them", ["--port", "x", "--out", "y"], /^SETTINGS_MISSING: /, 2],
    ["an id that is none", ["--id", "12", "--out", "y"], /^FIXTURE_ID: .*16 hex digits/, 2],
    ["a board that is none", ["--board", "nope", "--out", "y"], /^BOARD_UNKNOWN: /, 2],
    ["a product that is none", ["--product", "nope", "--out", "y"], /^PRODUCT_UNKNOWN: /, 2],
    ["a network without a name", ["--ssid", "", "--out", "y"], /^SETTINGS_SSID: /, 2],
    ["a short password", ["--password", "short", "--out", "y"], /^SETTINGS_PASSWORD: /, 2],
    ["a port that is none", ["--port", "tcp://127.0.0.1:1"], /^PORT_UNKNOWN: /, 2],
    ["a data folder that is none", ["--data", "/nonexistent", "--out", "y"], /^DATA_MISSING: /, 3],
  ] as const)
    it(`add says so of ${what}, exit ${code}, and makes no fixture`, async () => {
      const ended = await add(...args);
      assert.match(ended.err, said);
      assert.deepEqual([ended.code, ended.out, await states()], [code, "", []]);
    });

  it("add names the products that the server has when it has not this one, exit 3", async () => {
    const fresh = await TestServer.open();
    const ended = await add("--data", fresh.dataDir, "--out", folder.path());
    assert.match(ended.err, /^UNKNOWN_PRODUCT: .*it has probe/);
    assert.equal(ended.code, 3);
    await fresh.close();
  });

  it("add refuses an id that is taken, exit 3", async () => {
    const id = ["--id", "0011223344556677", "--out"];
    await added(...id, folder.path());
    const ended = await add(...id, folder.path());
    assert.match(ended.err, /^FIXTURE_EXISTS: /);
    assert.equal(ended.code, 3);
  });
});

/** The stage that a start of this board would run. */
function stageOf(flash: NorFlash): string {
  const data = firmwareBoard(board);
  const open = ({ address, pages }: typeof data.settings) => openFlashRegion(flash, address, pages);
  const { settings, identity } = { settings: open(data.settings), identity: open(data.identity) };
  return bootStage({ settings, identity, digest, button: { onPress: () => undefined, rescueHeld: () => false } });
}
