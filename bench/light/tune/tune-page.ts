// SPDX-License-Identifier: Apache-2.0
// A report on light as one page that needs nothing else: no script, no network.
import type { Advice, Topic } from "./advice.js";
import { BRIGHT_LEAST, BRIGHT_MOST, THIN_DB } from "./advice.js";
import type { LightReport } from "./light-report.js";
import type { FrameSeen } from "../watch/seen-frames.js";
import { closeUpChart, overviewChart, runLengthChart } from "./tune-charts.js";
import { TUNE_STYLE } from "./tune-style.js";

/** By this a page is known for one of ours. */
export const GENERATOR = "lightline tune";

export function tunePage(name: string, report: LightReport): string {
  const { grade, words } = verdictOn(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="${GENERATOR}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${words}: ${escape(name)}</title>
<style>${TUNE_STYLE}</style>
</head>
<body>
<main>
<p class="over">Lightline tune</p>
<h1 class="${grade}"><span class="lamp" aria-hidden="true"></span>${words}</h1>
<p class="under">${escape(subtitle(name, report))}</p>
<ul class="todo">${report.advice.map(adviceItem).join("")}</ul>
${section("At a glance", cards(report))}
${report.trace ? section("The light", `<div class="chart">${overviewChart(report.trace, report.frames)}</div>`) : ""}
${report.closeUp ? section(closeUpTitle(report), `<div class="chart">${closeUpChart(report)}</div>`) : ""}
${report.runLengths ? section("Lengths of runs", `<div class="chart">${runLengthChart(report)}</div>`) : ""}
${report.frames.length ? section("Frames", frameTable(report)) : ""}
<footer>The numbers are those of <code>lightline tune --json</code>. The pictures are the light itself: who has this page may read from
them what was sent.</footer>
</main>
</body>
</html>
`;
}

type Grade = "good" | "fair" | "bad";

function verdictOn({ frames, advice, levels, kind }: LightReport): { grade: Grade; words: string } {
  const isComplete = frames[0]?.ended === "complete";
  const isFine = !advice.some(({ topic }) => topic !== "frames");
  if (isComplete && isFine) return { grade: "good", words: "Good light" };
  if (isComplete) return { grade: "fair", words: "It comes through, and could be better" };
  if (frames.length) return { grade: "bad", words: "A frame was seen, and not taken" };
  return { grade: "bad", words: kind === "samples" && !levels.length ? "No light" : "Light, and no frame in it" };
}

function subtitle(name: string, { seconds, measuredSeconds, sampleHz, frames, timing }: LightReport): string {
  const [frame] = frames;
  const rate = timing?.symbolHz ?? frame?.symbolHz;
  return [
    name,
    `${seconds} s`,
    ...(measuredSeconds < seconds ? [`the first ${measuredSeconds} s measured`] : []),
    ...(sampleHz ? [`${sampleHz} samples a second`] : ["edges"]),
    ...(frame ? [`${frame.waveform}${rate ? ` at ${rate} symbols a second` : ""}, ${frame.polarity}`] : []),
  ].join(" · ");
}

const TOPICS: Readonly<Record<Topic, string>> = {
  frames: "Frames",
  resistor: "Gain resistor",
  room: "Room light",
  lamps: "Lamps",
  distance: "Distance",
  sender: "Sender",
  sampling: "Sampling rate",
};

const adviceItem = ({ topic, text }: Advice): string => `<li><b>${TOPICS[topic]}</b>${escape(text)}</li>`;

const section = (title: string, content: string): string => `<section><h2>${title}</h2>${content}</section>`;

const closeUpTitle = ({ frames }: LightReport): string =>
  frames.length ? "Preamble and start, close up" : "From the middle, close up";

// Cards.

interface Card {
  readonly name: string;
  readonly value: number | string;
  readonly unit?: string;
  readonly note?: string;
  readonly meter?: string;
}

function cards(report: LightReport): string {
  const all = [brightness, margin, noise, lamps, clipping, clock, samplesPerSymbol].flatMap(
    (card) => card(report) ?? [],
  );
  return `<div class="cards">${all.map(cardHtml).join("")}</div>`;
}

function cardHtml({ name, value, unit, note, meter }: Card): string {
  const small = unit ? `<small>${unit}</small>` : "";
  const under = note ? `<div class="note">${note}</div>` : "";
  return `<div class="card"><div class="name">${name}</div><div class="value">${value}${small}</div>${meter ?? ""}${under}</div>`;
}

function brightness({ levels, swing }: LightReport): Card | undefined {
  if (!swing) return undefined;
  const percents = levels.map(({ percentOfFullScale }) => percentOfFullScale);
  const [dark, bright] = [Math.min(...percents), Math.max(...percents)];
  return {
    name: "Swing",
    value: swing.percentOfFullScale,
    unit: "%",
    meter: meter({ from: dark, to: bright, zone: [BRIGHT_LEAST, BRIGHT_MOST] }),
    note: `of full scale, from ${dark} to ${bright}`,
  };
}

function margin({ marginDb, boundaries }: LightReport): Card | undefined {
  if (marginDb === undefined) return undefined;
  const [a, b] = boundaries.find((boundary) => boundary.marginDb === marginDb)?.between ?? [];
  return {
    name: "Margin",
    value: marginDb,
    unit: "dB",
    meter: meter({ from: 0, to: 2 * marginDb, zone: [2 * THIN_DB, 100] }),
    note: `least between ${a} and ${b}`,
  };
}

const noise = ({ noise: found }: LightReport): Card | undefined =>
  found && { name: "Noise", value: found.percentOfSwing, unit: "%", note: `of the swing; sigma ${found.sigma} of 255` };

function lamps({ ripple, swing }: LightReport): Card | undefined {
  if (!ripple) return swing && { name: "Lamps", value: "none", note: "no flicker found" };
  return { name: "Lamps", value: ripple.percentOfSwing, unit: "%", note: `of the swing, flicker at ${ripple.hz} Hz` };
}

function clipping({ clipping: found, swing }: LightReport): Card | undefined {
  if (!found || !swing) return undefined;
  return {
    name: "Saturated",
    value: found.brightPercent,
    unit: "%",
    note: `of samples; ${found.darkPercent} % at the dark end`,
  };
}

function clock({ timing }: LightReport): Card | undefined {
  if (!timing) return undefined;
  const { symbolHz, jitterPercent, repeatedPercent } = timing;
  const note = `jitter ${jitterPercent} %, shown too long ${repeatedPercent} %`;
  return { name: "Symbols", value: symbolHz, unit: "/s", note };
}

const samplesPerSymbol = ({ samplesPerSymbol: found }: LightReport): Card | undefined =>
  found === undefined ? undefined : { name: "Samples a symbol", value: found, note: "four are needed" };

function meter({ from, to, zone }: { from: number; to: number; zone: readonly [number, number] }): string {
  const span = (style: string, left: number, right: number) =>
    `<i class="${style}" style="left:${clamp(left)}%;width:${Math.max(1, clamp(right) - clamp(left))}%"></i>`;
  return `<div class="meter">${span("zone", ...zone)}${span("from", from, to)}</div>`;
}

const clamp = (percent: number): number => Math.min(100, Math.max(0, percent));

// Frames.

function frameTable({ frames, falseStarts }: LightReport): string {
  const rows = frames.map(
    (frame) =>
      `<tr><td>${frame.waveform}</td><td>${when(frame)}</td><td>${frame.polarity}</td><td>${escape(outcome(frame))}</td></tr>`,
  );
  const more = falseStarts ? `<p class="under">Starts within a frame that were none: ${falseStarts}</p>` : "";
  return `<div class="chart"><table><thead><tr><th>Waveform</th><th>When</th><th>Polarity</th><th>Came to</th></tr></thead><tbody>${rows.join("")}</tbody></table>${more}</div>`;
}

const when = ({ startS, endS }: FrameSeen): string => `${startS} to ${endS} s`;

function outcome({ ended, why, says, correctedBytes, passes }: FrameSeen): string {
  if (!says) return `${ended === "broken off" ? ended : `refused for its ${ended}`}. ${why ?? ""}`;
  const fields = Object.entries(says).map(
    ([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const help = [
    ...(correctedBytes ? [`${correctedBytes} bytes corrected`] : []),
    ...(passes ? [`sum of ${passes} passes`] : []),
  ];
  return [ended, ...help, ...fields].join(", ");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] as string);
