// SPDX-License-Identifier: Apache-2.0
// The ladder: each way to send under each impairment, rung by rung from harmless to hopeless.
import type { Waveform } from "./emission.js";
import type { Impairments } from "./impairments.js";
import { UNIMPAIRED } from "./impairments.js";

export type Sensor = "analog" | "edges";

/** A waveform at a rate, as a sensor takes it. */
export interface Link {
  readonly name: string;
  readonly waveform: Waveform;
  readonly rateHz: number;
  readonly sensor: Sensor;
  /** Of an analog sensor. */
  readonly sampleHz: number;
}

export interface Rung {
  /** As `--only` takes it. */
  readonly id: string;
  readonly link: Link;
  readonly impairment: string;
  readonly level: number;
  /** What the level counts. */
  readonly unit: string;
  readonly impairments: Impairments;
  readonly passes: number;
}

const BOARD_HZ = 600;
/** A C3's. */
const SLOW_BOARD_HZ = 400;

const analog = (waveform: Waveform, rateHz: number, sampleHz = BOARD_HZ): Link => ({
  name: `${waveform}/${rateHz}${sampleHz === BOARD_HZ ? "" : `@${sampleHz}`}`,
  waveform,
  rateHz,
  sensor: "analog",
  sampleHz,
});

const edges = (waveform: Waveform, rateHz: number): Link => ({
  name: `${waveform}-edges/${rateHz}`,
  waveform,
  rateHz,
  sensor: "edges",
  sampleHz: 0,
});

export const LINKS: readonly Link[] = [
  ...[15, 20, 30, 60].map((rateHz) => analog("tri-level", rateHz)),
  ...[30, 40, 60, 142].map((rateHz) => analog("bi-level", rateHz)),
  analog("bi-level", 142, 1000),
  analog("tri-level", 60, SLOW_BOARD_HZ),
  analog("burst", 120, SLOW_BOARD_HZ),
  analog("ternary", 60, SLOW_BOARD_HZ),
  ...[60, 120].map((rateHz) => analog("burst", rateHz)),
  ...[60, 120, 1000, 2000].map((rateHz) => edges("burst", rateHz)),
  analog("ternary", 60),
];

interface Impairment {
  readonly name: string;
  /** What its levels count. */
  readonly unit: string;
  readonly sensors: readonly Sensor[];
  readonly waveforms: readonly Waveform[];
  /** Where the waveforms differ too much for one scale, one each. */
  readonly levels: readonly number[] | Readonly<Record<Waveform, readonly number[]>>;
  readonly passes?: number;
  with(level: number, link: Link): Partial<Impairments>;
}

const EVERY: readonly Waveform[] = ["tri-level", "bi-level", "burst", "ternary"];
const SCREENS: readonly Waveform[] = ["tri-level", "ternary"];
const LOOPED: readonly Waveform[] = ["burst"];
const SEEN: readonly Sensor[] = ["analog"];
const TIMED: readonly Sensor[] = ["edges"];
const BOTH: readonly Sensor[] = ["analog", "edges"];

/** Steps of about a decibel; what the limit takes differs by waveform. */
const FAINT = [0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.085, 0.09, 0.1, 0.11, 0.125, 0.14, 0.16, 0.18, 0.2];
const MIDDLE = [0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.11, 0.125, 0.14, 0.16, 0.18, 0.2, 0.23, 0.26];
const STRONG = [0.05, 0.1, 0.13, 0.15, 0.18, 0.2, 0.22, 0.24, 0.26, 0.29, 0.33, 0.37, 0.42, 0.5, 0.6, 0.7];
const NOISE = { "tri-level": FAINT, "bi-level": STRONG, burst: STRONG, ternary: MIDDLE };
const RIPPLE = [0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5];

