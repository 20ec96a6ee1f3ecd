// SPDX-License-Identifier: Apache-2.0
// Stands before a server and writes down every message that passes.
import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Exchange {
  readonly path: string;
  readonly request: Buffer;
  readonly status: number;
  readonly answer: Buffer;
}

export class RecordingProxy {
  readonly exchanges: Exchange[] = [];
  private readonly server: Server;

  constructor(private readonly targetPort: number) {
    this.server = createServer((incoming, outgoing) => void this.forward(incoming, outgoing));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await bytesOf(incoming);
    const path = incoming.url ?? "";
    const headers = { "Content-Type": incoming.headers["content-type"] ?? "", "Content-Length": request.length };
    const onward = httpRequest(
      { host: "127.0.0.1", port: this.targetPort, path, method: incoming.method, headers },
      (answer) =>
        void bytesOf(answer).then((body) => {
          const status = answer.statusCode ?? 0;
          this.exchanges.push({ path, request, status, answer: body });
          outgoing.writeHead(status, { "Content-Length": body.length }).end(body);
        }),
    );
    onward.on("error", () => outgoing.destroy());
    onward.end(request);
  }
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
