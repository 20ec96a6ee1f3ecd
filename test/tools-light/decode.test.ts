// SPDX-License-Identifier: Apache-2.0
// lightline decode: captures of any kind and size, text forms from every part of the chain, and why a frame is refused.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Decoded } from "../../bench/decode.js";
import { decodeLight } from "../../bench/decode.js";
import { UserError } from "../../bench/errors.js";
import { examine } from "../../bench/light/watch/examine.js";
import { explain } from "../../bench/light/watch/explain.js";
import { ENDED } from "../../bench/light/watch/frame-record.js";
import type { Light } from "../../bench/light/read/light.js";
import { lightsOf } from "../../bench/light/read/light-file.js";
import { Probe } from "../../bench/light/watch/probe.js";
import { receiveLight } from "../../bench/light/reception.js";
import { entriesFault } from "../../bench/light/watch/refusal.js";
import { Source } from "../../bench/light/read/source.js";
import {
  bitsLine,
  edgesLine,
  entriesLine,
  frameLine,
  parseLine,
  pulsesLine,
  samplesLine,
  symbolsLine,
} from "../../bench/light/text-form.js";
import { traceLines, traceOf } from "../../bench/light/watch/trace.js";
import { EntryType, entriesAreValid, putEntry } from "../../firmware/core/blinkup/entries.js";
import { encodePacket } from "../../firmware/core/blinkup/packet.js";
import { base64Of, folder, lightline, runsOf, samplesOf, SlicedSource, VECTORS } from "./light-bench.js";

const files = readdirSync(VECTORS);
const lightOf = (file: string): Light => [...lightsOf(new Source(file))][0]!.light;

/** All of a light's samples or runs. */
function readAll(source: Source): number[] {
  const [named] = lightsOf(source);
  const light = named?.light;
  assert.ok(light?.form === "samples" || light?.form === "edges");
  const pieces: Iterable<ArrayLike<number>> = light.pieces;
  return [...pieces].flatMap((piece) => Array.from(piece));
}

function codeOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.code;
  }
}

describe("a capture's JSON, as it is streamed", () => {
  const small = fc.uint8Array({ minLength: 1, maxLength: 60 });
  const spaces = fc.constantFrom("", " ", "\n\t ", "  ");
  const extras = fc.dictionary(
    fc.string({ maxLength: 8 }).filter((key) => !["kind", "sampleHz", "samplesU8", "runsUs"].includes(key)),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 4 },
  );

  /** Members in any order, spaces anywhere. */
  function written(members: Record<string, unknown>, order: readonly number[], space: string): string {
    const texts = Object.entries(members).map(
      ([key, value]) => `${JSON.stringify(key)}${space}:${space}${JSON.stringify(value)}`,
    );
    const shuffled = texts.map((text, i) => [order[i % order.length]!, text] as const).sort((a, b) => a[0] - b[0]);
    return space + "{" + space + shuffled.map(([, text]) => text + space).join("," + space) + "}" + space;
  }

  const orders = fc.array(fc.nat(), { minLength: 1, maxLength: 8 });
  const sizes = fc.constantFrom(1, 2, 3, 5, 7, 16, 64, 1000);

  it("gives samples, in pieces of any size, keys in any order, escapes and all", () =>
    fc.assert(
      fc.property(small, extras, orders, spaces, sizes, fc.boolean(), (samples, extra, order, space, size, escapes) => {
        let text = written({ ...extra, kind: "samples", sampleHz: 1000, samplesU8: base64Of(samples) }, order, space);
        if (escapes)
          text = text.replace(base64Of(samples), (base64) => base64.replace(/\//g, "\\/").replace(/A/g, "\\u0041"));
        assert.deepEqual(readAll(new SlicedSource(Buffer.from(text), size)), [...samples]);
      }),
      { numRuns: 400 },
    ));

  it("gives runs, in pieces of any size", () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9999, max: 9999 }).filter(Boolean), { minLength: 1, maxLength: 40 }),
        extras,
        orders,
        spaces,
        sizes,
        (runs, extra, order, space, size) => {
          const text = written({ ...extra, kind: "edges", runsUs: runs }, order, space);
          assert.deepEqual(readAll(new SlicedSource(Buffer.from(text), size)), runs);
        },
      ),
      { numRuns: 400 },
    ));

  it("refuses every beginning of one, and every text that is no JSON", () => {
    for (const whole of [
      '{"kind":"samples","sampleHz":500,"samplesU8":"AAEC","x":[{"y":null}]}',
      '{"kind":"edges","runsUs":[1,-2,3e1]}',
    ])
      for (let end = 0; end < whole.length; end++)
        assert.equal(
          codeOf(() => readAll(new SlicedSource(Buffer.from(whole.slice(0, end)), 4))),
          "CAPTURE_INVALID",
          whole.slice(0, end),
        );
  });

  it("says of changed text what JSON.parse says of it", () =>
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.constantFrom(...'{}[]",:\\0-1eatx \u0001é'),
        fc.boolean(),
        fc.constantFrom(1, 9),
        (at, letter, inserts, size) => {
          const whole = '{"sampleHz":500,"kind":"samples","n":[1,{"a":"b"}],"samplesU8":"AAEC"}';
          const text = whole.slice(0, at) + letter + whole.slice(at + (inserts ? 0 : 1));
          const code = codeOf(() => readAll(new SlicedSource(Buffer.from(text), size)));
          let isJson = true;
          try {
            JSON.parse(text);
          } catch {
            isJson = false;
          }
          if (!isJson) assert.equal(code, "CAPTURE_INVALID", text);
        },
      ),
      { numRuns: 2000 },
    ));

  it("never holds more than a piece of it", () => {
    const text = `{"kind":"samples","sampleHz":500,"samplesU8":"${"AAAA".repeat(300_000)}"}`;
    const [named] = lightsOf(new SlicedSource(Buffer.from(text), 65536));
    assert.ok(named?.light.form === "samples");
    let count = 0;
    for (const piece of named.light.pieces) {
      assert.ok(piece.length <= 65536);
      count += piece.length;
    }
    assert.equal(count, 900_000);
  });
});

