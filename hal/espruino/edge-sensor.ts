// SPDX-License-Identifier: Apache-2.0
// A comparator's edges. The port takes their times in its interrupt, and its queue holds 680 until the program has time for them.
import type { EdgeSensor } from "../edge-sensor.js";
import { ErrorCode } from "../error.js";

const BATCH_RUNS = 32;
const CHECK_MS = 50;
/** Longer than light stands still within a frame: thirty symbols of the slowest one. */
const SILENCE_S = 1;

export function openEdgeSensor(gpio: number, inverted: boolean): EdgeSensor {
  const pin = new Pin(gpio);
  /** Microseconds of the run that ended when the pin fell. */
  const scale = inverted ? -1000000 : 1000000;
  let watch = 0;
  let checks = 0;
  const sensor = {
    lost: 0,
    start(onRuns: (runs: Int32Array, count: number) => void) {
      if (watch) return ErrorCode.Busy;
      const runs = new Int32Array(BATCH_RUNS);
      let count = 0;
      let last = getTime();
      let seen = last;
      const handOver = () => {
        const ended = count;
        count = 0;
        if (E.getErrorFlags().indexOf("FIFO_FULL") >= 0) sensor.lost++;
        onRuns(runs, ended);
      };
      watch = setWatch(
        (edge) => {
          const time = edge.time;
          runs[count++] = (time - last) * (edge.state ? -scale : scale);
          last = time;
          if (count === BATCH_RUNS) handOver();
        },
        pin,
        { repeat: true, edge: "both", debounce: 0 },
      );
      checks = setInterval(() => {
        const now = getTime();
        // The queue comes before timers: an edge that was in it at the last check has been heard.
        if (last === seen && now - last > SILENCE_S) {
          runs[count++] = (now - last) * (pin.read() ? scale : -scale);
          last = now;
        }
        seen = last;
        if (count) handOver();
      }, CHECK_MS);
      return ErrorCode.Ok;
    },
    stop() {
      if (!watch) return;
      clearWatch(watch);
      clearInterval(checks);
      watch = 0;
    },
  };
  return sensor;
}
