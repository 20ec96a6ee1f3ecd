// SPDX-License-Identifier: Apache-2.0
// Pictures of light in SVG that stretches to its place; words stand beside in HTML, so that they stay readable on a phone.
import type { Boundary, Level, LightReport } from "./light-report.js";
import type { Trace } from "./light-trace.js";
import type { FrameSeen } from "../watch/seen-frames.js";

const FULL_SCALE = 255;
/** Of the height, between two tags. */
const TAG_DISTANCE = 8;
const TICKS = 5;

/** From the top, in percent. */
const topOf = (value: number): number => 100 * (1 - value / FULL_SCALE);
const yOf = (value: number): number => FULL_SCALE - value;
const shareOf = (s: number, { fromS, toS }: Trace): number => (100 * (s - fromS)) / (toS - fromS);

/** All of it, frames as bands. */
export function overviewChart(trace: Trace, frames: readonly FrameSeen[]): string {
  const within = frames.map((frame) => ({
    frame,
    from: clamp(shareOf(frame.startS, trace)),
    to: clamp(shareOf(frame.endS, trace)),
  }));
  const width = trace.least.length;
  const bands = within.map(
    ({ frame, from, to }) =>
      `<rect class="frame${frame.ended === "complete" ? "" : " bad"}" x="${(from * width) / 100}" y="0" width="${((to - from) * width) / 100}" height="${FULL_SCALE}"/>`,
  );
  const tags = within.map(
    ({ frame, from }) =>
      `<span class="tag band" style="left:${from.toFixed(2)}%">${frame.waveform}, ${frame.ended}</span>`,
  );
  return `<div class="scroll"><div><div class="plot">${svg(
    width,
    "The whole light over time",
    bands.join("") + rules(width) + `<path class="trace" d="${bandPath(trace)}"/>`,
  )}${tags.slice(0, 1).join("")}</div>${axis(trace)}</div></div>`;
}

/** Preamble and start; beside it the levels that were found, and how often each value came. */
export function closeUpChart({ closeUp, levels, boundaries, histogram, frames }: LightReport): string {
  if (!closeUp?.least.length) return "";
  const width = closeUp.least.length;
  const lines = [
    ...levels.map(({ value }) => line("level", value, width)),
    ...boundaries.map(({ value }) => line("boundary", value, width)),
  ];
  const content = `${rules(width)}${lines.join("")}<path class="wave" d="${wavePath(closeUp)}"/>`;
  const tags = spread([...levels.map(levelTag), ...boundaries.map(boundaryTag)]);
  const start = frames[0] ? startLine(closeUp, frames[0]) : "";
  const plot = `<div class="plot">${svg(width, "Preamble and start of the light", content)}${start}</div>${axis(closeUp)}`;
  if (!histogram) return plot;
  return `<div class="close">
<div>${plot}</div>
<div class="plot">${tags.map(({ top, text }) => `<span class="tag" style="top:${top.toFixed(1)}%">${text}</span>`).join("")}</div>
<div><div class="plot">${histogramBars(histogram, levels)}</div><div class="axis"><span>how often</span></div></div>
</div>`;
}

/** Of edges: runs by their length, which should stand on whole symbols. */
export function runLengthChart({ runLengths }: LightReport): string {
  if (!runLengths) return "";
  const { counts, partsOfSymbol } = runLengths;
  const most = Math.sqrt(Math.max(1, ...counts));
  const bars = counts.map((count, i) => {
    const height = (FULL_SCALE * Math.sqrt(count)) / most;
    return `<rect class="bar" x="${i + 0.1}" y="${(FULL_SCALE - height).toFixed(1)}" width="0.8" height="${height.toFixed(1)}"/>`;
  });
  const symbols = Array.from({ length: counts.length / partsOfSymbol }, (_, i) => i);
  const ticks = symbols.map((i) => `<span>${i} ${i === 1 ? "symbol" : "symbols"}</span>`).join("");
  const lines = symbols.map(
    (i) => `<line class="level" x1="${i * partsOfSymbol}" x2="${i * partsOfSymbol}" y1="0" y2="${FULL_SCALE}"/>`,
  );
  return `<div class="plot">${svg(counts.length, "How many runs are how long", lines.join("") + bars.join(""))}</div><div class="axis even">${ticks}</div>`;
}