describe("a capture that is none", () => {
  const box = folder();
  after(() => box.remove());
  const samples = (members: object) => ({ kind: "samples", sampleHz: 1000, samplesU8: "AAAA", ...members });

  const wrong: readonly (readonly [string, string | Uint8Array | object])[] = [
    ["is empty", ""],
    ["is no JSON", "hello"],
    ["is a list", "[1]"],
    ["is binary", Uint8Array.of(0, 255, 1, 254)],
    ["has no kind", { sampleHz: 1000, samplesU8: "AAAA" }],
    ["is of a kind that nobody knows", { kind: "sound" }],
    ...[0, -1, 99, 20_001, 1e300, null, "1000", [1000], true].map(
      (sampleHz) => [`has the rate ${JSON.stringify(sampleHz)}`, samples({ sampleHz })] as const,
    ),
    ["has the rate NaN", '{"kind":"samples","sampleHz":NaN,"samplesU8":"AAAA"}'],
    ["has a rate beyond numbers", '{"kind":"samples","sampleHz":1e999,"samplesU8":"AAAA"}'],
    ...["", "=", "A*AA", "AAA-", "AAA_", "AA==A", "A===", "AA AA", 5, null, ["AAAA"], { a: 1 }].map(
      (samplesU8) => [`has the samples ${JSON.stringify(samplesU8)}`, samples({ samplesU8 })] as const,
    ),
    ["has its samples twice", '{"kind":"samples","sampleHz":1000,"samplesU8":"AAAA","samplesU8":"AAAA"}'],
    ...[[], [0], [1, "2"], [1, null], [[1]], "1", 5, { 0: 1 }, undefined].map(
      (runsUs) => [`has the runs ${JSON.stringify(runsUs)}`, { kind: "edges", runsUs }] as const,
    ),
    ["has a comma too many in its runs", '{"kind":"edges","runsUs":[1,2,]}'],
    ["has symbols without levels", { kind: "symbols", symbols: "0101" }],
    ["has a text form that nobody knows", "bits sideways 0101"],
    ["has remarks only", "# nothing\n\n"],
  ];
  for (const [what, content] of wrong)
    it(`${what}: one sentence, exit 2`, async () => {
      const ended = await lightline("decode", box.file("wrong.json", content));
      assert.match(ended.err, /^CAPTURE_INVALID: [^\n]*wrong\.json[^\n]*\.\n$/);
      assert.deepEqual([ended.code, ended.out], [2, ""]);
    });

  it("is a folder, or not there: one sentence, exit 2", async () => {
    for (const name of [box.path, join(box.path, "nope.json")]) {
      const ended = await lightline("decode", name);
      assert.match(ended.err, /^CAPTURE_UNREADABLE: [^\n]*\n$/);
      assert.equal(ended.code, 2);
    }
  });

  it("does not keep others from being decoded", async () => {
    const ended = await lightline("decode", "--json", box.file("bad.json", "{"), join(VECTORS, "tri-clear.json"));
    assert.match(ended.err, /bad\.json/);
    assert.equal((JSON.parse(ended.out) as Decoded).status, "complete");
    assert.equal(ended.code, 2);
  });

  it("is bare samples without a rate", async () => {
    const ended = await lightline("decode", box.file("bare.u8", Uint8Array.of(1, 2, 3)));
    assert.match(ended.err, /--sample-hz/);
    assert.equal(ended.code, 2);
    assert.equal((await lightline("decode", box.file("none.u8", ""), "--sample-hz", "1000")).code, 2);
    assert.equal((await lightline("decode", box.file("bare.u8", "x"), "--sample-hz", "99")).code, 2);
  });

  it("is not even named", async () => assert.equal((await lightline("decode")).code, 2));
});

