// SPDX-License-Identifier: Apache-2.0
// One frame at one rung: what the receiver, the limit and the peer make of the very same light.
import type { Sent } from "./emission.js";
import { send } from "./emission.js";
import type { EdgeLight, SampledLight } from "./impairments.js";
import { edgesOf, sampleLight } from "./impairments.js";
import { limitOfEdges, limitOfSamples } from "./limit.js";
import { plainEdges, plainSamples } from "./plain-slicer.js";
import { receiveEdges, receiveSamples } from "./receivers.js";
import type { Rung } from "./rungs.js";

/** One seed is one frame, its room and its noise. */
export interface Seeds {
  readonly first: number;
  readonly count: number;
}

/** Frames of the receiver. */
export interface Received {
  readonly seeds: number;
  received: number;
  /** Called complete, and nobody sent them. */
  wrong: number;
}

/** Beside those that the limit and the peer have. */
export interface Tally extends Received {
  limit: number;
  plain: number;
  /** Seeds that the limit has and the receiver has not. */
  readonly missed: number[];
}

export function receive(rung: Rung, { first, count }: Seeds): Received {
  const received: Received = { seeds: count, received: 0, wrong: 0 };
  for (let seed = first; seed < first + count; seed++) judge(trialOf(rung, seed), received);
  return received;
}

export function compare(rung: Rung, { first, count }: Seeds): Tally {
  const tally: Tally = { seeds: count, received: 0, wrong: 0, limit: 0, plain: 0, missed: [] };
  for (let seed = first; seed < first + count; seed++) {
    const trial = trialOf(rung, seed);
    const isReceived = judge(trial, tally);
    const isPossible = trial.limit();
    if (isPossible) tally.limit++;
    if (isPossible && !isReceived) tally.missed.push(seed);
    if (holdsFrame(trial.plain(), trial.sent)) tally.plain++;
  }
  return tally;
}

/** True when the receiver has the frame. */
function judge({ sent, receive }: Trial, into: Received): boolean {
  const entries = receive();
  const isRight = entries !== undefined && Buffer.compare(entries, sent.entries) === 0;
  if (isRight) into.received++;
  else if (entries) into.wrong++;
  return isRight;
}

interface Trial {
  readonly sent: Sent;
  receive(): Uint8Array | undefined;
  limit(): boolean;
  plain(): Uint8Array | undefined;
}

function trialOf({ link, impairments, passes }: Rung, seed: number): Trial {
  const { waveform, rateHz, sensor, sampleHz } = link;
  const sent = send(waveform, rateHz, passes, seed);
  return sensor === "edges"
    ? ofEdges(sent, edgesOf(sent.emission, impairments, seed))
    : ofSamples(sent, sampleLight(sent.emission, impairments, sampleHz, seed));
}

const ofSamples = (sent: Sent, light: SampledLight): Trial => ({
  sent,
  receive: () => receiveSamples(light),
  limit: () => limitOfSamples(sent, light),
  plain: () => plainSamples(sent.waveform, light),
});

const ofEdges = (sent: Sent, light: EdgeLight): Trial => ({
  sent,
  receive: () => receiveEdges(light),
  limit: () => limitOfEdges(sent, light),
  plain: () => plainEdges(sent.waveform, light),
});

/** As kind as the frame's parity would be. */
function holdsFrame(bytes: Uint8Array | undefined, { frame, correctableBytes }: Sent): boolean {
  return bytes !== undefined && frame.filter((byte, i) => byte !== bytes[i]).length <= correctableBytes;
}
