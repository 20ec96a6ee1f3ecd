// SPDX-License-Identifier: Apache-2.0
// What to do about light, in sentences: the sensor's resistor, lamps, distance, sender, sampling.
import type { LightReport } from "./light-report.js";

export type Topic = "frames" | "resistor" | "room" | "lamps" | "distance" | "sender" | "sampling";

export interface Advice {
  readonly topic: Topic;
  readonly text: string;
  /** Of the next usual value, when the present one is known. */
  readonly suggestedOhm?: number;
}

type Findings = Omit<LightReport, "advice">;

/** Where the brightest level should be, in percent of full scale: room for a brighter day above it. */
const BRIGHT_AIM = 75;
export const BRIGHT_LEAST = 45;
export const BRIGHT_MOST = 92;
const LONGEST_STEP = 10;
/** Samples at the converter's upper end that are no accident, in percent. */
const SATURATED = 1;
const ROOM_MOST = 50;
const RIPPLE_MOST = 10;
export const THIN_DB = 6;
const JITTER_MOST = 8;
const REPEATED_MOST = 5;
const FEWEST_SAMPLES = 3.5;
/** Of white over black, how far grey should stay below white. */
const GREY_GAP = 0.12;
/** The usual sender's grey. */
const GREY = 0.75;
const E12 = [1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2];

/** `resistorOhm`: the sensor's load as it is. */
export function adviceOn(findings: Findings, resistorOhm?: number): Advice[] {
  const advice = [
    onFrames(findings),
    onResistor(findings, resistorOhm),
    onRoom(findings),
    onLamps(findings),
    onDistance(findings),
    ...onSender(findings),
    onSampling(findings),
  ].filter((one) => one !== undefined);
  return advice.length ? advice : [{ topic: "frames", text: "Nothing to do: this is good light." }];
}

function onFrames({ frames, levels, kind }: Findings): Advice | undefined {
  const [best] = frames;
  if (best?.ended === "complete") return undefined;
  if (best)
    return {
      topic: "frames",
      text: `The ${best.waveform} frame did not come through. ${best.why ?? ""} Send it again.`,
    };
  if (kind === "samples" && !levels.length) return undefined;
  const text =
    "The light goes up and down, and no frame begins in it: capture from before the first flash on, and let the sender show all of it.";
  return { topic: "frames", text };
}

function onResistor(findings: Findings, ohm: number | undefined): Advice | undefined {
  const { kind, levels, clipping } = findings;
  if (kind === "edges") return undefined;
  if (!levels.length) return onNoLight(findings);
  const bright = Math.max(...levels.map(({ percentOfFullScale }) => percentOfFullScale));
  if (clipping && clipping.brightPercent > SATURATED) {
    const text = `Too bright: ${clipping.brightPercent} % of the samples are at the converter's upper end. Use a smaller resistor`;
    return suggest(text, BRIGHT_AIM / unclipped(findings), ohm);
  }
  if (bright > BRIGHT_MOST)
    return suggest(
      `The brightest level is at ${bright} % of full scale, close to the end. Use a smaller resistor`,
      BRIGHT_AIM / bright,
      ohm,
    );
  if (bright >= BRIGHT_LEAST) return undefined;
  const text = `Too dark: the brightest level is at ${bright} % of full scale. Use a larger resistor`;
  return suggest(text, Math.min(LONGEST_STEP, BRIGHT_AIM / bright), ohm);
}

function onNoLight({ clipping }: Findings): Advice {
  const isBlind = (clipping?.brightPercent ?? 0) > ROOM_MOST;
  const text = isBlind
    ? "The sensor is saturated by the room alone: shade it, or use a resistor of a third."
    : "No light goes up and down by 3 % of full scale: hold the sender to the sensor at full brightness; if it was there, use a resistor of three times as much.";
  return { topic: "resistor", text };
}

/** What the brightest level would be, in percent, if the converter went on; a guess of twice where nothing tells. */
function unclipped({ levels }: Findings): number {
  const [black, grey] = levels;
  const isGreyWhole = levels.length === 3 && grey && grey.percentOfFullScale < BRIGHT_MOST;
  if (!black || !isGreyWhole) return 2 * BRIGHT_AIM;
  return black.percentOfFullScale + (grey.percentOfFullScale - black.percentOfFullScale) / GREY;
}