describe("lightline decode", () => {
  const box = folder();
  after(() => box.remove());

  it("prints file, status and fields of each capture, and nothing else", async () => {
    const names = ["tri-static-proxy.json", "tri-one-bit-wrong.json", "adc-dark.json"].map((name) =>
      join(VECTORS, name),
    );
    const ended = await lightline("decode", "--json", ...names);
    const lines = ended.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    const expected = names.map((file) => ({
      file,
      ...(JSON.parse(readFileSync(file, "utf8")) as { expect: object }).expect,
    }));
    assert.deepEqual(lines, expected);
    assert.deepEqual(Object.keys(lines[0]!), Object.keys(expected[0]!));
    assert.equal(ended.code, 1);
  });

  it("makes nothing, or what was sent, of light whose rate the file has wrong", () => {
    for (const name of ["adc-tri-60.json", "adc-bi-142.json", "tri-sdk03.json"]) {
      const light = lightOf(join(VECTORS, name));
      assert.ok(light.form === "samples");
      const pieces = [...light.pieces];
      const right = decodeLight({ ...light, pieces });
      for (const sampleHz of [100, 101.5, 299, 3000, 6000, 20_000]) {
        const decoded = decodeLight({ form: "samples", sampleHz, pieces });
        if (decoded.status === "complete") assert.deepEqual(decoded, right);
        if (sampleHz > 5000) assert.equal(decoded.status, "no-frame");
      }
    }
  });

  it("reads bare samples, and all kinds from standard input", async function () {
    this.timeout(60_000);
    const { samples } = samplesOf({ waveform: "bi-level", rateHz: 60 });
    const file = box.file("bi.u8", samples);
    assert.equal((await lightline("decode", file, "--sample-hz", "1000")).code, 0);
    const child = spawn(process.execPath, ["bench/lightline.mjs", "decode", "-", "--json"], {
      cwd: new URL("../../", import.meta.url),
    });
    // Keys against the order that streams: little enough to be kept.
    child.stdin.end(JSON.stringify({ samplesU8: base64Of(samples), sampleHz: 1000, kind: "samples" }));
    let out = "";
    child.stdout.on("data", (piece) => (out += piece));
    assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
    assert.equal((JSON.parse(out) as { file: string }).file, "-");
  });

  for (const [waveform, rateHz, room] of [
    ["burst", 60, {}],
    ["burst", 120, { inverted: true }],
    ["burst", 1000, { jitter: 0.04 }],
    ["burst", 2000, { inverted: true, jitter: 0.02 }],
    ["bi-level", 60, {}],
    ["bi-level", 142, { inverted: true }],
  ] as const)
    it(`takes edges: ${waveform} at ${rateHz} a second${"inverted" in room ? ", upside down" : ""}`, async () => {
      const { light, runs, entries } = runsOf({ waveform, rateHz, room });
      assert.deepEqual(receiveLight(light).entries, entries);
      // What a board has when the last edge is in: nothing tells how long the light stays as it is.
      const file = box.file("edges.json", { kind: "edges", runsUs: [...runs] });
      assert.equal((await lightline("decode", file)).code, 0);
    });

  for (const [rateHz, sampleHz, room] of [
    [1000, 4000, {}],
    [1000, 8000, { noise: 0.05, ripple: 0.5 }],
    [2000, 10_000, { noise: 0.05 }],
    [2000, 20_000, { inverted: true, ambientStep: 0.3 }],
  ] as const)
    it(`takes samples of burst at ${rateHz} a second, ${sampleHz} a second`, () => {
      const { light, entries } = samplesOf({ waveform: "burst", rateHz, sampleHz, passes: 2, room });
      assert.deepEqual(receiveLight(light).entries, entries);
    });

  it("says bad-check of fast light of which too much is wrong, and no-frame of noise", () => {
    const { samples } = samplesOf({ waveform: "burst", rateHz: 1000, sampleHz: 8000 });
    const broken = samples.map((sample, i) => (i > 9000 && i < 12_000 && i % 400 < 200 ? 26 : sample));
    assert.equal(decodeLight({ form: "samples", sampleHz: 8000, pieces: [broken] }).status, "bad-check");
    let state = 1;
    const noise = Uint8Array.from({ length: 400_000 }, () => (state = (state * 16807) % 2147483647) >> 23);
    assert.equal(decodeLight({ form: "samples", sampleHz: 8000, pieces: [noise] }).status, "no-frame");
  });
});

