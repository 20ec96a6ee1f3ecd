// SPDX-License-Identifier: Apache-2.0
// What happened to light at each gate of the receiver, in words. Secrets are not in them.
import type { Examined } from "./examine.js";
import type { LightReport } from "../tune/light-report.js";
import type { Counters } from "./probe.js";
import type { FrameSeen } from "./seen-frames.js";

/** For --json: without the pictures. */
export function explanationOf({ probe, report }: Examined): object {
  const pictures: readonly string[] = ["histogram", "trace", "closeUp", "runLengths"] satisfies (keyof LightReport)[];
  const rest = Object.entries(report).filter(([key]) => !pictures.includes(key));
  return { counters: probe.counters, ...Object.fromEntries(rest) };
}

export function explain({ probe, report }: Examined): string[] {
  const rows = [
    ...(report.kind === "samples" ? [sampleRow(probe.counters), levelRow(report)] : []),
    edgeRow(probe.counters),
    startRow(probe.counters, report),
    frameRow(probe.counters),
    ...report.frames.map((frame, i): Row => [`frame ${i + 1}`, describeFrame(frame)]),
    ...report.advice.map(({ text }): Row => ["to do", text]),
  ];
  return rows.filter(([, text]) => text).map(([name, text]) => `  ${name.padEnd(9)} ${text}`);
}

type Row = readonly [string, string];

const sampleRow = ({ samples, blocks, quietBlocks, brightest, darkest }: Counters): Row => [
  "samples",
  `${samples} in ${blocks} blocks, ${quietBlocks} of them quiet; ${brightest} at the bright end, ${darkest} at the dark end`,
];

function levelRow({ levels, noise, marginDb, ripple }: LightReport): Row {
  const said = levels.map(({ name, value }) => `${name} ${value}`);
  if (noise) said.push(`noise ${noise.sigma}`);
  if (marginDb !== undefined) said.push(`margin ${marginDb} dB`);
  if (ripple) said.push(`ripple at ${ripple.hz} Hz, ${ripple.percentOfSwing} % of the swing`);
  return ["levels", said.join(", ")];
}

function edgeRow({ edges, preambles }: Counters): Row {
  const said = Object.entries(edges).flatMap(([kind, count]) =>
    count ? [`${count} ${EDGES[kind as keyof typeof edges]}`] : [],
  );
  return ["edges", said.length ? `${said.join(", ")}; ${preambles} preambles made a clock sure` : ""];
}

const EDGES = { slow: "of slow light", fast: "of fast light", comparator: "of a comparator" };

function startRow({ starts }: Counters, { falseStarts }: LightReport): Row {
  const said = Object.entries(starts).flatMap(([waveform, count]) => (count ? [`${waveform} ${count}`] : []));
  const none = falseStarts ? `; ${falseStarts} of them within another frame, and none` : "";
  return ["starts", (said.join(", ") || "none") + none];
}

function frameRow({ complete, refused, brokenOff, correctedBytes, summedPasses }: Counters): Row {
  const { length, check, field } = refused;
  const gates = `refused ${length} for length, ${check} for check, ${field} for a field; ${brokenOff} broken off`;
  return ["frames", `${complete} complete; ${gates}; ${correctedBytes} bytes corrected, ${summedPasses} passes summed`];
}

function describeFrame({ waveform, symbolHz, polarity, startS, endS, ended, why }: FrameSeen): string {
  const rate = symbolHz ? ` at ${symbolHz} symbols a second` : "";
  const when = endS ? `, ${startS} to ${endS} s` : "";
  const how = ended === "complete" || ended === "broken off" ? ended : `refused for its ${ended}`;
  return `${waveform}${rate}, ${polarity}${when}: ${how}${why ? `. ${why}` : ""}`;
}
