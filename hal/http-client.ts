// SPDX-License-Identifier: Apache-2.0
// One HTTP request at a time: the port has one socket that it can afford.
import type { ErrorCode } from "./error.js";

export interface HttpClient {
  /**
   * Posts bytes (application/octet-stream) to `url`, http only. `done` gets the whole answer, or an error: Unreachable when
   * refused, broken or cut short, Timeout at the caller's deadline, Denied for any status but 200.
   */
  post(
    url: string,
    body: Uint8Array,
    timeoutMs: number,
    done: (error: ErrorCode, answer: Uint8Array) => void,
  ): ErrorCode;
  /** Ends the open request; its `done` follows with Timeout. */
  abort(): void;
}
