// SPDX-License-Identifier: Apache-2.0
// The project's receivers, fed as a board feeds them: blocks of samples, batches of edges. They are told nothing else.
import { DecodeStatus } from "../../firmware/core/modem/decode-status.js";
import { EdgeReceiver } from "../../firmware/core/modem/edge-receiver.js";
import { Receiver } from "../../firmware/core/modem/receiver.js";
import { digest } from "../../hal/sim/digest.js";
import type { EdgeLight, SampledLight } from "./impairments.js";

const BLOCK = 128;
const BATCH = 64;

interface Decoder {
  readonly entries: Uint8Array;
  readonly entriesLength: number;
}

/** The entries of the first complete frame. */
export function receiveSamples({ samples, sampleHz }: SampledLight): Uint8Array | undefined {
  const receiver = new Receiver(sampleHz, digest);
  for (let at = 0; at < samples.length; at += BLOCK) {
    const block = samples.subarray(at, at + BLOCK);
    if (receiver.feed(block, block.length) === DecodeStatus.Complete) return entriesOf(receiver);
  }
  return undefined;
}

export function receiveEdges({ runs }: EdgeLight): Uint8Array | undefined {
  const receiver = new EdgeReceiver(digest);
  for (let at = 0; at < runs.length; at += BATCH) {
    const batch = runs.subarray(at, at + BATCH);
    if (receiver.feed(batch, batch.length) === DecodeStatus.Complete) return entriesOf(receiver);
  }
  return undefined;
}

const entriesOf = ({ entries, entriesLength }: Decoder): Uint8Array => entries.slice(0, entriesLength);
