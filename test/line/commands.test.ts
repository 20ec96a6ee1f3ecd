// SPDX-License-Identifier: Apache-2.0
// The commands with what a user can get wrong: one sentence, a stable code, a stable exit code.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAMILIES } from "../../bench/cli.js";
import type { Ended } from "../tools/run-command.js";
import { runCommand } from "../tools/run-command.js";

const ROOT = new URL("../../", import.meta.url).pathname;
const VECTORS = join(ROOT, "test/vectors/blinkup");

/** As a shell starts it. */
function lightline(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, "bench/lightline.mjs"), ...args], { cwd: ROOT });
  let out = "";
  let err = "";
  child.stdout.on("data", (piece) => (out += piece));
  child.stderr.on("data", (piece) => (err += piece));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? -1, out, err })));
}

describe("the table of commands", () => {
  for (const { names, load } of FAMILIES)
    it(`loads ${names.join(", ")}`, async () => {
      assert.deepEqual(
        (await load()).map((command) => command.name()),
        names,
      );
    });
});

describe("the commands", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-commands-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };

  const wrong: readonly (readonly [string, () => string[], RegExp, number])[] = [
    ["an unknown command", () => ["lien"], /unknown command/, 2],
    ["an unknown option", () => ["line", "--dut", "3"], /unknown option/, 2],
    ["a number that is none", () => ["line", "--duts", "many"], /--duts takes a whole number/, 2],
    ["a share beyond 1", () => ["line", "--fail-rate", "2"], /--fail-rate takes a number from 0 to 1/, 2],
    ["a product that does not exist", () => ["line", "--product", "nope"], /PRODUCT_UNKNOWN.*hello-sensor/, 2],
    ["a capture that is not there", () => ["decode", "nope.json"], /CAPTURE_UNREADABLE/, 2],
    ["a capture that is not JSON", () => ["decode", file("a.json", "{")], /CAPTURE_INVALID/, 2],
    [
      "a capture with a wrong rate",
      () => ["decode", file("b.json", '{"kind":"samples","sampleHz":0,"samplesU8":"AA=="}')],
      /sampleHz/,
      2,
    ],
    [
      "a capture without samples",
      () => ["decode", file("c.json", '{"kind":"samples","sampleHz":500,"samplesU8":""}')],
      /samplesU8/,
      2,
    ],
    ["light without a token", () => ["line", "--vector", join(VECTORS, "adc-dark.json")], /VECTOR_NO_TOKEN/, 2],
    [
      "light from a file for two units",
      () => ["line", "--vector", join(VECTORS, "adc-bi-60.json"), "--duts", "2"],
      /VECTOR_ONE_UNIT/,
      2,
    ],
    [
      "a data folder that cannot be made",
      () => ["serve", "--port", "0", "--data", join(file("file", ""), "data")],
      /DATA_NOT_WRITABLE/,
      3,
    ],
    ["a folder for init that is not empty", () => ["init", "examples/hello-sensor"], /FOLDER_NOT_EMPTY/, 2],
  ];
  for (const [what, args, said, code] of wrong)
    it(`answer ${what} in one sentence, exit ${code}`, async () => {
      const ended = await runCommand(...args());
      assert.match(ended.err, said);
      assert.equal(ended.code, code);
    });

  it("say which port is taken, exit 3", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const { port } = blocker.address() as AddressInfo;
    const ended = await runCommand("serve", "--data", join(dir, "taken"), "--port", String(port));
    blocker.close();
    assert.match(ended.err, new RegExp(`PORT_TAKEN.*${port}`));
    assert.equal(ended.code, 3);
  });

  it("decode prints one JSON line a file, and exits 1 when one holds no frame", async () => {
    const files = ["tri-utf8.json", "adc-dark.json"].map((name) => join(VECTORS, name));
    const ended = await lightline("decode", "--json", ...files);
    const lines = ended.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { status: string; ssid?: string });
    assert.deepEqual(
      lines.map((line) => line.status),
      ["complete", "no-frame"],
    );
    assert.equal(lines[0]?.ssid, "Fabrik Süd");
    assert.equal(ended.code, 1);
  });

  it("init makes a product that a line runs, by JSON, keeping its data", async () => {
    const product = join(dir, "my-sensor");
    assert.equal((await runCommand("init", product)).code, 0);
    const keep = join(dir, "kept");
    const ended = await runCommand("line", "--product", product, "--duts", "2", "--json", "--keep", keep);
    assert.equal(ended.code, 0, ended.err);
    const report = JSON.parse(ended.out) as { ok: boolean; product: string; units: { state: string }[] };
    assert.deepEqual([report.ok, report.product], [true, "my-sensor"]);
    assert.deepEqual(
      report.units.map((unit) => unit.state),
      ["shippable", "shippable"],
    );
    assert.ok(readFileSync(join(keep, "data", "lightline.sqlite")).length > 0);
  });

  it("line takes light from a file instead of the fixture's", async () => {
    const ended = await runCommand("line", "--vector", join(VECTORS, "tri-sdk03.json"));
    assert.equal(ended.code, 0, ended.err);
    assert.match(ended.out, /registered in this throw-away line/);
    assert.match(ended.out, /1 shippable, 0 failed/);
  });
});
