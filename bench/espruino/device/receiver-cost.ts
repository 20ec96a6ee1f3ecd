// SPDX-License-Identifier: Apache-2.0
// Runs in a real Espruino: what the receivers cost there. Prints rows that begin with @ for whoever started it.
import { EdgeReceiver } from "../../../firmware/core/modem/edge-receiver.js";
import type { Native } from "../../../firmware/core/modem/native.js";
import { Receiver } from "../../../firmware/core/modem/receiver.js";

const BLOCK = 128;
const BATCH = 64;
/** Each light is received so often; the quickest pass counts, since a shared machine only ever adds. */
const PASSES = 4;
const FASTEST = 1e9;

const native: Native = { crc32: E.CRC32, convolve: E.convolve };

interface Fed {
  feed(block: unknown, count: number): number;
  /** A frame makes so much sense that nothing else is looked for. */
  isSure(): boolean;
}

class Costs {
  huntS = 0;
  hunted = 0;
  frameS = 0;
  framed = 0;
  lastS = 0;
  complete = 0;
}

function variablesUsed(): number {
  return (global.process as { memory(): { usage: number } }).memory().usage;
}

/** Feeds all of it once, in pieces. */
function passOver(
  fed: Fed,
  light: { length: number; subarray(from: number, to: number): unknown },
  size: number,
): Costs {
  const costs = new Costs();
  for (let at = 0; at + size <= light.length; at += size) {
    const piece = light.subarray(at, at + size);
    const sure = fed.isSure();
    const start = getTime();
    const status = fed.feed(piece, size);
    const took = getTime() - start;
    if (status === 1) {
      costs.complete++;
      costs.lastS = took;
    } else if (sure) {
      costs.frameS += took;
      costs.framed += size;
    } else {
      costs.huntS += took;
      costs.hunted += size;
    }
  }
  return costs;
}

/** name, microseconds a sample or edge hunting and in a frame, ms of the last piece, frames, variables kept by a pass. */
function report(
  name: string,
  fed: Fed,
  light: { length: number; subarray(from: number, to: number): unknown },
  size: number,
): void {
  let hunt = FASTEST;
  let frame = FASTEST;
  let last = FASTEST;
  let complete = 0;
  for (let pass = 0; pass < PASSES; pass++) {
    const costs = passOver(fed, light, size);
    complete += costs.complete;
    if (costs.hunted) hunt = Math.min(hunt, costs.huntS / costs.hunted);
    if (costs.framed) frame = Math.min(frame, costs.frameS / costs.framed);
    if (costs.complete) last = Math.min(last, costs.lastS);
  }
  const before = variablesUsed();
  passOver(fed, light, size);
  const kept = variablesUsed() - before;
  const us = (s: number) => (s === FASTEST ? "-" : (s * 1e6).toFixed(2));
  print(
    ["@cost", name, us(hunt), us(frame), last === FASTEST ? "-" : (last * 1000).toFixed(2), complete, kept].join(" "),
  );
}

function bytesOf(name: string): Uint8Array {
  return E.toUint8Array(require("fs").readFileSync(name));
}

function sampleCosts(names: string): void {
  const before = variablesUsed();
  const receiver = new Receiver(600, native);
  print("@variables samples " + (variablesUsed() - before));
  const fed: Fed = {
    feed: (block, count) => receiver.feed(block as Uint8Array, count),
    isSure: () => receiver.pulses.sure || receiver.symbols.hasSureFrame(),
  };
  const list = names.split(" ");
  for (let i = 0; i < list.length; i++) report(list[i] as string, fed, bytesOf(list[i] + ".bin"), BLOCK);
}

function edgeCosts(names: string): void {
  const before = variablesUsed();
  const receiver = new EdgeReceiver(native);
  print("@variables edges " + (variablesUsed() - before));
  const fed: Fed = {
    feed: (runs, count) => receiver.feed(runs as Int32Array, count),
    isSure: () => receiver.symbols.hasSureFrame(),
  };
  const list = names.split(" ");
  for (let i = 0; i < list.length; i++)
    report(list[i] as string, fed, new Int32Array(bytesOf(list[i] + ".bin").buffer), BATCH);
}

/** What the sampler of hal/espruino does at a tick, a call from a program included, with a native function for the converter's. */
function tickCost(): void {
  const level = Math.abs;
  const ring = new Uint8Array(BLOCK);
  let written = 0;
  const pin = 0.5;
  const scale = 255;
  const zero = 0;
  const tick = () => {
    ring[written++ % BLOCK] = level(pin) * scale + zero;
  };
  let best = FASTEST;
  for (let pass = 0; pass < PASSES; pass++) {
    const start = getTime();
    for (let i = 0; i < 2000; i++) tick();
    best = Math.min(best, (getTime() - start) / 2000);
  }
  print("@tick " + (best * 1e6).toFixed(2));
}

tickCost();
sampleCosts("quiet ripple noise tri-level-60 bi-level-60 bi-level-142 burst-60 burst-120 ternary-60");
edgeCosts("bi-level-142-edges burst-1000-edges burst-2000-edges");
print("@end");
