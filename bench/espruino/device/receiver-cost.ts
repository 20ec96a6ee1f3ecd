// SPDX-License-Identifier: Apache-2.0
// Runs in a real Espruino: what the receiver costs. Prints lines that begin with @ for whoever started it.
import type { Native } from "../../../firmware/core/modem/native.js";
import { Receiver } from "../../../firmware/core/modem/receiver.js";

const BLOCK = 128;

const native: Native = {
  crc32: E.CRC32,
  convolve: E.convolve,
};

function variablesUsed(): number {
  return (global.process as { memory(): { usage: number } }).memory().usage;
}

/** Feeds a file of samples; says microseconds a sample by whether a frame was under way. */
function feedFile(name: string, receiver: Receiver): void {
  const light = E.toUint8Array(require("fs").readFileSync(name));
  const block = new Uint8Array(BLOCK);
  let idleS = 0;
  let idle = 0;
  let busyS = 0;
  let busy = 0;
  let lastS = 0;
  let most = 0;
  let grown = 0;
  let complete = 0;
  for (let at = 0; at + BLOCK <= light.length; at += BLOCK) {
    for (let i = 0; i < BLOCK; i++) block[i] = light[at + i] as number;
    const was = receiver.pulses.sure || receiver.symbols.sure();
    const used = variablesUsed();
    const startS = getTime();
    const status = receiver.feed(block, BLOCK);
    const tookS = getTime() - startS;
    const growth = variablesUsed() - used;
    if (growth > 0) grown += growth;
    if (status === 1) {
      complete++;
      lastS = tookS;
    } else if (was) {
      busyS += tookS;
      busy++;
    } else {
      idleS += tookS;
      idle++;
    }
    if (tookS > most) most = tookS;
  }
  const us = (seconds: number, blocks: number) => (blocks ? (seconds * 1e6) / blocks / BLOCK : 0).toFixed(2);
  print(
    "@" +
      name +
      " hunting " +
      us(idleS, idle) +
      " us, in a frame " +
      us(busyS, busy) +
      " us a sample; last block " +
      (lastS * 1000).toFixed(2) +
      " ms, longest " +
      (most * 1000).toFixed(2) +
      " ms; complete " +
      complete +
      ", variables grown " +
      grown,
  );
}

const before = variablesUsed();
const receiver = new Receiver(600, native);
print("@receiver " + (variablesUsed() - before) + " variables");
const FILES = ["quiet", "ripple", "tri", "bi60", "bi142", "burst60", "burst120", "ternary", "noise"];
for (let i = 0; i < FILES.length; i++) feedFile((FILES[i] as string) + ".u8", receiver);