describe("text forms", () => {
  const numbers = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 30 });
  const names = fc.constantFrom("bi-level", "tri-level", "burst", "ternary");
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });

  it("are read as they are printed", () =>
    fc.assert(
      fc.property(names, numbers, bytes, fc.array(fc.boolean(), { minLength: 1 }), (waveform, values, some, unsure) => {
        const rounded = values.map((value) => Number(value.toFixed(6)) + 0);
        const bits = unsure.map((isUnsure, i) => (i % 3 ? 1 : -1) * (isUnsure ? 0.01 : 1));
        const runs = Int32Array.from(some, (byte, i) => (i % 2 ? 1 : -1) * (byte + 1));
        const doubtful = unsure.flatMap((isUnsure, i) => (isUnsure && i < some.length ? [i] : []));
        const again = <T>(line: string) => parseLine("", line) as T;
        assert.deepEqual(again(samplesLine(1500, some)), {
          form: "samples",
          sampleHz: 1500,
          pieces: [Buffer.from(some)],
        });
        assert.deepEqual(again(edgesLine(runs)), { form: "edges", pieces: [runs] });
        assert.deepEqual(again(pulsesLine(values)), { form: "pulses", heights: rounded });
        assert.deepEqual(again(symbolsLine(waveform, values)), { form: "symbols", waveform, lights: rounded });
        assert.deepEqual(again(bitsLine({ waveform, bits })), { form: "bits", waveform, bits });
        assert.deepEqual(again(frameLine({ waveform, bytes: some, doubtful })), {
          form: "frame",
          waveform,
          bytes: new Uint8Array(some),
          doubtful,
        });
        assert.deepEqual(again(entriesLine({ bytes: some })), { form: "entries", bytes: new Uint8Array(some) });
      }),
    ));

  it("are refused in one sentence when they are not right", () => {
    for (const line of [
      "",
      "bits",
      "bits burst",
      "bits burst 012",
      "bits burst ?1",
      "frame burst 5",
      "frame burst 50??",
      "entries 0",
      "pulses a",
      "pulses NaN",
      "symbols",
      "edges",
      "edges 0",
      "edges 1 x",
      "samples 10 AAAA",
      "samples 1000",
      "samples 1000 !",
      "toString 1",
    ])
      assert.equal(
        codeOf(() => parseLine("x", line)),
        "CAPTURE_INVALID",
        line,
      );
  });

  /** Every line that the trace of some light prints, fed again, comes to what it came to. */
  function prove(light: Light): string[] {
    const examined = examine(light);
    const { decoded, probe } = examined;
    const [first] = traceLines(light, examined);
    if (light.form === "samples" || light.form === "edges")
      assert.deepEqual(decodeLight(parseLine("", first!)), decoded, first);
    const traces = traceOf(probe.frames);
    for (const { lines, ended } of traces)
      for (const line of lines) {
        const verdict = receiveLight(parseLine("", line));
        if (ended === "complete") assert.ok(verdict.entries, line);
        else assert.equal(ENDED[verdict.refusal], ended, line);
      }
    const complete = traces.filter(({ ended }) => ended === "complete");
    if (decoded.status === "complete")
      for (const line of complete[0]!.lines) assert.deepEqual(decodeLight(parseLine("", line)), decoded, line);
    return complete.flatMap(({ lines }) => lines.map((line) => line.split(" ")[0]!));
  }

  for (const file of files)
    it(`come to the same at every part of the chain: ${file}`, () => {
      const forms = prove(lightOf(join(VECTORS, file)));
      const { waveform, expect } = JSON.parse(readFileSync(join(VECTORS, file), "utf8")) as {
        waveform: string;
        expect: Decoded;
      };
      const read = waveform === "tri-level" ? "pulses" : "symbols";
      if (expect.status === "complete") assert.deepEqual(forms, [read, "bits", "frame", "entries"]);
    });

  it("come to the same for burst and ternary, from samples and from edges, whatever the room", () =>
    fc.assert(
      fc.property(
        fc.constantFrom("burst", "ternary", "tri-level", "bi-level"),
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom(0, 0.02, 0.08),
        fc.constantFrom(0, 0.3),
        fc.boolean(),
        (waveform, seed, noise, ambientStep, inverted) => {
          const room = { noise, ambientStep, inverted };
          prove(samplesOf({ waveform, rateHz: 60, sampleHz: 600, seed, room }).light);
          if (waveform === "burst") {
            prove(
              runsOf({ waveform, rateHz: 1000, seed, room: { jitter: 0.05, lostShare: noise / 20, inverted } }).light,
            );
            prove(samplesOf({ waveform, rateHz: 1000, sampleHz: 8000, seed, room }).light);
          }
        },
      ),
      { numRuns: 15, seed: 3 },
    ));

  it("tell of a sum of passes, and of bytes that its parity corrected", () => {
    const sampleHz = 600;
    const { samples } = samplesOf({ waveform: "burst", rateHz: 60, sampleHz, passes: 3 });
    const [passS, bodyS, partS] = [samples.length / sampleHz / 3, 4, 3.5];
    // The other way up for a while, in every pass somewhere else.
    const damaged = samples.map((sample, i) => {
      const pass = Math.floor(i / sampleHz / passS);
      const inPartS = ((i / sampleHz) % passS) - bodyS - pass * partS;
      return inPartS > 0 && inPartS < partS ? 178 - sample : sample;
    });
    const light: Light = { form: "samples", sampleHz, pieces: [damaged] };
    const { probe } = examine(light);
    assert.deepEqual(
      probe.frames.map(({ ended, passes }) => [ended, passes]),
      [
        ["check", 0],
        ["check", 2],
        ["complete", 3],
      ],
    );
    assert.ok(prove(light).includes("frame"));
    assert.equal(probe.counters.summedPasses, 5);
  });

  it("are decoded from the command line and from a file, a result a line", async () => {
    const box = folder();
    const trace = await lightline("decode", "--trace", join(VECTORS, "tri-utf8.json"));
    const lines = trace.out.split("\n").filter((line) => line && !line.startsWith("#"));
    const again = await lightline("decode", "--json", box.file("trace.txt", trace.out));
    const results = again.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Decoded);
    assert.equal(results.length, lines.length);
    assert.ok(results.every(({ ssid }) => ssid === "Fabrik Süd"));
    const one = await lightline("decode", ...lines.slice(-3).flatMap((line) => ["--line", line]));
    assert.equal(one.out.match(/^--line: complete/gm)?.length, 3);
    box.remove();
  });
});

