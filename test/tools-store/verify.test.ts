// SPDX-License-Identifier: Apache-2.0
// lightline verify: a record that the factory issued is told from every other by its public key alone.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readPublicKeys } from "../../bench/verify/public-keys.js";
import { verifyRecord } from "../../bench/verify/verify.js";
import { packBlessing } from "../../firmware/store/blessing-record.js";
import { IdentityKind } from "../../firmware/store/kinds.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import type { BlessingView } from "../../server/store/units.js";
import { runCommand } from "../tools/run-command.js";
import { TestDevice, TestFixture } from "../tools/test-device.js";
import { TestServer } from "../tools/test-server.js";
import { ADDRESS, Folder, logOf } from "./store-bench.js";

const ROOT = new URL("../../", import.meta.url).pathname;

describe("lightline verify", () => {
  const folder = new Folder();
  let server: TestServer;
  let device: TestDevice;
  let fixture: TestFixture;
  let blessing: BlessingView;
  /** Files. */
  let line: string;
  let key: string;

  before(async () => {
    server = await TestServer.open();
    fixture = await TestFixture.add(server);
    device = TestDevice.make(server);
    await device.live(await fixture.light());
    blessing = (await server.admin.unit(device.name)).blessing as BlessingView;
    line = folder.write(blessing.record + "\n");
    key = folder.write((await runCommand("keys", "show", "--data", server.dataDir)).out);
  });
  after(async () => {
    await server.close();
    folder.remove();
  });

  const facts = () => ({
    genuine: true,
    v: 1,
    product: "probe",
    serial: "PR-0001",
    deviceId: device.name,
    keyHash: (JSON.parse(blessing.record) as { keyHash: string }).keyHash,
    fixtureId: fixture.name,
    time: "2026-01-01T00:00:00.000Z",
    key: server.signingKeyId,
  });
  const isGenuine = async (...args: string[]) => {
    const ended = await runCommand("verify", ...args, "--json");
    assert.deepEqual([ended.code, ended.err], [0, ""]);
    assert.deepEqual(JSON.parse(ended.out), facts());
  };
  const signed = (record: string, signature: string = blessing.signature) =>
    folder.write(JSON.stringify({ record, signature }));

  it("takes the line itself, with its signature as hex, in a file of hex, or as the bytes", async () => {
    const files = [blessing.signature + "\n", new Uint8Array(Buffer.from(blessing.signature, "hex"))];
    for (const signature of [blessing.signature, ...files.map((content) => folder.write(content))])
      await isGenuine(line, "--key", key, "--signature", signature);
  });

  it("takes { record, signature }", () => isGenuine(signed(blessing.record), "--key", key));

  it("takes what flash-dump says of a unit", async () => {
    const flash = NorFlash.blank(ADDRESS, 0x10000);
    const [serial, record] = [device.serial, blessing.record].map((text) => new Uint8Array(Buffer.from(text)));
    const signature = new Uint8Array(Buffer.from(blessing.signature, "hex"));
    const blessed = packBlessing(device.deviceKey as Uint8Array, serial!, signature, record!);
    logOf(flash, "identity").write(IdentityKind.Blessing, blessed);
    const dump = (await runCommand("flash-dump", folder.write(flash.bytes), "--json")).out;
    await isGenuine(folder.write(dump), "--key", key);
    const blank = (await runCommand("flash-dump", folder.write(new Uint8Array(0x10000).fill(0xff)), "--json")).out;
    const ended = await runCommand("verify", folder.write(blank), "--key", key);
    assert.match(ended.err, /^RECORD_MALFORMED: .*no blessing/);
    assert.equal(ended.code, 1);
  });

  it("takes standard input", async () => {
    const args = [join(ROOT, "bench/lightline.mjs"), "verify", "-", "--key", key];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (piece) => (out += piece));
    child.stdin.end(readFileSync(signed(blessing.record)));
    assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
    assert.match(out, new RegExp(`Genuine: signed by key ${server.signingKeyId}\\n.*probe\\n.*PR-0001\\n`));
  });

  it("takes the key as PEM, as hex, of several the right one, or from the server's data folder", async () => {
    const pem = readFileSync(join(server.dataDir, "keys", `signing-${server.signingKeyId}.pub.pem`), "utf8");
    const raw = createPublicKey(pem).export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
    const other = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" });
    for (const content of [pem, raw, raw.toUpperCase() + "\n", `one\n${other}another\n${pem}`])
      await isGenuine(signed(blessing.record), "--key", folder.write(content));
    await isGenuine(signed(blessing.record), "--data", server.dataDir);
  });

  it("says so of a record by another key", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const other = folder.write(publicKey.export({ type: "spki", format: "pem" }));
    const ended = await runCommand("verify", signed(blessing.record), "--key", other);
    assert.match(ended.err, new RegExp(`^RECORD_OTHER_KEY: .*${server.signingKeyId}`));
    assert.deepEqual([ended.code, ended.out], [1, ""]);
    // Signed right, by a key that the record does not name.
    const signature = sign(null, Buffer.from(blessing.record), privateKey).toString("hex");
    const claimed = await runCommand("verify", signed(blessing.record, signature), "--key", other);
    assert.match(claimed.err, /^RECORD_OTHER_KEY: /);
    const forged = await runCommand("verify", signed(blessing.record, signature), "--key", key);
    assert.match(forged.err, /^RECORD_FORGED: .*do not trust/);
    assert.deepEqual([forged.code, forged.out], [1, ""]);
  });

  it("believes no record with a byte changed, and no signature with a bit changed", () => {
    const keys = readPublicKeys(key);
    const [record, signature] = [Buffer.from(blessing.record), Buffer.from(blessing.signature, "hex")];
    assert.equal(verifyRecord({ record, signature }, keys).serial, "PR-0001");
    const code = /^RECORD_(FORGED|OTHER_KEY|MALFORMED)$/;
    for (let at = 0; at < record.length; at++)
      for (const flip of [1, 0x20, 0x80]) {
        const changed = Buffer.from(record);
        changed[at]! ^= flip;
        assert.throws(() => verifyRecord({ record: changed, signature }, keys), { code });
      }
    for (let bit = 0; bit < signature.length * 8; bit++) {
      const changed = Buffer.from(signature);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => verifyRecord({ record, signature: changed }, keys), { code: "RECORD_FORGED" });
    }
  });

  for (const [what, change] of [
    ["that is not JSON", (record: string) => record.slice(1)],
    ["of another version", (record: string) => record.replace('"v":1', '"v":2')],
    ["without a serial number", (record: string) => record.replace(/"serial":"[^"]*",/, "")],
    ["with one more field", (record: string) => record.replace("{", '{"x":1,')],
    ["with a field twice", (record: string) => record.replace("}", ',"serial":"PR-0009"}')],
    ["in another order", (record: string) => record.replace(/"v":1,("product":"probe"),/, '$1,"v":1,')],
    ["with blanks in it", (record: string) => record.replace(/,/g, ", ")],
    ["that is a number", () => "7"],
    ["that is null", () => "null"],
  ] as const)
    it(`calls one ${what} malformed, exit 1`, async () => {
      const ended = await runCommand("verify", signed(change(blessing.record)), "--key", key);
      assert.match(ended.err, /^RECORD_MALFORMED: /);
      assert.deepEqual([ended.code, ended.out], [1, ""]);
    });

  it("calls a signature malformed that is none, exit 1", async () => {
    const ended = await runCommand("verify", signed(blessing.record, "abc"), "--key", key);
    assert.match(ended.err, /^RECORD_MALFORMED: .*signature/);
    assert.equal(ended.code, 1);
  });

  it("says which input is missing or no use, exit 2", async () => {
    const secret = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" });
    for (const [args, said] of [
      [[line, "--key", key], /^SIGNATURE_MISSING: .*--signature/],
      [[line, "--key", key, "--signature", "nope"], /^SIGNATURE_MISSING: .*128 hex digits/],
      [[folder.path("none"), "--key", key], /^RECORD_UNREADABLE: /],
      [[line, "--key", folder.path("none")], /^KEY_UNUSABLE: .*cannot be read/],
      [[line, "--key", folder.write("hello")], /^KEY_UNUSABLE: .*64 hex digits/],
      [[line, "--key", folder.write(secret)], /^KEY_UNUSABLE: .*private key/],
      [[line, "--key", folder.write(rsa)], /^KEY_UNUSABLE: .*rsa/],
      [[line, "--data", folder.dir], /^KEY_UNUSABLE: .*--key/],
    ] as const) {
      const ended = await runCommand("verify", ...args);
      assert.match(ended.err, said);
      assert.deepEqual([ended.code, ended.out], [2, ""]);
    }
  });
});
