// SPDX-License-Identifier: Apache-2.0
// HTTP from virtual boards to real servers: names are virtual, requests are real, faults are at hand.
import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { VirtualClock } from "./virtual-clock.js";

/** Espruino's codes for what may go wrong. */
export const CONNECTION_CLOSED = -15;

export interface HttpMessage {
  readonly path: string;
  readonly request: Buffer;
  /** Empty when none came. */
  readonly answer: Buffer;
  /** 0 when none came. */
  readonly status: number;
}

export interface HttpEvents {
  /** Status as the first line gave it; NaN when it was no HTTP. */
  answered(status: string | number, headers: { readonly [name: string]: string }): void;
  data(piece: Buffer): void;
  /** The answer has ended, whole or not. */
  closed(): void;
  failed(code: number): void;
}

/** What may happen to one request. Refusal is found out at once, as on the port. */
export type NetworkFault = "refuse" | "reset" | "truncate" | "garbage" | "hang";

/** Thrown for what the port finds out at once: nobody listens, or nobody has the name. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

export class Network {
  /** "name:port" to the server behind it. */
  readonly hosts = new Map<string, { readonly port: number; up: boolean }>();
  /** Asked before each request; nothing happens to it when there is no answer. */
  fault: ((path: string) => NetworkFault | undefined) | undefined;
  /** True for a request to a host that swallows the attempt to connect. */
  hangs: (path: string) => boolean = () => false;
  onMessage: ((message: HttpMessage) => void) | undefined;
  private open = 0;
  private waiting = 0;
  private release: (() => void) | undefined;

  constructor(protected readonly clock: VirtualClock) {}

  /** A server in this process tells when it holds a request back (+1) until the clock or an event says so, and when not (-1). */
  parked(delta: number): void {
    this.waiting += delta;
    this.pace();
  }

  /** Something begins (+1) or ends (-1) behind a server that takes real time. */
  working(delta: 1 | -1): void {
    this.count(delta);
  }

  /** @throws NetworkError when the name is unknown or nobody listens */
  post(host: string, port: number, path: string, body: Buffer, headers: object, events: HttpEvents): void {
    const server = this.hosts.get(`${host}:${port}`);
    if (!server) throw new NetworkError("Unable to locate host");
    const fault = this.fault?.(path);
    if (!server.up || fault === "refuse") throw new NetworkError("Unable to create socket");
    if (fault === "hang") return;
    this.count(1);
    const request = httpRequest(
      { host: "127.0.0.1", port: server.port, path, method: "POST", headers: { ...headers }, agent: false },
      (answer) => this.receive(answer, path, body, fault, events),
    );
    this.watch(request, path, body, events);
    request.end(body);
  }

  private watch(request: ClientRequest, path: string, body: Buffer, events: HttpEvents): void {
    request.on("error", () => {
      this.count(-1);
      this.onMessage?.({ path, request: body, answer: Buffer.alloc(0), status: 0 });
      events.failed(CONNECTION_CLOSED);
    });
  }

  private receive(
    answer: IncomingMessage,
    path: string,
    request: Buffer,
    fault: NetworkFault | undefined,
    events: HttpEvents,
  ): void {
    const pieces: Buffer[] = [];
    answer.on("data", (piece: Buffer) => pieces.push(piece));
    answer.on("end", () => {
      const whole = Buffer.concat(pieces);
      const status = answer.statusCode ?? 0;
      this.count(-1);
      this.onMessage?.({ path, request, answer: whole, status });
      if (fault === "reset") {
        events.failed(CONNECTION_CLOSED);
        return;
      }
      const headers = answer.headers as { readonly [name: string]: string };
      events.answered(fault === "garbage" ? NaN : String(status), headers);
      const shown = fault === "truncate" ? whole.subarray(0, whole.length >> 1) : whole;
      if (shown.length) events.data(shown);
      events.closed();
    });
  }

  /** A request begins (+1) or has ended (-1). */
  protected count(delta: 1 | -1): void {
    this.open += delta;
    this.pace();
  }

  /** What the clock does meanwhile. */
  protected hold(): () => void {
    return this.clock.hold();
  }

  /** Real time while a request is under way that nobody holds back. */
  private pace(): void {
    const busy = this.open > this.waiting;
    if (busy) this.release ??= this.hold();
    else {
      this.release?.();
      this.release = undefined;
    }
  }
}