describe("why entries are refused", () => {
  const entry = (type: number, ...value: number[]) => [type, value.length, ...value];
  const rows: readonly (readonly [string, number[], RegExp])[] = [
    ["an SSID too long", entry(1, ...new Array<number>(33).fill(65)), /SSID of 33 bytes.*at most 32 bytes of UTF-8/],
    ["a password that is no text", entry(6, 0xff), /password of 1 bytes.*UTF-8/],
    ["an enrolment of 15 bytes", entry(5, ...new Array<number>(15).fill(1)), /enrolment of 15 bytes.*16 bytes/],
    ["an unknown type", entry(2, 65), /type 2 is unknown: allowed are 1 \(SSID\)/],
    ["a field over the end", [1, 9, 65], /SSID says it has 9 bytes, and 1 are left/],
    ["a byte left over", [...entry(1, 65), 6], /last byte begins an entry \(password\)/],
    ["an SSID twice", [...entry(1, 65), ...entry(1, 66)], /SSID comes twice/],
    ["the password first", [...entry(6, 65), ...entry(1, 66)], /SSID comes too late: the order is SSID/],
    ["a clear behind an SSID", [...entry(1, 65), 7, 0], /stand alone/],
    ["nothing", [], /no entries/],
  ];
  for (const [what, bytes, said] of rows)
    it(`is said: ${what}`, () => assert.match(entriesFault(Uint8Array.from(bytes)) ?? "", said));

  it("is said when they are refused, and only then", () => {
    const parts = fc.array(
      fc.tuple(
        fc.constantFrom(1, 3, 5, 6, 7, 11, 13, 65, 66, 2, 200),
        fc.constantFrom(0, 1, 4, 8, 16, 20, 33),
        fc.constantFrom(65, 0, 200),
      ),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(parts, fc.array(fc.nat(255), { maxLength: 2 }), (entries, rest) => {
        const bytes = Uint8Array.from([
          ...entries.flatMap(([type, length, fill]) => [type, length, ...new Array<number>(length).fill(fill)]),
          ...rest,
        ]);
        assert.equal(
          entriesFault(bytes) === undefined,
          entriesAreValid(bytes, bytes.length),
          Buffer.from(bytes).toString("hex"),
        );
      }),
      { numRuns: 5000 },
    );
  });

  it("is said of a frame whose check is good", async () => {
    const packet = encodePacket(Uint8Array.from(entry(5, ...new Array<number>(15).fill(1))), 17);
    const { code, out } = await lightline(
      "decode",
      "--explain",
      "--line",
      frameLine({ waveform: "bi-level", bytes: packet, doubtful: [] }),
    );
    assert.match(out, /bad-check[^]*Its check is good, and the enrolment of 15 bytes is not right/);
    assert.equal(code, 1);
  });
});

