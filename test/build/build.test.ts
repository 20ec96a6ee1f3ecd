// SPDX-License-Identifier: Apache-2.0
// The whole build over toy stages: what it writes runs, is what it says it is, and a fault names its source.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { buildStages, STAGES } from "../../bench/build/build.js";
import type { BuildResult } from "../../bench/build/build.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TOYS = join(ROOT, "test/build/fixtures/stages");
const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

describe("the build", () => {
  let work: string;
  let product: string;
  let result: BuildResult;

  const build = (stages = TOYS, boards = ["virtual"]) =>
    buildStages({
      boards,
      product,
      outDir: join(work, "dist"),
      stages: { dir: stages, tsconfig: join(stages, "tsconfig.json") },
    });
  const built = (stage: (typeof STAGES)[number], board = "virtual") =>
    readFileSync(result[board]![stage].file, "latin1");
  const run = (code: string) => {
    const printed: unknown[] = [];
    const context: Record<string, unknown> = { print: (value: unknown) => printed.push(value) };
    context["global"] = context;
    context["require"] = () => ({ read: (name: string) => `var rooted=${JSON.stringify(name)}` });
    runInNewContext(code, context);
    return { printed, context };
  };

  before(async () => {
    work = mkdtempSync(join(ROOT, "test/build/fixtures/work-"));
    product = join(work, "product");
    cpSync(join(ROOT, "examples/hello-sensor"), product, { recursive: true });
    writeFileSync(join(product, "words.ts"), 'export const words = (): string => "imported";\n');
    writeFileSync(
      join(product, "dut.ts"),
      'import { words } from "./words.js";\nconst said: string = words();\nserver.log(said);\n',
    );
    writeFileSync(join(product, "fixture.ts"), 'server.log("fixture");\n');
    writeFileSync(join(product, "application.ts"), 'server.log("application");\n');
    result = await build(TOYS, ["virtual", "esp32-devkitc"]);
  });
  after(() => rmSync(work, { recursive: true }));

  it("writes every stage with a source map beside it, in ASCII, and reports the file as it is", () => {
    for (const stages of Object.values(result)) {
      for (const { file, bytes, sha256: digest } of Object.values(stages)) {
        const content = readFileSync(file);
        assert.ok(
          content.every((byte) => byte < 0x7f),
          file,
        );
        assert.equal(content.length, bytes);
        assert.equal(sha256(content), digest);
        assert.ok((JSON.parse(readFileSync(`${file}.map`, "utf8")) as { sources: string[] }).sources.length > 0);
      }
    }
  });

  it("gives each board its own rate", () => {
    assert.equal(run(built("receive")).printed[0], 1000);
    assert.equal(run(built("receive", "esp32-devkitc")).printed[0], 600);
  });

  it("keeps what the source does and shortens its private names", () => {
    assert.deepEqual(run(built("receive")).printed.slice(1), ["caf\u00e9 0", "caf\u00e9 1", 1]);
    assert.doesNotMatch(built("receive"), /_count/);
  });

  it("lets the boot file evaluate the stage at root scope", () => {
    assert.equal(run(built("boot")).context["rooted"], "ll.receive");
  });

  it("runs the product's script when the stage calls it, with what the script imports", () => {
    assert.deepEqual(run(built("dut")).printed.slice(1), [3, "imported"]);
    assert.deepEqual(run(built("application")).printed.slice(1), [3, "application"]);
  });

  it("tells a stage its own hash", () => {
    const { stageHash } = result["virtual"]!.dut;
    assert.equal(run(built("dut")).printed[0], stageHash);
    assert.equal(sha256(built("dut").replace(stageHash, "0".repeat(16))).slice(0, 16), stageHash);
  });

  it("makes the same bytes again", async () => {
    const again = await build();
    for (const stage of STAGES) assert.equal(again["virtual"]![stage].sha256, result["virtual"]![stage].sha256);
  });

  it("counts functions and nested calls", () => {
    const { functions, callDepth, callChain } = result["virtual"]!.receive;
    assert.deepEqual([functions, callDepth], [{ "0": 3 }, 2]);
    assert.match(callChain.at(-1)!, /counter\.ts:\d+$/);
  });

  const failing = async (edit: (stages: string) => void) => {
    const stages = mkdtempSync(join(work, "stages-"));
    cpSync(TOYS, stages, { recursive: true });
    const config = join(stages, "tsconfig.json");
    writeFileSync(config, readFileSync(config, "utf8").replace("../../../../", ROOT));
    edit(stages);
    return build(stages).then(
      () => assert.fail("was built"),
      (error: Error & { code: string }) => error,
    );
  };

  it("fails with file, line and what to write on what Espruino lacks", async () => {
    const error = await failing((stages) =>
      writeFileSync(
        join(stages, "receive.ts"),
        "\nconst add = (a: number, b = print) => b(a);\nadd(1);\nadd(2, print);\n",
      ),
    );
    assert.equal(error.code, "BUNDLE_UNSUPPORTED");
    assert.match(error.message, /receive\.ts:2: a default parameter is a SyntaxError: pass every argument/);
  });

  it("fails with file and line on what the product's script holds", async () => {
    const sound = readFileSync(join(product, "dut.ts"), "utf8");
    try {
      writeFileSync(join(product, "dut.ts"), "\n\nfor (let i = 0; i < 2; i++) imp.wakeup(1, () => server.log(i));\n");
      const error = await failing(() => undefined);
      assert.match(error.message, /product\/dut\.ts:3: closures over a loop's variable share one/);
    } finally {
      writeFileSync(join(product, "dut.ts"), sound);
    }
  });

  it("fails with file and line on a type error", async () => {
    const error = await failing((stages) =>
      writeFileSync(join(stages, "boot.ts"), "\nexport const stage: string = 1;\n"),
    );
    assert.equal(error.code, "BUILD_FAILED");
    assert.match(error.message, /boot\.ts:2: TS2322: Type 'number' is not assignable/);
  });

  it("refuses a script that exports", async () => {
    const sound = readFileSync(join(product, "dut.ts"), "utf8");
    try {
      writeFileSync(join(product, "dut.ts"), "export const a = 1;\n");
      const error = await failing(() => undefined);
      assert.equal(error.code, "SCRIPT_INVALID");
      assert.match(error.message, /dut\.ts exports something; .* move what others import to a file of its own\.$/);
    } finally {
      writeFileSync(join(product, "dut.ts"), sound);
    }
  });
});
