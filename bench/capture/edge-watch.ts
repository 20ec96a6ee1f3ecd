// SPDX-License-Identifier: Apache-2.0
// Edges from a real board: a program that watches its light pin, and what its lines come to.
import type { Captured } from "./captured.js";
import { capturedEdges } from "./captured.js";
import type { Recording, SensorChoice } from "./recording.js";

/** So many edges wait in the board's memory for a pause; numbers of so many fit the 256 characters that the port sends at once. */
const KEPT_EDGES = 600;
const SAID_EDGES = 24;
const FULL_EDGES = 400;

/**
 * ES5. Edges are timed where they happen and only stored. Few are said at once; many when the light pauses or the store fills. Then a
 * line tells the time, since when the pin is as it is, its level, and whether edges were lost.
 */
const edgeProgram = ({ gpio }: SensorChoice): string => `(function () {
  var pin = new Pin(${gpio}), from = getTime(), last = from, runs = new Int32Array(${KEPT_EDGES}), count = 0, seen = 0, lost = 0;
  var watch = setWatch(function (event) {
    if (count < ${KEPT_EDGES}) runs[count++] = (event.time - last) * (event.state ? -1e6 : 1e6);
    else lost = 1;
    last = event.time;
  }, pin, { edge: "both", repeat: true, debounce: 0 });
  setInterval(function () {
    var at;
    if (count < ${SAID_EDGES} || count === seen || count > ${FULL_EDGES}) {
      for (at = 0; at < count; at += ${SAID_EDGES})
        print("#r " + runs.slice(at, at + ${SAID_EDGES} < count ? at + ${SAID_EDGES} : count).join());
      count = 0;
    }
    seen = count;
    if (E.getErrorFlags().indexOf('FIFO_FULL') >= 0) lost = 1;
    if (!count) print("#t " + ((getTime() - from) * 1e6 | 0) + " " + ((last - from) * 1e6 | 0) + " " + (pin.read() ? 1 : 0) + " " + lost);
  }, 100);
  return watch;
})()`;

const RUNS = /#r (-?\d+(?:,-?\d+)*)$/;
const TIME = /#t (\d+) (\d+) ([01]) ([01])$/;

export class EdgeRecording implements Recording {
  readonly program: string;
  seconds = 0;
  private readonly runs: number[] = [];
  private openUs = 0;
  private overflowed = false;

  constructor(private readonly choice: SensorChoice) {
    this.program = edgeProgram(choice);
  }

  take(line: string): boolean {
    const runs = RUNS.exec(line)?.[1];
    if (runs) this.runs.push(...runs.split(",").map(Number));
    const [, us, lastUs, level, lost] = TIME.exec(line) ?? [];
    if (us === undefined) return runs !== undefined;
    this.seconds = Number(us) / 1e6;
    this.openUs = (Number(us) - Number(lastUs)) * (level === "1" ? 1 : -1);
    this.overflowed = lost === "1";
    return true;
  }

  captured(provenance: string): Captured | undefined {
    if (!this.seconds) return undefined;
    const runs = [...this.runs, this.openUs].filter((us) => us !== 0);
    const { inverted } = this.choice;
    return capturedEdges({ runs: inverted ? runs.map((us) => -us) : runs, overflowed: this.overflowed }, provenance);
  }
}
