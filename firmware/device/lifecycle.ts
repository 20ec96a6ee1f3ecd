// SPDX-License-Identifier: Apache-2.0
// What every stage does: count as steady after a minute, restart by plan, say each step on the console.
import type { Board } from "../../hal/board.js";
import { BootRecord } from "../store/boot-record.js";
import { LogName } from "../store/kinds.js";
import { RecordLog } from "../store/record-log.js";

const STEADY_MS = 60000;
const STAGE_PREFIX = "ll.";

/** Storage name of a stage from its first letter. */
export function stageFile(letter: string): string {
  const names = "receive dut fixture application";
  const at = (" " + names).indexOf(" " + letter);
  return STAGE_PREFIX + names.slice(at).split(" ")[0];
}

export class Lifecycle {
  readonly board: Board;
  readonly identity: RecordLog;
  readonly boot: BootRecord;
  /** Starts in a row that ended before they were steady, this one included. */
  _starts: number;
  /** The timer that calls this start steady. */
  readonly steady: number;

  constructor(board: Board) {
    this.board = board;
    this.identity = new RecordLog(board.identity, board.digest, LogName.Identity);
    this.boot = new BootRecord(this.identity);
    this._starts = this.boot.starts;
    board.system.onUncaught((what) => this.crash(what));
    this.steady = board.timers.after(STEADY_MS, () => {
      this._starts = 0;
      this.joined();
    });
  }

  /** From here on the watchdog may cut a hanging connection: that start will not count as one that failed. */
  joined(): void {
    if (this.boot.starts) this._saveBoot(0, 0);
  }

  /** The same road as after a power cut, with the next stage written down. */
  restart(stage: string): void {
    this._saveBoot(0, stage.charCodeAt(0));
    this.board.system.restart();
  }

  /** One line a step, which the lanes compare and a maker can read: state, event, action. */
  trace(step: string): void {
    this.board.system.print("~" + step);
  }

  /** What no one caught restarts the chip, unplanned: three in a row are recovery. */
  crash(what: string): void {
    this.board.system.print("uncaught: " + what);
    if (this.boot.starts !== this._starts) this._saveBoot(this._starts, 0);
    this.board.system.restart();
  }

  _saveBoot(starts: number, plan: number): void {
    this.boot.starts = starts;
    this.boot.plan = plan;
    this.boot.save();
  }
}
