// SPDX-License-Identifier: Apache-2.0
// Runs a target so many times: each run has its chance from seed, target and number alone, so any of them can be run again.
import { Chance } from "./chance.js";
import type { Bench, Target } from "./target.js";
import { burst } from "./targets/burst.js";
import { conversation } from "./targets/conversation.js";
import { items, results } from "./targets/items.js";
import { json } from "./targets/json.js";
import { message } from "./targets/message.js";
import { packet } from "./targets/packet.js";
import { record } from "./targets/record.js";

export const TARGETS: readonly Target[] = [packet, burst, record, message, items, results, json, conversation];

/** The first runs fill caches: what grows behind them is a leak. */
const WARM_UP_RUNS = 2000;
const PROGRESS_RUNS = 1000;

export interface Stretch {
  readonly seed: number;
  readonly first: number;
  readonly runs: number;
}

export interface Outcome {
  readonly target: string;
  readonly runs: number;
  readonly accepted: number;
  readonly seconds: number;
  /** Of the heap in bytes, from the end of the warm-up to the end; 0 where nothing ran behind it. */
  readonly growth: number;
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly run: number;
  readonly why: string;
  /** Hex. */
  readonly input: string;
}

export const findTarget = (name: string): Target | undefined => TARGETS.find((target) => target.name === name);

/** `progress` hears of the run that is next. */
export async function runTarget(
  target: Target,
  { seed, first, runs }: Stretch,
  progress: (run: number) => void = () => undefined,
): Promise<Outcome> {
  const { name, batch } = target;
  const end = first + runs;
  const started = process.hrtime.bigint();
  let [accepted, done, heap] = [0, 0, 0];
  let failure: Failure | undefined;
  // What a batch has done so far is part of each of its runs.
  let run = batch ? first - (first % batch) : first;
  while (run < end && !failure) {
    const bench = await target.open(seed, batch ? run / batch : 0);
    const stop = batch ? Math.min(end, run + batch) : end;
    for (; run < stop && !failure; run++) {
      if (run % PROGRESS_RUNS === 0) progress(run);
      const input = bench.input(new Chance(seed, name, run));
      try {
        const taken = bench.run(input);
        if ((typeof taken === "boolean" ? taken : await taken) && run >= first) accepted++;
      } catch (error) {
        failure = { run, why: whyOf(error), input: Buffer.from(input).toString("hex") };
      }
      if (run >= first) done++;
      if (done === WARM_UP_RUNS) heap = heapBytes();
    }
    failure ??= await closeFailure(bench, run);
  }
  const growth = heap ? heapBytes() - heap : 0;
  return {
    target: name,
    runs: done,
    accepted,
    seconds: Number(process.hrtime.bigint() - started) / 1e9,
    growth,
    failure,
  };
}

/** What only the end of a batch shows. */
async function closeFailure(bench: Bench, run: number): Promise<Failure | undefined> {
  try {
    await bench.close?.();
    return undefined;
  } catch (error) {
    return { run: run - 1, why: `at the end of its batch: ${whyOf(error)}`, input: "" };
  }
}

const whyOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

/** The line that runs exactly this again. */
export const rerunLine = (target: string, seed: number, first: number, runs = 1): string =>
  `npm run fuzz -- --target ${target} --seed ${seed} --first ${first} --runs ${runs}`;
