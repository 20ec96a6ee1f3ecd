// SPDX-License-Identifier: Apache-2.0
// npm run bench:espruino: what the receivers cost in a real Espruino (ESPRUINO_BIN), and what that makes on a board.
//
// A board is slower than a host by a factor that was estimated from published timings of both (docs/MEMORY.md); how much of its time the
// receiver takes follows from the board's sampling rate.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bundleForEspruino } from "../build/build.js";
import type { Waveform } from "../ladder/emission.js";
import { send } from "../ladder/emission.js";
import { edgesOf, sampleLight, UNIMPAIRED } from "../ladder/impairments.js";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const SAMPLE_HZ = 600;
const NOISE = 0.03;
const DEADLINE_MS = 300_000;
/** Boards by how much slower they are than the host, and how fast they sample. */
const BOARDS = [
  { name: "ESP32", slower: 160, sampleHz: 600 },
  { name: "C3", slower: 240, sampleHz: 400 },
] as const;

export interface Cost {
  readonly light: string;
  /** Microseconds a sample or an edge, undefined where there was none of it. */
  readonly huntUs: number | undefined;
  readonly frameUs: number | undefined;
  /** Milliseconds from the last piece of light to settings that may be believed. */
  readonly lastMs: number | undefined;
  readonly frames: number;
  readonly variablesKept: number;
}

const SAMPLED: readonly (readonly [Waveform, number])[] = [
  ["tri-level", 60],
  ["bi-level", 60],
  ["bi-level", 142],
  ["burst", 60],
  ["burst", 120],
  ["ternary", 60],
];
const EDGES: readonly (readonly [Waveform, number])[] = [
  ["bi-level", 142],
  ["burst", 1000],
  ["burst", 2000],
];

function writeLights(dir: string): void {
  const room = (at: (s: number) => number) =>
    Uint8Array.from({ length: SAMPLE_HZ * 6 }, (_, i) => Math.round(at(i / SAMPLE_HZ)));
  let state = 1;
  const grain = () => ((state = (state * 16807) % 2147483647) / 2147483647 - 0.5) * 60;
  writeFileSync(
    join(dir, "quiet.bin"),
    room(() => 60),
  );
  writeFileSync(
    join(dir, "ripple.bin"),
    room((s) => 90 + 40 * Math.abs(Math.sin(100 * Math.PI * s))),
  );
  writeFileSync(
    join(dir, "noise.bin"),
    room(() => 90 + grain()),
  );
  for (const [waveform, rate] of SAMPLED) {
    const { samples } = sampleLight(send(waveform, rate, 1, 1).emission, { ...UNIMPAIRED, noise: NOISE }, SAMPLE_HZ, 1);
    writeFileSync(join(dir, `${waveform}-${rate}.bin`), samples);
  }
  for (const [waveform, rate] of EDGES) {
    const { runs } = edgesOf(send(waveform, rate, 2, 1).emission, UNIMPAIRED, 1);
    writeFileSync(join(dir, `${waveform}-${rate}-edges.bin`), new Uint8Array(Int32Array.from(runs).buffer));
  }
}

/** Lines that the program printed, until it said that it was through. */
async function run(binary: string, dir: string): Promise<string[]> {
  const child = spawn(binary, ["cost.js"], { cwd: dir, stdio: ["pipe", "pipe", "inherit"] });
  const lines: string[] = [];
  const deadline = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
  for await (const text of createInterface(child.stdout)) {
    const line = /@.*/.exec(text.replace(/\r/g, ""))?.[0];
    if (!line && /Uncaught/.test(text)) lines.push(text);
    if (line) lines.push(line);
    if (line === "@end") break;
  }
  clearTimeout(deadline);
  child.kill("SIGKILL");
  if (lines.at(-1) !== "@end") throw new Error(`the interpreter did not get through: ${lines.join("; ")}`);
  return lines;
}

const number = (text: string): number | undefined => (text === "-" ? undefined : Number(text));

function costOf(line: string): Cost {
  const [, light, huntUs, frameUs, lastMs, frames, variablesKept] = line.split(" ") as [string, ...string[]];
  return {
    light: light!,
    huntUs: number(huntUs!),
    frameUs: number(frameUs!),
    lastMs: number(lastMs!),
    frames: Number(frames),
    variablesKept: Number(variablesKept),
  };
}

const shown = (value: number | undefined, digits = 2): string => (value === undefined ? "-" : value.toFixed(digits));

/** Part of a board's time that the worse of hunting and receiving takes, the tick included. */
function share(cost: Cost, tickUs: number, board: (typeof BOARDS)[number]): string {
  const worst = Math.max(cost.huntUs ?? 0, cost.frameUs ?? 0) + tickUs;
  return `${Math.round((worst * board.slower * board.sampleHz) / 1e4)} %`;
}

function print(lines: readonly string[], json: boolean): void {
  const costs = lines.filter((line) => line.startsWith("@cost")).map(costOf);
  const tickUs = Number(lines.find((line) => line.startsWith("@tick"))?.split(" ")[1]);
  const variables = lines
    .filter((line) => line.startsWith("@variables"))
    .map((line) => line.slice("@variables ".length));
  if (json) {
    process.stdout.write(JSON.stringify({ tickUs, variables, costs }) + "\n");
    return;
  }
  const table = costs.map((cost) => ({
    light: cost.light,
    "hunting, us": shown(cost.huntUs),
    "in a frame, us": shown(cost.frameUs),
    "last block, ms": shown(cost.lastMs),
    frames: cost.frames,
    "variables kept": cost.variablesKept,
    ...(cost.light.endsWith("edges")
      ? {}
      : Object.fromEntries(BOARDS.map((board) => [`${board.name}, busy`, share(cost, tickUs, board)]))),
  }));
  process.stdout.write(`the sampler's tick ${tickUs} us; variables of a receiver: ${variables.join(", ")}\n`);
  console.table(table);
}

const binary = process.env.ESPRUINO_BIN;
if (!binary) {
  process.stdout.write("SKIPPED: set ESPRUINO_BIN to a Linux build of Espruino; nothing was measured\n");
} else {
  const dir = mkdtempSync(join(tmpdir(), "lightline-cost-"));
  try {
    writeLights(dir);
    const program = await bundleForEspruino(join(HERE, "device/receiver-cost.ts"), join(HERE, "tsconfig.json"));
    writeFileSync(join(dir, "cost.js"), program);
    print(await run(binary, dir), process.argv.includes("--json"));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
