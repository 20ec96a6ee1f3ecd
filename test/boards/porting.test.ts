// SPDX-License-Identifier: Apache-2.0
// docs/PORTING.md, walked as it stands: in a copy of the project its stub becomes a board, and a unit of it goes down the line.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = new URL("../../", import.meta.url).pathname;
/** All that the command reads. */
const PARTS = ["bench", "boards", "emulator", "examples", "firmware", "hal", "server"];
const FILES = ["package.json", "tsconfig.base.json", "tsconfig.json"];

const guide = readFileSync(join(ROOT, "docs/PORTING.md"), "utf8");
const blocks = [...guide.matchAll(/^ {3}```(\w*)\n([^]*?)^ {3}```$/gm)].map(([, kind, text]) => ({
  kind,
  lines: (text as string).split("\n").map((line) => line.replace(/^ {3}/, "")),
}));
const stub = blocks.find(({ kind }) => kind === "json")?.lines.join("\n") as string;
const sessions = blocks.filter(({ lines }) => lines[0]?.startsWith("$ lightline "));

describe("the porting guide", function () {
  this.timeout(180_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-porting-"));
  const board = join(dir, "boards/my-board.json");
  before(() => {
    for (const part of [...PARTS, ...FILES]) cpSync(join(ROOT, part), join(dir, part), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
    writeFileSync(board, stub);
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  /** Runs a block's command, and finds the lines that the block prints in what it says, in their order. */
  function walk(index: number): number | null {
    const [command = "", ...printed] = sessions[index]?.lines ?? [];
    const args = command.split(" ").slice(2);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["bench/lightline.mjs", ...args], {
      cwd: dir,
      encoding: "utf8",
    });
    const said = stdout + stderr;
    let from = 0;
    for (const line of printed.filter(Boolean)) {
      const at = said.indexOf(line.replace(/\.\.\.$/, ""), from);
      assert.ok(at >= 0, `"${line}" is not in:\n${said}`);
      from = at + 1;
    }
    return status;
  }

  const change = (file: string, from: string, to: string) => {
    const text = readFileSync(file, "utf8");
    assert.ok(text.includes(from), `${from} in ${file}`);
    writeFileSync(file, text.replace(from, to));
  };

  it("prints the four commands that are walked here", () => assert.equal(sessions.length, 4));

  it("has a stub that is a board", () => assert.equal(walk(0), 0));

  it("shows how a pin that cannot work is refused", () => {
    change(board, '"red": 25', '"red": 6');
    assert.equal(walk(1), 2);
    change(board, '"red": 6', '"red": 25');
  });

  it("takes a unit of that board from blank to shippable", () => {
    assert.equal(walk(2), 0);
    change(join(dir, "my-product/product.json"), '"board": "virtual"', '"board": "my-board"');
    assert.equal(walk(3), 0);
  });
});
