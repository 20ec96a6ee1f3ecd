// SPDX-License-Identifier: Apache-2.0
// Every error that a user can meet has its anchor in docs/ERRORS.md, and none stands there that nobody meets.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./tools/run-command.js";
import { formatPhaseTable } from "./tools/phase-table.js";
import { formatUnitTable } from "./tools/unit-table.js";

const ROOT = new URL("../", import.meta.url).pathname;
const sources = ["bench", "server", "firmware"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(ROOT, folder, file), "utf8")),
);
const code = sources.join("\n");

describe("the documents", () => {
  const anchors = [...readFileSync(join(ROOT, "docs/ERRORS.md"), "utf8").matchAll(/^## (\w+)$/gm)].map(
    (match) => match[1] as string,
  );

  it("explain every code, each once", () => {
    const used = [...code.matchAll(/"([A-Z]+(?:_[A-Z]+)+)"/g)].map((match) => match[1] as string);
    const codes = new Set(used.filter((name) => !/^(BLINKUP|LIGHTLINE)_/.test(name)));
    for (const name of codes) assert.ok(anchors.includes(name), `${name} has no anchor in docs/ERRORS.md`);
    assert.equal(new Set(anchors).size, anchors.length);
  });

  it("explain no code that nobody meets", () => {
    for (const name of anchors) assert.ok(code.includes(name), `${name} is in docs/ERRORS.md only`);
  });

  it("print the boards as their files have them", async () => {
    const { out } = await runCommand("boards", "--markdown");
    assert.ok(readFileSync(join(ROOT, "boards/README.md"), "utf8").includes(out), "lightline boards --markdown");
  });

  it("print the built-in phases of the self-test as the build has them", () => {
    assert.ok(readFileSync(join(ROOT, "docs/SELFTEST.md"), "utf8").includes(formatPhaseTable()), formatPhaseTable());
  });

  it("print the unit's states as the server has them", () => {
    assert.ok(readFileSync(join(ROOT, "docs/SPEC.md"), "utf8").includes(formatUnitTable()));
  });
});
