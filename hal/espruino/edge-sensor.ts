// SPDX-License-Identifier: Apache-2.0
// A comparator's edges. The port takes their times in its interrupt; its queue holds 680 until the program has time for them, and what
// the program has no time to read yet waits in a ring, longer than a frame of burst is.
import type { EdgeSensor } from "../edge-sensor.js";
import { ErrorCode } from "../error.js";

/** A power of two. */
const RING_RUNS = 1024;
/** Read at once, so that edges are taken from the queue between. */
const BATCH_RUNS = 32;
const CHECK_MS = 50;
/** Longer than light stands still within a frame: thirty symbols of the slowest one. */
const SILENCE_S = 1;

/** @hot */
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
      const ring = new Int32Array(RING_RUNS);
      /** Runs written and read since the start. */
      let written = 0;
      let read = 0;
      let draining = false;
      let last = getTime();
      let seen = last;
      const drain = () => {
        if (written - read > RING_RUNS) {
          sensor.lost++;
          read = written - RING_RUNS;
        }
        const from = read % RING_RUNS;
        const count = Math.min(written - read, BATCH_RUNS, RING_RUNS - from);
        read += count;
        draining = written > read;
        if (draining) setTimeout(drain, 0);
        if (watch && count) onRuns(ring.subarray(from, from + count), count);
      };
      watch = setWatch(
        (edge) => {
          const time = edge.time;
          ring[written++ % RING_RUNS] = (time - last) * (edge.state ? -scale : scale);
          last = time;
        },
        pin,
        { repeat: true, edge: "both", debounce: 0 },
      );
      checks = setInterval(() => {
        const now = getTime();
        // The queue comes before timers: an edge that was in it at the last check has been heard.
        if (last === seen && now - last > SILENCE_S) {
          ring[written++ % RING_RUNS] = (now - last) * (pin.read() ? scale : -scale);
          last = now;
        }
        seen = last;
        if (E.getErrorFlags().indexOf("FIFO_FULL") >= 0) sensor.lost++;
        if (!draining) drain();
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
