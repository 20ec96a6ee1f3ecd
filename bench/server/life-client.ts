// SPDX-License-Identifier: Apache-2.0
// A device and its fixture from outside: one whole life in eight requests over HTTP, each timed.
import { Agent, request } from "node:http";
import { PhaseOutcome } from "../../firmware/core/protocol/codes.js";
import { ResultsWriter } from "../../firmware/core/protocol/results.js";
import type { Reply, TestServer } from "../../test/tools/test-server.js";
import { encodeItems, TestDevice, TestFixture } from "../../test/tools/test-device.js";

export const REQUESTS_A_LIFE = 8;

/** A connection for each message, as Espruino's HTTP client has it; as many at once as there are devices. */
export class HttpClient {
  /** How long each request took. */
  readonly ms: number[] = [];
  private readonly agent: Agent;

  constructor(
    private readonly port: number,
    devices: number,
  ) {
    this.agent = new Agent({ keepAlive: false, maxSockets: devices });
  }

  post(type: number, bytes: Uint8Array): Promise<Reply> {
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/octet-stream", "content-length": bytes.length };
      const path = `/v1/messages/${type}`;
      const asked = request({ agent: this.agent, port: this.port, host: "127.0.0.1", method: "POST", path, headers });
      asked.on("error", reject);
      asked.on("response", (answer) => {
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.on("end", () => {
          this.ms.push(performance.now() - begun);
          resolve({ status: answer.statusCode ?? 0, bytes: new Uint8Array(Buffer.concat(pieces)) });
        });
      });
      asked.end(bytes);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** What hello-sensor's limits take for good. */
export function goodBatch(): Uint8Array {
  const writer = new ResultsWriter();
  for (const [phase, name, value] of [
    ["supply", "supply", 3.3],
    ["sensor", "temperature", 21],
    ["loopback", "levels seen", 2],
  ] as const) {
    writer.measurement(name, value);
    writer.phase(phase, PhaseOutcome.Pass, 1);
  }
  return writer.take();
}

/** Light, hello, results, a line of its script's, bless, acknowledge, proof, and a hello under its own key. */
export async function live(
  client: HttpClient,
  { id, key }: { id: Uint8Array; key: Uint8Array },
  boot: number,
  number: number,
): Promise<void> {
  const server = client as unknown as TestServer;
  const fixture = new TestFixture(server, id, key);
  fixture.boot = boot;
  const device = TestDevice.make(server, number);
  await device.hello(await fixture.light());
  await device.results(goodBatch());
  await device.poll(encodeItems(1, "testing"));
  await device.bless();
  await device.acknowledge();
  await device.prove();
  device.token = new Uint8Array(0);
  await device.hello();
}
