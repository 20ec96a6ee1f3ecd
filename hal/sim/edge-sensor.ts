// SPDX-License-Identifier: Apache-2.0
// The comparator over the light channel: its edges through the model of the port's queue.
import type { EdgeSensor } from "../edge-sensor.js";
import { ErrorCode } from "../error.js";
import type { Start } from "./models/chip.js";

const BATCH_RUNS = 32;
const CHECK_US = 50_000;
const SILENCE_US = 1_000_000;

export function openEdgeSensor(start: Start, gpio: number, inverted: boolean): EdgeSensor {
  const { pins } = start;
  let watch = 0;
  let checks = 0;
  const sensor = {
    lost: 0,
    start(onRuns: (runs: Int32Array, count: number) => void) {
      if (watch) return ErrorCode.Busy;
      const runs = new Int32Array(BATCH_RUNS);
      let count = 0;
      let lastUs = start.clockUs;
      let seenUs = lastUs;
      const end = (timeUs: number, lit: boolean): void => {
        runs[count++] = lit === inverted ? lastUs - timeUs : timeUs - lastUs;
        lastUs = timeUs;
      };
      const handOver = (): void => {
        const ended = count;
        count = 0;
        if (pins.takeErrorFlags().includes("FIFO_FULL")) sensor.lost++;
        onRuns(runs, ended);
      };
      const heard = ({ time, state }: { time: number; state: boolean }): void => {
        end(time * 1e6, !state);
        if (count === BATCH_RUNS) handOver();
      };
      watch = pins.watch({ gpio, edge: "both", repeat: true, debounceMs: 0, run: heard });
      checks = start.every(CHECK_US, () => {
        if (lastUs === seenUs && start.clockUs - lastUs > SILENCE_US) end(start.clockUs, pins.read(gpio));
        seenUs = lastUs;
        if (count) handOver();
      });
      return ErrorCode.Ok;
    },
    stop() {
      if (!watch) return;
      pins.unwatch(watch);
      start.cancel(checks);
      watch = 0;
    },
  };
  return sensor;
}