export const IMPAIRMENTS: readonly Impairment[] = [
  {
    name: "noise",
    unit: "sigma, of the swing",
    sensors: SEEN,
    waveforms: EVERY,
    levels: NOISE,
    with: (noise) => ({ noise }),
  },
  {
    name: "noise-3-passes",
    unit: "sigma, of the swing",
    sensors: SEEN,
    waveforms: LOOPED,
    levels: NOISE,
    passes: 3,
    with: (noise) => ({ noise }),
  },
  {
    name: "ripple-100",
    unit: "peak to peak, of the swing",
    sensors: SEEN,
    waveforms: EVERY,
    levels: RIPPLE,
    with: (ripple) => ({ ripple, mainsHz: 100 }),
  },
  {
    name: "ripple-120",
    unit: "peak to peak, of the swing",
    sensors: SEEN,
    waveforms: EVERY,
    levels: RIPPLE,
    with: (ripple) => ({ ripple, mainsHz: 120 }),
  },
  {
    name: "lamp-100",
    unit: "rectified sine, peak to peak, of the swing",
    sensors: SEEN,
    waveforms: EVERY,
    levels: RIPPLE,
    with: (ripple) => ({ ripple, mainsHz: 100, rippleShape: "rectified" }),
  },
  {
    name: "clock",
    unit: "error, either way",
    sensors: BOTH,
    waveforms: EVERY,
    levels: [0.005, 0.01, 0.02, 0.03, 0.05, 0.08],
    with: (clockError) => ({ clockError }),
  },
  {
    name: "jitter",
    unit: "sigma, of a symbol",
    sensors: BOTH,
    waveforms: EVERY,
    levels: [0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2],
    with: (jitter) => ({ jitter }),
  },
  {
    name: "lost",
    unit: "share of edges",
    sensors: TIMED,
    waveforms: LOOPED,
    levels: [0.001, 0.002, 0.003, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05],
    with: (lostShare) => ({ lostShare, jitter: 0.06 }),
  },
  {
    name: "added",
    unit: "share of runs cut in two",
    sensors: TIMED,
    waveforms: LOOPED,
    levels: [0.001, 0.002, 0.003, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05],
    with: (addedShare) => ({ addedShare, jitter: 0.06 }),
  },
  {
    name: "repeats",
    unit: "share of frames shown twice",
    sensors: SEEN,
    waveforms: SCREENS,
    levels: [0.01, 0.03, 0.1, 0.2, 0.3, 0.5],
    with: (repeatedShare) => ({ repeatedShare }),
  },
  {
    name: "panel",
    unit: "time constant, of a symbol",
    sensors: BOTH,
    waveforms: EVERY,
    levels: [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5],
    with: (part, { rateHz }) => ({ panelMs: (part * 1000) / rateHz }),
  },
  {
    name: "gain",
    unit: "times; 1.67 clips white, 2.1 grey of 0.75",
    sensors: SEEN,
    waveforms: EVERY,
    levels: [0.1, 0.2, 1.5, 1.7, 1.8, 1.9, 2, 3, 5, 8],
    with: (gain) => ({ gain }),
  },
  {
    name: "step",
    unit: "of the swing, once",
    sensors: SEEN,
    waveforms: EVERY,
    levels: [0.05, 0.1, 0.2, 0.3, 0.5, 0.8],
    with: (ambientStep) => ({ ambientStep }),
  },
  {
    name: "drift",
    unit: "amplitude at 0.25 Hz, of the swing",
    sensors: SEEN,
    waveforms: EVERY,
    levels: [0.05, 0.1, 0.15, 0.2, 0.3, 0.5],
    // So that the dark does not leave the converter's range.
    with: (drift) => ({ drift, ambient: 0.25, swing: 0.45 }),
  },
  {
    name: "inverted",
    unit: "with noise of this sigma, of the swing",
    sensors: SEEN,
    waveforms: EVERY,
    levels: [0.02, 0.05],
    with: (noise) => ({ inverted: true, noise }),
  },
  {
    name: "inverted",
    unit: "with jitter of this sigma, of a symbol",
    sensors: TIMED,
    waveforms: LOOPED,
    levels: [0.01, 0.06],
    with: (jitter) => ({ inverted: true, jitter }),
  },
  {
    name: "mid-frame",
    unit: "switched on in the first of two passes, noise of this sigma",
    sensors: SEEN,
    waveforms: LOOPED,
    levels: [0.02, 0.1, 0.2],
    passes: 2,
    with: (noise) => ({ startsMidFrame: true, noise }),
  },
  {
    name: "mid-frame",
    unit: "switched on in the first of two passes, jitter of this sigma",
    sensors: TIMED,
    waveforms: LOOPED,
    levels: [0.01, 0.06],
    passes: 2,
    with: (jitter) => ({ startsMidFrame: true, jitter }),
  },
];

export const RUNGS: readonly Rung[] = LINKS.flatMap((link) =>
  IMPAIRMENTS.filter(
    ({ sensors, waveforms }) => sensors.includes(link.sensor) && waveforms.includes(link.waveform),
  ).flatMap((impairment) => rungsOf(link, impairment)),
);

function rungsOf(link: Link, impairment: Impairment): Rung[] {
  const { levels, passes = 1 } = impairment;
  const scale = "burst" in levels ? levels[link.waveform] : levels;
  return scale.map((level) => ({
    id: `${link.name}/${impairment.name}/${level}`,
    link,
    impairment: impairment.name,
    level,
    unit: impairment.unit,
    impairments: { ...UNIMPAIRED, ...impairment.with(level, link) },
    passes,
  }));
}

/** All rungs below a place in the ladder: "bi-level", "bi-level/60", "bi-level/60/noise", "bi-level/60/noise/0.2". */
export const rungsBelow = (place: string): Rung[] => RUNGS.filter(({ id }) => `${id}/`.startsWith(`${place}/`));
