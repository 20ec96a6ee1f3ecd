// SPDX-License-Identifier: Apache-2.0
// One device, one seed, one light, one server: the scenario that every lane runs, and the four lists it is compared by.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EntryType, findEntry } from "../../firmware/core/blinkup/entries.js";
import type { Product } from "../../bench/build/product.js";
import { readCapture } from "../../bench/capture-file.js";
import { receiveEntries } from "../../bench/decode.js";
import { MessageType } from "../../firmware/core/protocol/codes.js";
import { Random } from "../../bench/line/random.js";
import type { RunningServer } from "../../server/main.js";
import { startServer } from "../../server/main.js";
import { RecordingProxy } from "./recording-proxy.js";

export const MAC = "30aea4001122";
export const DEVICE_ID = "0000" + MAC;
export const SEED = 7;
export const JOIN_MS = 300;
export const ANALOG = { pinA: 3.3 / 2 / 3.6, pinB: (0.5 + 0.24) / 3.6 };

const VECTORS = new URL("../vectors/blinkup/", import.meta.url).pathname;
export const capture = readCapture(join(VECTORS, "adc-bi-60.json"));
const entries = receiveEntries(capture) as Uint8Array;
const entry = (type: EntryType): string =>
  Buffer.from(findEntry(entries, entries.length, type) as Uint8Array).toString("latin1");
export const ssid = entry(EntryType.Ssid);
export const password = entry(EntryType.Password);

/** What a lane did, in order. */
export interface LaneLists {
  /** Rows of the state table. */
  readonly steps: readonly string[];
  readonly ledPatterns: readonly string[];
  /** kind page offset length digest */
  readonly flash: readonly string[];
  /** path, request and answer in hex; polls left out, for they follow the clock. */
  readonly messages: readonly string[];
}

export interface ScenarioServer {
  /** Where boards reach it. */
  readonly port: number;
  readonly server: RunningServer;
  messages(): string[];
  close(): Promise<void>;
}

const POLL_PATH = `/v1/messages/${MessageType.Poll}`;

/** The real server with a clock that stands and numbers that repeat, knowing this light's token. */
export async function startScenarioServer(product: Product): Promise<ScenarioServer> {
  const dataDir = mkdtempSync(join(tmpdir(), "lightline-lane-"));
  const random = new Random(SEED);
  const server = await startServer({
    dataDir,
    host: "127.0.0.1",
    port: 0,
    random: (bytes) => random.bytes(bytes),
    clock: { now: () => Date.UTC(2026, 0, 1), steady: () => 0, after: () => () => undefined },
  });
  await server.admin.putProduct(product);
  await server.admin.registerToken(product.name, Buffer.from(entry(EntryType.Enrolment), "latin1"));
  const proxy = new RecordingProxy(server.port);
  await proxy.open();
  return {
    port: proxy.port,
    server,
    messages: () =>
      proxy.exchanges
        .filter(({ path }) => path !== POLL_PATH)
        .map(({ path, request, status, answer }) =>
          [path, status, request.toString("hex"), answer.toString("hex")].join(" "),
        ),
    async close() {
      await proxy.close();
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
