// SPDX-License-Identifier: Apache-2.0
// One request at a time over the http module, which has no timeout and throws when refused.
import { ErrorCode } from "../error.js";
import type { HttpClient } from "../http-client.js";
import { toText } from "./bytes.js";

/** Ends the open request, whatever still comes from its socket. */
let finish: ((error: ErrorCode) => void) | undefined;

export const httpClient: HttpClient = {
  post(address, body, timeoutMs, done) {
    if (finish) return ErrorCode.Busy;
    let text = "";
    let length = -1;
    const end = (error: ErrorCode) => {
      if (finish !== end) return;
      finish = undefined;
      clearTimeout(deadline);
      done(error, E.toUint8Array(text));
    };
    const deadline = setTimeout(() => end(ErrorCode.Timeout), timeoutMs);
    finish = end;
    const options = url.parse(address);
    options.method = "POST";
    options.headers = { "Content-Type": "application/octet-stream", "Content-Length": body.length };
    try {
      const request = require("http").request(options, (answer) => {
        length = parseInt(answer.headers["content-length"] || answer.headers["Content-Length"] || "-1", 10);
        answer.on("data", (piece) => {
          text += piece;
        });
        answer.on("close", () => {
          // A body that was cut short closes as a whole one does.
          const whole = length < 0 || text.length === length;
          end(answer.statusCode !== "200" ? ErrorCode.Denied : whole ? ErrorCode.Ok : ErrorCode.Unreachable);
        });
      });
      request.on("error", () => end(ErrorCode.Unreachable));
      request.end(toText(body));
    } catch (error) {
      setTimeout(() => end(ErrorCode.Unreachable), 0);
    }
    return ErrorCode.Ok;
  },
  abort() {
    const end = finish;
    if (end) setTimeout(() => end(ErrorCode.Timeout), 0);
  },
};
