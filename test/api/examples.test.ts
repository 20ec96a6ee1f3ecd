// SPDX-License-Identifier: Apache-2.0
// docs/API.md: every example compiles for its role, and on the line the console says what the page says; every call has one.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { buildAgents } from "../../bench/build/agents.js";
import { loadBoard } from "../../bench/build/boards.js";
import type { BuildResult } from "../../bench/build/build.js";
import { checkScript } from "../../bench/build/check-script.js";
import { loadProduct, SCRIPT_ROLES } from "../../bench/build/product.js";
import type { BenchUnit } from "../../bench/line/bench-unit.js";
import { inProcessFirmware } from "../../bench/line/in-process.js";
import { VirtualLine } from "../../bench/line/virtual-line.js";
import { EXAMPLE } from "../tools/example-build.js";

const PAGE = readFileSync(new URL("../../docs/API.md", import.meta.url), "utf8");
const TYPES = new URL("../../firmware/api/types/", import.meta.url).pathname;
const STAGE = { stageHash: "1122334455667788" };
const BUILD = { virtual: { dut: STAGE, fixture: STAGE, application: STAGE } } as unknown as BuildResult;
const GOOD = { pinA: 3.3 / 2 / 3.6, pinB: (0.5 + 0.24) / 3.6 };
const LIMIT_US = 200e6;

interface Example {
  readonly heading: string;
  /** By file name without its ending: dut, dut.agent, ... */
  readonly scripts: { readonly [name: string]: string };
  readonly says: readonly string[];
}

/** Scripts that stand one below the other belong together, up to what the console says. */
function examplesOf(page: string): Example[] {
  const examples: Example[] = [];
  let heading = "";
  let scripts: { [name: string]: string } = {};
  for (const [, title, info, text] of page.matchAll(/^### (.*)$|^```(.*)\n([\s\S]*?)^```$/gm)) {
    if (title) heading = title;
    else if (info?.startsWith("ts ")) scripts[info.slice(3)] = text!;
    else if (info === "text") {
      examples.push({ heading, scripts, says: text!.trimEnd().split("\n") });
      scripts = {};
    }
  }
  assert.deepEqual(scripts, {}, "each example says what becomes of it");
  return examples;
}

/** Names of all methods of the interfaces that scripts see. */
function callsOf(): string[] {
  const calls = new Set<string>();
  for (const file of readdirSync(TYPES)) {
    const source = ts.createSourceFile(file, readFileSync(TYPES + file, "utf8"), ts.ScriptTarget.ES2022);
    const visit = (node: ts.Node): void => {
      if (ts.isMethodSignature(node) && ts.isIdentifier(node.name)) calls.add(node.name.text);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return [...calls];
}

/** Of the board that the example is for, from where its script may begin. */
function consoleOf(scripts: Example["scripts"], line: VirtualLine, unit: BenchUnit): readonly string[] {
  if (scripts["fixture"]) return line.fixture.lines;
  if (!scripts["application"]) return unit.lines;
  const begins = unit.lines.indexOf("~app");
  return begins < 0 ? [] : unit.lines.slice(begins + 1);
}

describe("docs/API.md", function () {
  this.timeout(30_000);
  const examples = examplesOf(PAGE);
  const dir = mkdtempSync(join(tmpdir(), "lightline-api-"));
  after(() => rmSync(dir, { recursive: true, force: true }));

  for (const [index, { heading, scripts, says }] of examples.entries())
    it(`${heading}: ${Object.keys(scripts).join(", ")}`, async () => {
      const folder = join(dir, `${index}`);
      cpSync(EXAMPLE, folder, { recursive: true });
      for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, `${name}.ts`), text);
      const product = loadProduct(folder);
      for (const role of SCRIPT_ROLES) if (scripts[role]) checkScript(join(folder, `${role}.ts`), role);
      const agents = await buildAgents(product);
      const firmware = await inProcessFirmware(loadBoard("virtual"), product, BUILD);
      const options = { product, build: BUILD, board: "virtual", seed: 5, firmware, agents, dataDir: undefined };
      const line = new VirtualLine(options);
      try {
        await line.start();
        const unit = line.makeUnit(1, GOOD);
        const said = (): string[] =>
          consoleOf(scripts, line, unit).filter((text) => text[0] !== "~" || says.includes(text));
        line.seat(unit);
        line.clock.after(500_000, () => line.press());
        await line.clock.run(() => said().length >= says.length || line.clock.nowUs > LIMIT_US);
        assert.deepEqual(said(), says, unit.lines.join("\n"));
      } finally {
        await line.close();
      }
    });

  it("has an example of every call", () => {
    const code = examples.flatMap(({ scripts }) => Object.values(scripts)).join("\n");
    const missing = callsOf().filter((call) => !new RegExp(`\\b${call}\\(`).test(code));
    assert.deepEqual(missing, []);
  });
});
