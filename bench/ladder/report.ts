// SPDX-License-Identifier: Apache-2.0
// The ladder in words: every rung, then where the receiver stays furthest below the limit.
import type { Result } from "./climb.js";

const WORST = 20;
/** Share of frames by which a rung counts as held. */
const HELD = 0.9;

export function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ rung, seeds, received, wrong, limit, plain }) => [
    rung.link.name,
    rung.impairment,
    String(rung.level),
    percent(received, seeds) + (wrong ? ` (${wrong} false)` : ""),
    percent(limit, seeds),
    percent(plain, seeds),
  ]);
  return format([["waveform/rate", "impairment", "level", "receiver", "limit", "plain slicer"], ...rows]);
}

/** Ladders by the frames that the limit has and the receiver has not, a rung's mean. */
export function shortfallsOf(results: readonly Result[]): string {
  const ladders = laddersOf(results).map(([name, rungs]) => ({ name, rungs, share: shortfall(rungs) }));
  const rows = ladders
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share)
    .slice(0, WORST)
    .map(({ name, rungs, share }) => [
      name,
      `${(100 * share).toFixed(1)} %`,
      heldUpTo(rungs, "received"),
      heldUpTo(rungs, "limit"),
      rungs[0]?.rung.unit ?? "",
    ]);
  return format([["furthest from the limit", "short of it by", "90 % up to", "limit up to", "level is"], ...rows]);
}

/** Rungs of one link and one impairment, by its name. */
export function laddersOf(results: readonly Result[]): [string, Result[]][] {
  const ladders = new Map<string, Result[]>();
  for (const result of results) {
    const name = `${result.rung.link.name}/${result.rung.impairment}`;
    ladders.set(name, [...(ladders.get(name) ?? []), result]);
  }
  return [...ladders];
}

const shortfall = (rungs: readonly Result[]): number =>
  rungs.reduce((sum, { limit, received, seeds }) => sum + Math.max(0, limit - received) / seeds, 0) / rungs.length;

/** The last level of those that hold without a gap. */
function heldUpTo(rungs: readonly Result[], who: "received" | "limit"): string {
  const lost = rungs.findIndex((result) => result[who] < HELD * result.seeds);
  const last = rungs.at(lost < 0 ? -1 : lost - 1);
  return lost === 0 || !last ? "none" : String(last.rung.level);
}

const percent = (count: number, seeds: number): string => `${Math.round((1000 * count) / seeds) / 10} %`;

function format(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows
    .map(
      (row) =>
        row
          .map((cell, i) => cell.padEnd(widths[i] as number))
          .join("  ")
          .trimEnd() + "\n",
    )
    .join("");
}
