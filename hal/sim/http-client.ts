// SPDX-License-Identifier: Apache-2.0
// Requests through the network's model to real servers, with the board's own deadline.
import { ErrorCode } from "../error.js";
import type { HttpClient } from "../http-client.js";
import type { Start } from "./models/chip.js";
import type { HttpEvents, Network } from "./models/network.js";
import { NetworkError } from "./models/network.js";
import type { Station } from "./models/radio.js";

type Done = (error: ErrorCode, answer: Uint8Array) => void;

/** One request: its pieces, its deadline, its one end. */
class Exchange implements HttpEvents {
  private readonly pieces: Uint8Array[] = [];
  private readonly deadline: number;
  private status = "";
  private expected = -1;

  constructor(
    private readonly start: Start,
    timeoutMs: number,
    private readonly ended: Done,
  ) {
    this.deadline = start.later(timeoutMs * 1000, () => this.end(ErrorCode.Timeout));
  }

  answered(status: string | number, headers: { readonly [name: string]: string }): void {
    this.status = String(status);
    this.expected = Number(headers["content-length"] ?? -1);
  }

  data(piece: Buffer): void {
    this.pieces.push(piece);
  }

  closed(): void {
    const length = this.pieces.reduce((sum, piece) => sum + piece.length, 0);
    const whole = this.expected < 0 || this.expected === length;
    this.end(this.status !== "200" ? ErrorCode.Denied : whole ? ErrorCode.Ok : ErrorCode.Unreachable);
  }

  failed(): void {
    this.end(ErrorCode.Unreachable);
  }

  end(error: ErrorCode): void {
    this.start.cancel(this.deadline);
    this.start.later(0, () => this.ended(error, new Uint8Array(Buffer.concat(this.pieces))));
  }
}

export function openHttpClient(start: Start, network: Network, station: Station): HttpClient {
  let open: Exchange | undefined;
  return {
    post(address, body, timeoutMs, done) {
      if (open) return ErrorCode.Busy;
      const exchange = new Exchange(start, timeoutMs, (error, answer) => {
        if (open !== exchange) return;
        open = undefined;
        done(error, answer);
      });
      open = exchange;
      const { hostname, port, pathname } = new URL(address);
      const headers = { "Content-Type": "application/octet-stream", "Content-Length": body.length };
      try {
        if (!station.joined) throw new NetworkError("not joined");
        network.post(hostname, Number(port || 80), pathname, Buffer.from(body), headers, exchange);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        exchange.end(ErrorCode.Unreachable);
      }
      return ErrorCode.Ok;
    },
    abort: () => open?.end(ErrorCode.Timeout),
  };
}
