// SPDX-License-Identifier: Apache-2.0
// lightline tune: its numbers against light whose noise, lamps, levels and clock are known, and a page that says the same.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { usualValue } from "../../bench/light/tune/advice.js";
import { examine } from "../../bench/light/watch/examine.js";
import type { Impairments } from "../../bench/ladder/impairments.js";
import type { LightReport } from "../../bench/light/tune/light-report.js";
import { reportOnSamples } from "../../bench/light/tune/light-report.js";
import { tunePage } from "../../bench/light/tune/tune-page.js";
import type { Shown } from "./light-bench.js";
import { base64Of, folder, lightline, runsOf, samplesOf, VECTORS } from "./light-bench.js";

const reportOn = (shown: Shown, resistorOhm?: number): LightReport =>
  examine(samplesOf(shown).light, resistorOhm).report;

function near(actual: number | undefined, expected: number, within: number, what: string): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= within,
    `${what}: ${actual}, not ${expected} within ${within}`,
  );
}

const WAVEFORMS = [
  { waveform: "bi-level", rateHz: 60, drives: [0, 1] },
  { waveform: "bi-level", rateHz: 142, drives: [0, 1] },
  { waveform: "burst", rateHz: 120, drives: [0, 1] },
  { waveform: "tri-level", rateHz: 30, drives: [0, 0.75, 1] },
  { waveform: "tri-level", rateHz: 60, drives: [0, 0.75, 1] },
  { waveform: "ternary", rateHz: 60, drives: [0, 0.6, 1] },
] as const;

describe("what tune measures", () => {
  for (const { waveform, rateHz, drives } of WAVEFORMS)
    describe(`of ${waveform} at ${rateHz} a second`, () => {
      const show = (room: Partial<Impairments>) => reportOn({ waveform, rateHz, room });

      it("is levels, swing, noise and margin", () => {
        for (const [swing, ambient, noise] of [
          [0.5, 0.1, 0.02],
          [0.3, 0.4, 0.04],
          [0.8, 0.05, 0.005],
        ] as const) {
          const { levels, noise: found, swing: seen, marginDb, ripple, frames } = show({ swing, ambient, noise });
          assert.equal(frames[0]?.ended, "complete");
          const expected = drives.map((drive) => 255 * (ambient + swing * drive));
          for (const [i, level] of levels.entries()) near(level.value, expected[i]!, 1, level.name);
          const sigma = noise * swing * 255;
          near(found?.sigma, sigma, 0.06 * sigma + 0.05, "sigma");
          near(found?.percentOfSwing, 100 * noise, 6 * noise + 0.1, "noise");
          near(seen?.counts, swing * 255, 1.5, "swing");
          near(seen?.percentOfFullScale, 100 * swing, 0.6, "swing");
          const gap = Math.min(...drives.slice(1).map((drive, i) => drive - drives[i]!));
          near(marginDb, 20 * Math.log10(gap / 2 / noise), 0.8, "margin");
          assert.equal(ripple, undefined);
        }
      });

      it("is a lamp's frequency and strength", () => {
        for (const [mainsHz, ripple] of [
          [100, 0.1],
          [120, 0.2],
        ] as const) {
          const { ripple: found, noise, frames } = show({ mainsHz, ripple });
          if (frames[0]?.ended !== "complete") continue;
          assert.equal(found?.hz, mainsHz);
          near(found?.percentOfSwing, 100 * ripple, 12 * ripple, `${mainsHz} Hz`);
          near(noise?.percentOfSwing, 2, 0.4, "noise beside it");
        }
      });

      it("is the sender's clock and how it jitters", () => {
        const steady = show({ clockError: 0.01, noise: 0.01 }).timing;
        near(steady?.symbolHz, rateHz, rateHz * 0.011, "rate");
        near(steady?.jitterPercent, 0, 2.5, "no jitter");
        const jittered = show({ jitter: 0.05, noise: 0.01 }).timing;
        near(jittered?.jitterPercent, 5, 1.5, "jitter");
      });
    });

  it("is the same of light the other way up", () => {
    const { levels, frames } = reportOn({ waveform: "tri-level", rateHz: 60, room: { inverted: true } });
    assert.equal(frames[0]?.polarity, "inverted");
    assert.deepEqual(
      levels.map(({ name }) => name),
      ["black", "grey", "white"],
    );
    for (const [i, drive] of [0, 0.75, 1].entries()) near(levels[i]?.value, 255 * (0.9 - 0.5 * drive), 1, "level");
  });

  it("is how many symbols a screen shows twice", () => {
    for (const waveform of ["tri-level", "ternary"] as const)
      near(reportOn({ waveform, rateHz: 60, room: { repeatedShare: 0.1 } }).timing?.repeatedPercent, 10, 3, waveform);
  });

  it("is the share of samples that the converter cut off", () => {
    const shown: Shown = { waveform: "bi-level", rateHz: 60, room: { gain: 3 } };
    const { samples } = samplesOf(shown);
    const { clipping, histogram, frames } = reportOn(shown);
    const light = samples.subarray(frames[0]!.startS * 1000, frames[0]!.endS * 1000);
    const bright = light.filter((sample) => sample === 255).length / light.length;
    assert.ok(bright > 0.3);
    near(clipping?.brightPercent, 100 * bright, 0.5, "share");
    const all = histogram!.reduce((sum, count) => sum + count, 0);
    near(clipping?.brightPercent, (100 * histogram![255]!) / all, 0.06, "share of the histogram");
  });

  it("is fast burst, from samples and from edges", () => {
    const fast = reportOn({ waveform: "burst", rateHz: 1000, sampleHz: 8000, passes: 2, room: { noise: 0.05 } });
    near(fast.timing?.symbolHz, 1000, 1, "rate");
    near(fast.noise?.percentOfSwing, 5, 0.4, "noise");
    assert.equal(fast.frames.filter(({ ended }) => ended === "complete").length, 2);
    const edges = examine(runsOf({ waveform: "burst", rateHz: 2000, room: { jitter: 0.06 } }).light).report;
    near(edges.timing?.symbolHz, 2000, 3, "rate");
    near(edges.timing?.jitterPercent, 6, 1, "jitter");
    assert.deepEqual([edges.kind, edges.levels, edges.histogram], ["edges", [], undefined]);
    const { counts, partsOfSymbol } = edges.runLengths!;
    const around = (symbols: number) =>
      counts
        .slice((symbols - 0.5) * partsOfSymbol, (symbols + 0.5) * partsOfSymbol)
        .reduce((sum, count) => sum + count, 0);
    // Manchester has runs of one and two.
    assert.ok(around(1) > 100 && around(2) > 100 && around(3) < 5);
  });
});