function suggest(text: string, factor: number, ohm: number | undefined): Advice {
  if (ohm === undefined)
    return { topic: "resistor", text: `${text}: about ${factor.toFixed(factor < 3 ? 2 : 0)} times the present one.` };
  const suggestedOhm = usualValue(ohm * factor);
  return { topic: "resistor", text: `${text}: ${shownOhm(suggestedOhm)} instead of ${shownOhm(ohm)}.`, suggestedOhm };
}

/** The nearest value of the E12 series, by ratio. */
export function usualValue(ohm: number): number {
  const decade = 10 ** Math.floor(Math.log10(ohm));
  const values = [...E12, 10].map((value) => value * decade);
  const off = (value: number) => Math.abs(Math.log(value / ohm));
  return Number(values.reduce((best, value) => (off(value) < off(best) ? value : best)).toPrecision(2));
}

export const shownOhm = (ohm: number): string =>
  ohm >= 1e6 ? `${ohm / 1e6} Mohm` : ohm >= 1000 ? `${ohm / 1000} kohm` : `${ohm} ohm`;

function onRoom({ levels, swing }: Findings): Advice | undefined {
  const darkest = Math.min(...levels.map(({ percentOfFullScale }) => percentOfFullScale));
  if (!swing || darkest <= ROOM_MOST) return undefined;
  const text = `The room alone takes ${darkest} % of the converter's range: shade the sensor, or hold the sender over it.`;
  return { topic: "room", text };
}

function onLamps({ ripple }: Findings): Advice | undefined {
  if (!ripple || ripple.percentOfSwing < RIPPLE_MOST) return undefined;
  const { hz, percentOfSwing } = ripple;
  const isMains = hz === 100 || hz === 120;
  const what = isMains ? `Lamps on ${hz / 2} Hz mains flicker` : "Something flickers, perhaps a dimmed screen or lamp";
  const todo = isMains ? "Shade the sensor from them" : "Set the screen to full brightness";
  return {
    topic: "lamps",
    text: `${what}, at ${hz} Hz and by ${percentOfSwing} % of the swing. ${todo} if frames are lost.`,
  };
}

function onDistance({ marginDb, noise }: Findings): Advice | undefined {
  if (marginDb === undefined || !noise || marginDb >= THIN_DB) return undefined;
  const text = `The levels are only ${marginDb} dB from the decision between them, noise is ${noise.percentOfSwing} % of the swing: hold the sender closer.`;
  return { topic: "distance", text };
}

function onSender({ timing, levels, ripple }: Findings): Advice[] {
  const advice: Advice[] = [];
  const say = (text: string) => advice.push({ topic: "sender", text });
  // Lamps move edges too.
  if (timing && timing.jitterPercent > JITTER_MOST && !(ripple && ripple.percentOfSwing > RIPPLE_MOST))
    say(
      `The sender's symbols differ in length by ${timing.jitterPercent} %: close what else runs there, or send slower.`,
    );
  if (timing && timing.repeatedPercent > REPEATED_MOST)
    say(
      `The sender showed ${timing.repeatedPercent} % of its symbols for too long. Three levels bear that; bi-level and burst do not.`,
    );
  const [black, grey, white] = levels;
  if (black && grey && white && gapOf(black.value, grey.value, white.value) < GREY_GAP)
    say("Grey is nearly as bright as white: set the screen to full brightness and its contrast to normal.");
  return advice;
}

const gapOf = (black: number, grey: number, white: number): number => (white - grey) / (white - black);

function onSampling({ samplesPerSymbol, sampleHz, frames }: Findings): Advice | undefined {
  if (!sampleHz || samplesPerSymbol === undefined || samplesPerSymbol >= FEWEST_SAMPLES) return undefined;
  if (frames[0]?.ended === "complete") return undefined;
  const text = `The sender is too fast for ${sampleHz} samples a second: its light changes every ${samplesPerSymbol} samples, and four are needed. Send slower, or sample faster.`;
  return { topic: "sampling", text };
}
