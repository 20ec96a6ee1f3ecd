// SPDX-License-Identifier: Apache-2.0
// How steady a sampler's ticks come: their true rate, and how far each is from a clock of that rate.
import { board } from "lightline:board";
import type { Test } from "../device/self-test.js";

const USUAL_HZ = 600;

/** What the board's receiver asks for. */
export const sampleHz = board.light.sampleHz || USUAL_HZ;

/** Reads the light as the receiver does, so that a tick takes as long. */
export function readLight(): void {
  const pin = new Pin(board.light.pin);
  if (board.light.sampleHz) analogRead(pin);
  else pin.read();
}

/** `times` in seconds, so many samples apart; the first is left out, since a start takes as long as it likes. */
export function measurePace(test: Test, times: Float64Array, samplesApart: number): void {
  const count = times.length - 1;
  const from = times[1]!;
  const period = (times[count]! - from) / (count - 1);
  let squares = 0;
  let worst = 0;
  for (let i = 0; i < count; i++) {
    const off = times[i + 1]! - from - i * period;
    squares += off * off;
    worst = Math.max(worst, Math.abs(off));
  }
  const hz = samplesApart / period;
  test.measure("rate", hz);
  test.measure("rate error", (hz / sampleHz - 1) * 100);
  test.measure("jitter", (Math.sqrt(squares / count) / period) * 100);
  test.measure("worst tick", (worst / period) * 100);
}