describe("a report", () => {
  it("has numbers only, of any light", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 3, 40, 255),
        fc.constantFrom(0, 100, 250),
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 90 }),
        fc.constantFrom(100, 1000, 8000),
        (noise, swing, count, period, sampleHz) => {
          let state = period;
          const samples = Uint8Array.from({ length: count }, (_, i) => {
            state = (state * 16807) % 2147483647;
            return Math.min(255, (i % (2 * period) < period ? swing : 0) + Math.floor((state / 2147483647) * noise));
          });
          const report = reportOnSamples(samples, sampleHz, { frames: [], seconds: count / sampleHz });
          assert.doesNotMatch(JSON.stringify(report), /null|NaN|Infinity/);
          assert.doesNotMatch(tunePage("x", report), /NaN|Infinity|undefined/);
        },
      ),
      { numRuns: 50 },
    ));
});

describe("what tune advises", () => {
  const topics = ({ advice }: LightReport) => advice.map(({ topic }) => topic);
  const ohmOf = ({ advice }: LightReport) => advice.find(({ topic }) => topic === "resistor")?.suggestedOhm;
  const bi = (room: Partial<Impairments>, ohm?: number) => reportOn({ waveform: "bi-level", rateHz: 60, room }, ohm);

  it("is nothing where there is nothing to do", () => {
    const { advice } = bi({});
    assert.equal(advice.length, 1);
    assert.match(advice[0]!.text, /Nothing to do/);
  });

  it("is a larger resistor in the dark: the brightest level comes to three quarters", () => {
    assert.equal(ohmOf(bi({ swing: 0.1, ambient: 0.02 }, 22_000)), 150_000);
    assert.equal(ohmOf(bi({ swing: 0.3, ambient: 0.05 }, 10_000)), 22_000);
  });

  it("is a smaller resistor where the converter saturates", () => {
    assert.equal(ohmOf(bi({ gain: 3 }, 22_000)), 12_000);
    // White is cut off at 1.02 and grey is not: what white would be is known.
    assert.equal(ohmOf(reportOn({ waveform: "tri-level", rateHz: 60, room: { gain: 1.7 } }, 22_000)), 15_000);
  });

  it("names no value for a resistor that it does not know", () => {
    const { advice } = bi({ swing: 0.1, ambient: 0.02 });
    assert.match(advice[0]!.text, /larger resistor: about 6 times the present one/);
    assert.equal(advice[0]!.suggestedOhm, undefined);
  });

  it("is about the room, lamps, distance, sender and sampling where they are to blame", () => {
    assert.deepEqual(topics(bi({ swing: 0.2, ambient: 0.6 })), ["room"]);
    assert.deepEqual(topics(bi({ ripple: 0.3 })), ["lamps"]);
    assert.ok(topics(bi({ noise: 0.3, swing: 0.3, ambient: 0.35 })).includes("distance"));
    assert.ok(topics(reportOn({ waveform: "tri-level", rateHz: 30, room: { jitter: 0.12 } })).includes("sender"));
    assert.deepEqual(topics(reportOn({ waveform: "burst", rateHz: 1000, sampleHz: 2000 })), ["frames", "sampling"]);
  });

  it("is to show light, or less of it, where none goes up and down", () => {
    const flat = (value: number) =>
      examine({ form: "samples", sampleHz: 1000, pieces: [new Uint8Array(3000).fill(value)] }).report;
    assert.match(flat(3).advice[0]!.text, /hold the sender to the sensor/);
    assert.match(flat(255).advice[0]!.text, /saturated by the room/);
  });

  it("names values that can be bought", () =>
    assert.deepEqual([10, 14, 95, 1049, 22_900, 9.6e6].map(usualValue), [10, 15, 100, 1000, 22_000, 10e6]));
});

