// SPDX-License-Identifier: Apache-2.0
// The built-in phases of the self-test: their measurements and limits, and what the build tells them of a board.
import { fileURLToPath } from "node:url";
import type { SelfTestOptions } from "../../firmware/selftest/options.js";
import { UserError } from "../errors.js";
import type { Board, Region } from "./boards.js";

/** What a phase measures. What is nearer to a limit than the marginal band passes, and is told. */
export interface Measurement {
  readonly phase: string;
  readonly name: string;
  readonly unit: string;
  readonly min?: number;
  readonly max?: number;
  readonly marginal?: number;
}

type Bound = number | undefined;
type Row = readonly [name: string, unit: string, min?: Bound, max?: Bound, marginal?: number];

const NONE = undefined;

/** In the order in which they run; the last may restart a board. Limits are of what the firmware needs, not of what a good board has. */
const PHASES: { readonly [phase: string]: readonly Row[] } = {
  memory: [
    ["free", "variables", 1500, NONE, 500],
    ["pause", "ms", NONE, 10, 3],
  ],
  crypto: [
    ["SHA-256", "right", 1, 1],
    ["PBKDF2", "right", 1, 1],
    ["CRC-32", "right", 1, 1],
    ["time of a PRF", "ms", NONE, 200, 100],
  ],
  entropy: [
    ["changes", "of 128", 120, NONE, 4],
    ["ones", "%", 45, 55, 2],
  ],
  "flash-page": [
    ["erase", "ms", NONE, 500, 200],
    ["write", "ms", NONE, 500, 200],
    ["kept", "bytes", 4096, 4096],
    ["erased", "bytes", 4096, 4096],
  ],
  led: [["levels right", "%", 100, 100]],
  button: [["held", "1", 0, 0]],
  loopback: [["levels right", "%", 100, 100]],
  light: [
    ["dark", "%", NONE, 70, 20],
    ["ripple", "%", NONE, 10, 5],
    ["noise", "%", NONE, 5, 2],
    ["rise by its own LEDs", "%", -5, NONE, 7],
  ],
  temperature: [["chip", "C", -20, 85, 15]],
  wifi: [
    ["networks", "1", 1],
    ["loudest", "dBm", -85, NONE, 10],
  ],
  http: [
    ["join", "ms", NONE, 20000, 10000],
    ["round trip", "ms", NONE, 5000, 3000],
  ],
  "sampler-interval": samplerRows(25),
  "sampler-timer": samplerRows(15),
  "sampler-edges": [
    ["edges", "of 14", 14, 14],
    // A quarter of a unit interval of burst at 1,000.
    ["jitter", "us", NONE, 250, 100],
  ],
  "sampler-waveform": samplerRows(15),
};

/** Run by the bench itself: what a board cannot know alone. */
const BENCH_PHASES: typeof PHASES = {
  clock: [
    ["rate error", "%", -0.5, 0.5, 0.25],
    ["answer", "ms"],
  ],
};

/** Jitter in per cent of a period: what the receiver bears. */
function samplerRows(maxJitter: number): readonly Row[] {
  return [
    ["rate", "Hz"],
    ["rate error", "%", -1, 1, 0.5],
    ["jitter", "%", NONE, maxJitter, 5],
    ["worst tick", "%"],
  ];
}

/** Those that run on a board. */
export const PHASE_NAMES: readonly string[] = Object.keys(PHASES);

/** Phases that a DUT at the line cannot run: its one socket is the server's, and its network the factory's. */
export const NOT_AT_THE_LINE: readonly string[] = ["http"];

export const phaseFile = (phase: string): string =>
  fileURLToPath(new URL(`../../firmware/selftest/${phase}.ts`, import.meta.url));

export const measurementsOf = (phase: string): Measurement[] =>
  (PHASES[phase] ?? BENCH_PHASES[phase] ?? []).map(([name, unit, min, max, marginal]) => ({
    phase,
    name,
    unit,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(marginal !== undefined && { marginal }),
  }));

export type Pair = readonly [string, string];

/** The built-in phases' options of a board. @throws UserError BOARD_PIN for a pair of pins that it has not */
export function selfTestOptions(
  board: Board,
  asked: Partial<Omit<SelfTestOptions, "sparePage" | "loopback">> & { readonly loopback?: readonly Pair[] },
): SelfTestOptions {
  const { loopback = [], press = false, ssid = "", password = "", url = "" } = asked;
  return {
    sparePage: sparePageOf(board),
    loopback: loopback.map((pair) => gpiosOf(board, pair)),
    press,
    ssid,
    password,
    url,
  };
}

/** The last page that Espruino leaves to programs, unless the board's file gives it to the stages. */
function sparePageOf({ chip, flash }: Board): number {
  const { address, bytes, pageBytes } = chip.rawFlash;
  const page = Number(address) + bytes - pageBytes;
  const isTaken = ({ address, bytes }: Region) => page < Number(address) + bytes && page >= Number(address);
  return isTaken(flash.settings) || isTaken(flash.identity) ? -1 : page;
}

function gpiosOf({ name, pins, chip }: Board, pair: Pair): readonly [number, number] {
  const [out, into] = pair.map((pin) => pins[pin]);
  const fault = (why: string) => new UserError("BOARD_PIN", `${name} cannot loop ${pair.join(" to ")}: ${why}.`);
  if (out === undefined || into === undefined) throw fault(`its pins are ${Object.keys(pins).join(", ")}`);
  if (out === into) throw fault("they are one pin");
  if (chip.inputOnly.includes(out)) throw fault(`${pair[0]} drives nothing, exchange them`);
  return [out, into];
}