describe("an explanation", () => {
  it("counts what the receiver counts, and refusals that it forgets within a block", () => {
    for (const file of files) {
      const probe = new Probe();
      let counted = { complete: 0, refused: 0 };
      const watch = probe.receiver.bind(probe);
      probe.receiver = (receiver, sampleHz) => {
        watch(receiver, sampleHz);
        counted = receiver;
      };
      decodeLight(lightOf(join(VECTORS, file)), probe);
      const { complete, refused } = probe.counters;
      assert.equal(complete, counted.complete, file);
      assert.ok(refused.length + refused.check + refused.field >= counted.refused, file);
    }
  });

  it("does not change what is received", () => {
    for (const file of files) {
      const light = lightOf(join(VECTORS, file));
      assert.deepEqual(examine(light).decoded, decodeLight(lightOf(join(VECTORS, file))), file);
    }
  });

  it("holds no password and no token, whatever became of the frame", () => {
    const secret = "correct horse battery";
    const bytes = new Uint8Array(80);
    let end = putEntry(bytes, 0, EntryType.Ssid, Buffer.from("net"));
    end = putEntry(bytes, end, EntryType.Password, Buffer.from(secret));
    const good = encodePacket(bytes, end);
    const wrong = good.map((byte, i) => (i === good.length - 1 ? byte ^ 1 : byte));
    for (const packet of [good, wrong, good.subarray(0, -1)]) {
      const said = explain(examine({ form: "frame", waveform: "tri-level", bytes: packet, doubtful: [] })).join("\n");
      assert.ok(!said.includes(secret) && !said.includes(Buffer.from(secret).toString("hex")), said);
    }
    for (const file of files)
      assert.doesNotMatch(explain(examine(lightOf(join(VECTORS, file)))).join("\n"), /correct horse|fedcba98|geheim/);
  });

  it("says in words how the light was, where the frame ended, and what to do", async () => {
    const { out } = await lightline("decode", "--explain", join(VECTORS, "tri-truncated.json"));
    assert.match(out, /broken off\. The light ended, or was lost, after \d+ bits of 488: show all of it/);
    const { light } = samplesOf({ waveform: "burst", rateHz: 1000, sampleHz: 2000 });
    assert.match(explain(examine(light)).join("\n"), /too fast for 2000 samples a second/);
  });
});
