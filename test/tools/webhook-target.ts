// SPDX-License-Identifier: Apache-2.0
// A receiver of webhooks on this machine, which answers as a test tells it, or not at all.
import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export class WebhookTarget {
  readonly received: Received[] = [];
  /** Ends with the first message. */
  readonly first: Promise<Received>;
  answer: (reply: ServerResponse, count: number) => void = (reply) => void reply.end("taken");
  private readonly server: Server;
  private arrived: (message: Received) => void = () => undefined;

  private constructor() {
    this.first = new Promise((resolve) => (this.arrived = resolve));
    this.server = createServer((request, reply) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString()));
      request.on("end", () => {
        const message = { headers: request.headers, body };
        this.received.push(message);
        this.arrived(message);
        this.answer(reply, this.received.length);
      });
    });
  }

  static async open(): Promise<WebhookTarget> {
    const target = new WebhookTarget();
    target.server.listen(0, "127.0.0.1");
    await new Promise((resolve) => target.server.once("listening", resolve));
    return target;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  bodies(): { [field: string]: unknown }[] {
    return this.received.map(({ body }) => JSON.parse(body) as { [field: string]: unknown });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