const startLine = (trace: Trace, { startS, waveform }: FrameSeen): string =>
  `<span class="start" style="left:${clamp(shareOf(startS, trace)).toFixed(2)}%">${START_WORDS[waveform]}</span>`;

/** What was read when a frame began. */
const START_WORDS = {
  "bi-level": "start byte",
  "tri-level": "start byte",
  burst: "start word",
  ternary: "start word",
};

interface Tag {
  readonly top: number;
  readonly text: string;
}

const levelTag = ({ name, value }: Level): Tag => ({ top: topOf(value), text: `<b>${name}</b> ${value}` });
const boundaryTag = ({ value, marginDb }: Boundary): Tag => ({ top: topOf(value), text: `${value}, ${marginDb} dB` });

/** Downwards each tag keeps its distance from the one above; then, where that went too far, upwards from the end. */
function spread(tags: readonly Tag[]): Tag[] {
  const sorted = [...tags].sort((a, b) => a.top - b.top);
  let least = 0;
  const down = sorted.map(({ top, text }) => {
    const placed = Math.max(least, top);
    least = placed + TAG_DISTANCE;
    return { top: placed, text };
  });
  let most = 100;
  return down.reverse().map(({ top, text }) => {
    const placed = Math.min(most, top);
    most = placed - TAG_DISTANCE;
    return { top: placed, text };
  });
}

function histogramBars(histogram: readonly number[], levels: readonly Level[]): string {
  // A level that stays takes nearly all samples: by the root, the rarer ones are seen beside it.
  const most = Math.sqrt(Math.max(1, ...histogram));
  const bars = histogram.map((count, value) =>
    count
      ? `<rect class="bar" x="0" y="${yOf(value) - 0.5}" width="${((100 * Math.sqrt(count)) / most).toFixed(1)}" height="1.15"/>`
      : "",
  );
  return svg(
    100,
    "How often each value was seen",
    rules(100) + bars.join("") + levels.map(({ value }) => line("level", value, 100)).join(""),
  );
}

function svg(width: number, label: string, content: string): string {
  return `<svg viewBox="0 0 ${width} ${FULL_SCALE}" preserveAspectRatio="none" role="img" aria-label="${label}">${content}</svg>`;
}

const line = (style: string, value: number, width: number): string =>
  `<line class="${style}" x1="0" x2="${width}" y1="${yOf(value)}" y2="${yOf(value)}"/>`;

const rules = (width: number): string => [0, 64, 128, 191, 255].map((value) => line("rule", value, width)).join("");

/** Out along the greatest, back along the least. */
function bandPath({ least, greatest }: Trace): string {
  const out = greatest.map((value, x) => `${x} ${yOf(value)}`);
  const back = least.map((value, x) => `${x} ${yOf(value)}`).reverse();
  return `M${[...out, ...back].join("L")}Z`;
}

function wavePath({ least, greatest }: Trace): string {
  const points = greatest.flatMap((value, x) => {
    const other = least[x] as number;
    return value === other ? [`${x} ${yOf(value)}`] : [`${x} ${yOf(value)}`, `${x} ${yOf(other)}`];
  });
  return `M${points.join("L")}`;
}

function axis({ fromS, toS }: Trace): string {
  const digits = toS - fromS < 2 ? 3 : 1;
  const ticks = Array.from({ length: TICKS }, (_, i) => fromS + ((toS - fromS) * i) / (TICKS - 1));
  return `<div class="axis">${ticks.map((s) => `<span>${s.toFixed(digits)} s</span>`).join("")}</div>`;
}

const clamp = (percent: number): number => Math.min(100, Math.max(0, percent));
