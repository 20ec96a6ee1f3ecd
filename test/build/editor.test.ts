// SPDX-License-Identifier: Apache-2.0
// A product as an editor sees it: the compiler alone, with the tsconfig files that lightline init wrote, knows each script's role.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../tools/run-command.js";

const TSC = createRequire(import.meta.url).resolve("typescript/bin/tsc");

describe("a product in an editor", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-editor-"));
  const product = join(dir, "widget");
  after(() => rmSync(dir, { recursive: true, force: true }));

  const compile = () => spawnSync(process.execPath, [TSC, "-b", product], { encoding: "utf8" });

  it("compiles as lightline init makes it, wherever it is", async () => {
    assert.equal((await runCommand("init", product)).code, 0);
    const { status, stdout } = compile();
    assert.deepEqual([status, stdout], [0, ""]);
    assert.equal(readFileSync(join(product, ".gitignore"), "utf8"), "*.tsbuildinfo\n");
    assert.ok(!existsSync(join(product, "dut.js")));
  });

  it("shows each call that a role has not, a module that both share, and nothing else", () => {
    writeFileSync(join(product, "shared.ts"), "export const words = (): string => imp.getssid();\n");
    for (const [script, line] of [
      ["dut", "server.factoryblinkup(null, null, hardware.pinA, 0);"],
      ["fixture", "server.bless(true);"],
      ["application", "imp.setcountry(1);"],
      ["dut.agent", "server.bless(true);"],
    ] as const)
      appendFileSync(join(product, `${script}.ts`), `${line}\n`);
    const said = compile().stdout.trimEnd().split("\n");
    assert.deepEqual(
      said.map((line) => /([\w.]+)\.ts\(.*'(\w+)' does not exist/.exec(line)?.slice(1)).sort(),
      [
        ["application", "setcountry"],
        ["dut", "factoryblinkup"],
        ["dut.agent", "bless"],
        ["fixture", "bless"],
      ],
      said.join("\n"),
    );
  });
});
