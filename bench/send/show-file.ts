// SPDX-License-Identifier: Apache-2.0
// A show as a capture file: symbols for a screen, a comparator's runs for a lamp, or samples of either (test/vectors/README.md).
import type { Show } from "./show.js";
import { needsScreen } from "./show.js";
import { runsUs } from "./runs.js";

interface ShowContent {
  readonly kind: "symbols" | "samples" | "edges";
  readonly [key: string]: unknown;
}

/** Symbols are played so many a second: a slower screen shows each for several. */
const SYMBOL_HZ = 60;
const DARK_BEFORE_S = 0.5;
const DARK_AFTER_S = 1;
const FULL_SCALE = 255;

export function showContent(show: Show, sampleHz: number | undefined): ShowContent {
  const { waveform } = show;
  const head = { waveform, provenance: `lightline send, ${waveform} at ${show.rateHz} a second` };
  if (sampleHz !== undefined) return { kind: "samples", ...head, sampleHz, samplesU8: samplesOf(show, sampleHz) };
  if (needsScreen(waveform)) return { kind: "symbols", ...head, ...symbolsOf(show) };
  return { kind: "edges", ...head, runsUs: runsUs(show, DARK_BEFORE_S * 1e6) };
}

function samplesOf({ drives, rateHz }: Show, sampleHz: number): string {
  const seconds = DARK_BEFORE_S + drives.length / rateHz + DARK_AFTER_S;
  const samples = Uint8Array.from({ length: Math.ceil(seconds * sampleHz) }, (_, i) => {
    const drive = drives[Math.floor((i / sampleHz - DARK_BEFORE_S) * rateHz)] ?? 0;
    return Math.round(drive * FULL_SCALE);
  });
  return Buffer.from(samples).toString("base64");
}

function symbolsOf({ drives, rateHz }: Show): { readonly levels: number[]; readonly symbols: string } {
  const ladder = [...new Set([0, ...drives])].sort((a, b) => a - b);
  const digits = drives.map((drive) => String(ladder.indexOf(drive)).repeat(SYMBOL_HZ / rateHz));
  return {
    levels: ladder.map((drive) => Math.round(drive * FULL_SCALE)),
    symbols: "0".repeat(DARK_BEFORE_S * SYMBOL_HZ) + digits.join(""),
  };
}
