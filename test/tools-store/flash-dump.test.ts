// SPDX-License-Identifier: Apache-2.0
// lightline flash-dump: what it says is what the firmware's store reads; torn, old and strange images are shown and crash nothing.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { dumpFlash } from "../../bench/flash-dump/dump.js";
import type { FlashDump } from "../../bench/flash-dump/dump.js";
import { maskOf } from "../../bench/flash-dump/secret.js";
import { formatDump } from "../../bench/flash-dump/text.js";
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import { keyHashOf } from "../../firmware/core/protocol/keys.js";
import { packBlessing } from "../../firmware/store/blessing-record.js";
import { IdentityKind, Origin, SETTINGS_KIND, WipePhase } from "../../firmware/store/kinds.js";
import { ErrorCode } from "../../hal/error.js";
import { digest } from "../../hal/sim/digest.js";
import { NorFlash, PowerCut, TEARS } from "../../hal/sim/models/nor-flash.js";
import { runCommand } from "../tools/run-command.js";
import { ADDRESS, assertHides, assertShows, board, Folder, logOf } from "./store-bench.js";

const REGION_BYTES = 0x10000;
const ascii = (text: string) => new Uint8Array(Buffer.from(text));
const bytes = (first: number, count: number) => Uint8Array.from({ length: count }, (_, i) => first + i);
const shortDigest = (secret: Uint8Array) => createHash("sha256").update(secret).digest("hex").slice(0, 4);
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");

const SECRETS = {
  password: ascii("höchst geheim"),
  token: bytes(0x30, 16),
  fixtureKey: bytes(0x80, 32),
  deviceKey: bytes(0xc0, 32),
};
const NONCE = bytes(0x50, 16);
const SIGNATURE = Uint8Array.from({ length: 64 }, (_, i) => 7 * i);
const RECORD = `{"v":1,"serial":"HS-000007","keyHash":"${hex(keyHashOf(digest.prf, SECRETS.deviceKey))}"}`;

function settingsBody(): Uint8Array {
  const body = new Uint8Array(256);
  body[0] = Origin.Factory;
  let end = putEntry(body, 1, EntryType.Ssid, ascii("Fabrik Süd"));
  end = putEntry(body, end, EntryType.Password, SECRETS.password);
  end = putEntry(body, end, EntryType.StaticIp, Uint8Array.of(10, 0, 0, 7, 255, 0, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2));
  end = putEntry(body, end, EntryType.ServerUrl, ascii("http://lightline.local:8080"));
  end = putEntry(body, end, EntryType.Expiry, Uint8Array.of(0, 1, 0, 0));
  end = putEntry(body, end, EntryType.Enrolment, SECRETS.token);
  return body.slice(0, end);
}

function usedFlash(): NorFlash {
  const flash = NorFlash.blank(ADDRESS, REGION_BYTES);
  const identity = logOf(flash, "identity");
  for (const counter of [1, 2]) identity.write(IdentityKind.Boot, Uint8Array.of(0, 0, 0, counter, 1, 0x64));
  identity.write(IdentityKind.Fixture, Uint8Array.of(...bytes(0xf0, 8), ...SECRETS.fixtureKey));
  identity.write(IdentityKind.Blessing, packBlessing(SECRETS.deviceKey, ascii("HS-000007"), SIGNATURE, ascii(RECORD)));
  identity.write(IdentityKind.Wipe, Uint8Array.of(WipePhase.ProofOwed, ...NONCE));
  logOf(flash, "settings").write(SETTINGS_KIND, settingsBody());
  return flash;
}

const masked = (secret: Uint8Array) => ({ bytes: secret.length, sha256: shortDigest(secret) });
const dump = (flash: NorFlash) => dumpFlash(flash, board, maskOf(false));

