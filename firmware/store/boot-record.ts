// SPDX-License-Identifier: Apache-2.0
// How often this chip has started, how often without lasting, and which stage comes next.
import { getU32, putU32 } from "../core/protocol/bytes.js";
import { IdentityKind } from "./kinds.js";
import type { RecordLog } from "./record-log.js";

const RECORD_BYTES = 6;

export class BootRecord {
  counter: number;
  /** Unplanned starts since the chip last ran for a minute. */
  starts: number;
  /** Stage of a planned restart, by its first letter; 0 for none. */
  plan: number;
  _log: RecordLog;

  constructor(log: RecordLog) {
    const body = log.read(IdentityKind.Boot);
    this._log = log;
    this.counter = body ? getU32(body, 0) : 0;
    this.starts = body ? (body[4] as number) : 0;
    this.plan = body ? (body[5] as number) : 0;
  }

  save(): void {
    const body = new Uint8Array(RECORD_BYTES);
    putU32(body, 0, this.counter);
    body[4] = this.starts;
    body[5] = this.plan;
    this._log.write(IdentityKind.Boot, body);
  }
}