describe("tune's page", () => {
  const report = reportOn({ waveform: "tri-level", rateHz: 60, room: { ripple: 0.15, noise: 0.03 } });
  const page = tunePage('<b>"&.json', report);

  it("needs nothing else: no script, no network, no file", () => {
    assert.doesNotMatch(page, /<script|https?:|src=|url\(|@import|<link|<iframe|\son\w+=/i);
    assert.match(page, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/);
    assert.match(page, /^<!doctype html>\n<html lang="en">/);
    assert.match(page, /prefers-color-scheme: dark/);
    assert.match(page, /name="viewport"/);
  });

  it("says the numbers that --json says", () => {
    const { swing, marginDb, noise, ripple, clipping, timing, samplesPerSymbol, levels, boundaries } = report;
    const numbers = [
      swing!.percentOfFullScale,
      marginDb,
      noise!.sigma,
      noise!.percentOfSwing,
      ripple!.hz,
      ripple!.percentOfSwing,
      clipping!.brightPercent,
      timing!.symbolHz,
      timing!.jitterPercent,
      timing!.repeatedPercent,
      samplesPerSymbol,
      ...levels.map(({ value }) => value),
      ...boundaries.flatMap(({ value, marginDb: margin }) => [value, margin]),
    ];
    const words = page
      .replace(/<style>[^]*<\/style>/, "")
      .replace(/<svg[^]*?<\/svg>/g, "")
      .replace(/<[^>]*>/g, " ");
    for (const number of numbers)
      assert.ok(new RegExp(`(^|[\\s(])${String(number).replace(".", "\\.")}(?![\\d.]\\d)`).test(words), `${number}`);
  });

  it("lets nothing out of the names that it is given", () => {
    assert.ok(page.includes("&lt;b&gt;&quot;&amp;.json"));
    const evil = { ...report, frames: [{ ...report.frames[0]!, says: { ssid: "<img src=x onerror=alert(1)>" } }] };
    assert.ok(!tunePage("x", evil).includes("<img"));
  });

  it("is well-formed: what opens, closes", () => {
    const open: string[] = [];
    for (const [, close, name = "", own] of page
      .replace(/<!doctype html>/, "")
      .matchAll(/<(\/?)([a-z0-9]+)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
      if (own || name === "meta") continue;
      if (close) assert.equal(open.pop(), name);
      else open.push(name);
    }
    assert.deepEqual(open, []);
  });
});

describe("lightline tune", () => {
  const box = folder();
  after(() => box.remove());
  const at = (name: string) => join(box.path, name);

  it("prints the report, and writes the page where it is told to", async () => {
    const { samples } = samplesOf({ waveform: "burst", rateHz: 60 });
    const capture = box.file("burst.json", { kind: "samples", sampleHz: 1000, samplesU8: base64Of(samples) });
    const ended = await lightline("tune", capture, "--json", "--resistor", "22000", "--out", at("a.html"));
    assert.equal(ended.code, 0, ended.err);
    const report = JSON.parse(ended.out) as LightReport & { file: string };
    assert.deepEqual([report.file, report.frames[0]?.waveform, report.sampleHz], [capture, "burst", 1000]);
    assert.ok(readFileSync(at("a.html"), "utf8").includes(`${report.marginDb}`));
    // A page of its own may be written over, and words are printed without --json.
    const again = await lightline("tune", capture, "--out", at("a.html"));
    assert.match(again.out, /burst complete[^]*margin [^]*page: /);
  });

  it("shows no password and no token, on the page or in JSON", async () => {
    const ended = await lightline("tune", join(VECTORS, "tri-static-proxy.json"), "--json", "--out", at("s.html"));
    for (const text of [ended.out, readFileSync(at("s.html"), "utf8")]) {
      assert.doesNotMatch(text, /correct horse|p@ss|fedcba98|01234567/);
      assert.match(text, /factory-line-1/);
    }
  });

  it("exits 1 when no frame came through, and 2 for what it cannot look at", async () => {
    assert.equal((await lightline("tune", join(VECTORS, "tri-one-bit-wrong.json"), "--json")).code, 1);
    assert.equal((await lightline("tune", join(VECTORS, "adc-dark.json"), "--json")).code, 1);
    const bits = await lightline("tune", box.file("bits.txt", "bits burst 01\n"), "--json");
    assert.match(bits.err, /CAPTURE_INVALID.*samples or edges/);
    assert.equal(bits.code, 2);
    assert.equal((await lightline("tune", at("nope.json"))).code, 2);
    assert.equal((await lightline("tune", join(VECTORS, "adc-dark.json"), "--resistor", "0")).code, 2);
  });

  it("writes over nothing that is no page of its own", async () => {
    const capture = box.file("mine.json", readFileSync(join(VECTORS, "tri-clear.json")));
    const ended = await lightline("tune", capture, "--out", capture);
    assert.match(ended.err, /^FILE_NOT_WRITABLE: /);
    assert.equal(ended.code, 2);
    assert.equal(readFileSync(capture, "utf8"), readFileSync(join(VECTORS, "tri-clear.json"), "utf8"));
    assert.equal((await lightline("tune", capture, "--out", join(box.path, "no", "where.html"))).code, 2);
    assert.ok(!existsSync(join(box.path, "no")));
  });

  it("takes edges, bare samples and text forms", async () => {
    const edges = box.file("edges.json", {
      kind: "edges",
      runsUs: [...runsOf({ waveform: "burst", rateHz: 1000 }).runs],
    });
    assert.equal((await lightline("tune", edges, "--out", at("e.html"))).code, 0);
    assert.match(readFileSync(at("e.html"), "utf8"), /Good light/);
    const { samples } = samplesOf({ waveform: "tri-level", rateHz: 60 });
    const bare = box.file("bare.u8", samples);
    assert.equal((await lightline("tune", bare, "--sample-hz", "1000", "--json")).code, 0);
    const text = box.file("text.txt", `samples 1000 ${base64Of(samples)}\n`);
    assert.equal((await lightline("tune", text, "--json")).code, 0);
  });
});