describe("lightline flash-dump", () => {
  const folder = new Folder();
  after(() => folder.remove());
  const dumpOf = async (file: string, ...args: string[]) => {
    const ended = await runCommand("flash-dump", file, "--json", ...args);
    assert.deepEqual([ended.code, ended.err], [0, ""]);
    return JSON.parse(ended.out) as FlashDump & { readonly offset: number };
  };

  it("shows each page and record, and the values that count", async () => {
    const { settings, identity } = await dumpOf(folder.write(usedFlash().bytes));
    assert.deepEqual(settings.current, {
      origin: "factory",
      entries: {
        ssid: "Fabrik Süd",
        password: masked(SECRETS.password),
        staticIp: ["10.0.0.7", "255.0.0.0", "10.0.0.1", "10.0.0.2"],
        serverUrl: "http://lightline.local:8080",
        expiryS: 65536,
        token: masked(SECRETS.token),
      },
    });
    assert.deepEqual(identity.current, {
      boot: { counter: 2, starts: 1, plan: "d" },
      fixture: { id: "f0f1f2f3f4f5f6f7", key: masked(SECRETS.fixtureKey) },
      blessing: {
        serial: "HS-000007",
        key: masked(SECRETS.deviceKey),
        keyFits: true,
        record: RECORD,
        signature: hex(SIGNATURE),
      },
      wipe: { phase: "proof owed", nonce: hex(NONCE) },
    });
    assert.deepEqual(
      identity.pages.map(({ state, sequence, version, committed }) => [state, sequence, version, committed]),
      [
        ["in use", 1, 2, true],
        ["blank", null, null, false],
      ],
    );
    assert.deepEqual(
      identity.pages[0]?.records.map(({ name, length, state }) => [name, length, state]),
      [
        ["boot", 6, "superseded"],
        ["boot", 6, "current"],
        ["fixture", 40, "current"],
        ["blessing", 32 + 1 + 9 + 64 + RECORD.length, "current"],
        ["wipe", 17, "current"],
      ],
    );
    assert.deepEqual([settings.address, settings.blank, settings.writtenBytes > 100], ["0x310000", false, true]);
  });

  it("says the same for people", async () => {
    const { out } = await runCommand("flash-dump", folder.write(usedFlash().bytes));
    for (const said of [/settings at 0x310000, not blank: \d+ of 8192/, /page 0: in use, sequence 1, version 2/])
      assert.match(out, said);
    for (const said of [/ssid +"Fabrik Süd"/, /blessing serial +"HS-000007"/, /wipe phase +"proof owed"/])
      assert.match(out, said);
    assert.match(out, new RegExp(`password +14 bytes, SHA-256 ${shortDigest(SECRETS.password)}\\.\\.\\.`));
    assert.match(out, /superseded/);
  });

  it("masks every secret unless asked not to", async () => {
    const file = folder.write(usedFlash().bytes);
    for (const args of [[], ["--json"]]) {
      assertHides((await runCommand("flash-dump", file, ...args)).out, SECRETS);
      const { out } = await runCommand("flash-dump", file, "--secrets", ...args);
      for (const secret of Object.values(SECRETS)) assertShows(out, secret);
    }
  });

  it("finds the region in a whole flash, and where it is told", async () => {
    const { bytes: region } = usedFlash();
    const expected = await dumpOf(folder.write(region));
    const whole = new Uint8Array(4 << 20).fill(0x5a);
    whole.set(region, ADDRESS);
    const shifted = new Uint8Array(100_000);
    shifted.set(region, 0x4000);
    for (const [content, offset, args] of [
      [whole, ADDRESS, []],
      [shifted, 0x4000, ["--offset", "0x4000"]],
      [shifted, 0x4000, ["--offset", "16384", "--board", "virtual"]],
    ] as const) {
      const found = await dumpOf(folder.write(content), ...args);
      assert.equal(found.offset, offset);
      assert.deepEqual([found.settings, found.identity], [expected.settings, expected.identity]);
    }
  });

  for (const [what, size, args, said] of [
    ["a file of another size", 65535, [], /^FLASH_SIZE: .*65535 bytes.*--offset/],
    ["an empty file", 0, [], /^FLASH_SIZE: /],
    ["an offset beyond the end", 65536, ["--offset", "0xf000"], /^FLASH_SIZE: /],
    ["an offset that is none", 65536, ["--offset", "-1"], /--offset takes a number of bytes/],
    ["a board that is none", 65536, ["--board", "nope"], /^BOARD_UNKNOWN: /],
  ] as const)
    it(`refuses ${what}, exit 2`, async () => {
      const ended = await runCommand("flash-dump", folder.write(new Uint8Array(size)), ...args);
      assert.match(ended.err, said);
      assert.deepEqual([ended.code, ended.out], [2, ""]);
    });

  it("refuses what it cannot read, exit 2", async () => {
    for (const file of [folder.path("none"), folder.dir]) {
      const ended = await runCommand("flash-dump", file);
      assert.match(ended.err, /^FLASH_UNREADABLE: /);
      assert.equal(ended.code, 2);
    }
  });

  it("says when settings are blank, and how many bytes are not", async () => {
    const flash = usedFlash();
    assert.equal(logOf(flash, "settings").wipe(), ErrorCode.Ok);
    const file = folder.write(flash.bytes);
    const { settings } = await dumpOf(file);
    assert.deepEqual([settings.blank, settings.writtenBytes, settings.current], [true, 0, null]);
    assert.match((await runCommand("flash-dump", file)).out, /settings at 0x310000, blank: each byte is 0xFF/);
    flash.bytes[0x1ffe] = 0x7f;
    writeFileSync(file, flash.bytes);
    const stained = await dumpOf(file);
    assert.deepEqual([stained.settings.blank, stained.settings.writtenBytes], [false, 1]);
    assert.match(
      (await runCommand("flash-dump", file)).out,
      /not blank: 1 of 8192 bytes.*\n.*\n.*\n {2}no value counts/,
    );
  });

  it("shows a log that was cut at any flash operation as the firmware reads it", () => {
    const states = new Set<string>();
    for (const tear of TEARS)
      for (let at = 1, whole = false; !whole; at++) {
        const flash = NorFlash.blank(ADDRESS, REGION_BYTES);
        const log = logOf(flash, "identity");
        flash.cutAt(at, tear);
        try {
          for (let n = 0; n < 20; n++) {
            log.write(IdentityKind.Fixture, bytes(n, 40));
            log.write(IdentityKind.Wipe, Uint8Array.of(n % 4, ...bytes(n, 16), ...new Uint8Array(300)));
          }
          whole = true;
        } catch (error) {
          assert.ok(error instanceof PowerCut);
        }
        flash.cutAt(0);
        const { identity } = dump(flash);
        const records = identity.pages.flatMap((page) => page.records);
        for (const { state } of [...identity.pages, ...records]) states.add(state);
        for (const kind of [IdentityKind.Fixture, IdentityKind.Wipe]) {
          const current = records.filter((record) => record.kind === kind && record.state === "current");
          const read = logOf(flash, "identity").read(kind);
          assert.deepEqual(
            current.map(({ length }) => length),
            read ? [read.length] : [],
            `cut at ${at}`,
          );
        }
        const fixture = logOf(flash, "identity").read(IdentityKind.Fixture);
        assert.deepEqual(
          identity.current.fixture,
          fixture && { id: hex(fixture.subarray(0, 8)), key: masked(fixture.subarray(8)) },
        );
      }
    const seen = ["blank", "current", "in use", "superseded", "torn", "uncommitted"];
    assert.deepEqual([...states].sort(), seen);
  });

  it("says what is wrong with a torn record", () => {
    const fault = (spoil: (page: Uint8Array) => void) => {
      const flash = usedFlash();
      spoil(flash.bytes.subarray(0x2000, 0x3000));
      return dump(flash).identity.pages[0]?.records.at(-1)?.fault;
    };
    const lastCommit = (page: Uint8Array) => Buffer.from(page).lastIndexOf(Buffer.from("00c0ffee", "hex"));
    assert.equal(
      fault((page) => page.fill(0xff, lastCommit(page), lastCommit(page) + 4)),
      "no commit word",
    );
    assert.equal(
      fault((page) => void (page[lastCommit(page) - 8]! ^= 1)),
      "wrong checksum",
    );
    assert.equal(
      fault((page) => void (page[lastCommit(page) + 6] = 0x7f)),
      "longer than its page",
    );
  });

  it("knows a page of a later version, of another log, and one that is not ours", () => {
    const flash = usedFlash();
    flash.bytes[0x0003] = 3;
    flash.bytes.fill(0x42, 0x3000, 0x4000);
    const { settings, identity } = dump(flash);
    assert.deepEqual([settings.pages[0]?.state, settings.pages[0]?.version, settings.current], ["unknown", 3, null]);
    assert.deepEqual([identity.pages[1]?.state, identity.pages[1]?.version], ["unknown", null]);
    assert.ok(identity.current.blessing);
    flash.bytes.set(usedFlash().bytes.subarray(0, 0x1000), 0x3000);
    assert.deepEqual(dump(flash).identity.pages[1]?.state, "unknown");
  });

  it("reads version 1, which named no log", () => {
    const flash = usedFlash();
    for (const page of [0, 0x2000]) flash.bytes.set(Buffer.from("LLS\x01", "latin1"), page);
    const [first, second] = [dump(usedFlash()), dump(flash)];
    assert.deepEqual(
      [second.settings.current, second.identity.current],
      [first.settings.current, first.identity.current],
    );
    for (const { pages } of [second.settings, second.identity])
      assert.deepEqual([pages[0]?.state, pages[0]?.version], ["in use", 1]);
  });

  it("hides malformed values whole", () => {
    const flash = usedFlash();
    logOf(flash, "settings").write(SETTINGS_KIND, Uint8Array.of(9, EntryType.Password, 200, ...SECRETS.password));
    logOf(flash, "identity").write(IdentityKind.Fixture, SECRETS.fixtureKey);
    logOf(flash, "identity").write(IdentityKind.Blessing, Uint8Array.of(...SECRETS.deviceKey, 99, 1));
    logOf(flash, "identity").write(IdentityKind.Boot, new Uint8Array(0));
    const found = dump(flash);
    assert.equal(found.settings.current?.origin, 9);
    assert.deepEqual(Object.keys(found.settings.current?.entries ?? {}), ["malformed"]);
    assert.deepEqual(found.identity.current.fixture, { malformed: masked(SECRETS.fixtureKey) });
    assert.ok("malformed" in (found.identity.current.blessing ?? {}));
    assert.ok("malformed" in (found.identity.current.boot ?? {}));
    assertHides(JSON.stringify(found), SECRETS);
    assertHides(formatDump(found), SECRETS);
  });

  it("lets a name say nothing to the terminal", () => {
    const flash = NorFlash.blank(ADDRESS, REGION_BYTES);
    const body = new Uint8Array(64);
    const end = putEntry(body, 1, EntryType.Ssid, ascii("a\x1b[2J\u009b2Jb"));
    logOf(flash, "settings").write(SETTINGS_KIND, body.slice(0, end));
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(formatDump(dump(flash)), /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  it("survives any image", () => {
    const { bytes: used } = usedFlash();
    const spoiled = fc.array(fc.tuple(fc.nat(0x3fff), fc.nat(255)), { maxLength: 40 }).map((changes) => {
      const image = used.slice();
      for (const [at, value] of changes) image[at] = value;
      return image;
    });
    const random = fc.uint8Array({ minLength: 0x4000, maxLength: 0x4000 });
    const headed = fc.uint8Array({ minLength: 0x1000, maxLength: 0x1000 }).map((tail) => {
      const image = used.slice();
      image.set(tail.subarray(0x40), 0x2040);
      return image;
    });
    fc.assert(
      fc.property(fc.oneof(spoiled, headed, random), (image) => {
        const flash = new NorFlash(ADDRESS, image);
        const found = dump(flash);
        assert.ok(formatDump(found).includes("identity"));
        for (const { kind, state, length } of found.identity.pages.flatMap((page) => page.records))
          if (state === "current") assert.equal(logOf(flash, "identity").read(kind)?.length, length);
      }),
      { numRuns: 300 },
    );
  });
});
