// SPDX-License-Identifier: Apache-2.0
// Every message of the protocol once, in the order of a life, with a tap on the wire before each request and behind each answer.
import { asciiBytes } from "../../firmware/core/protocol/bytes.js";
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import type { TestDevice } from "../tools/test-device.js";
import { encodeItems } from "../tools/test-device.js";
import type { Peer, TestFixture } from "../tools/test-device.js";
import { PRODUCT } from "../tools/test-server.js";
import { World } from "./world.js";

/** One request and its answer; `scene` names them by the request's type, with a letter where a type has several keys. */
export interface Exchange {
  readonly scene: string;
  readonly peer: Peer;
  /** The key that the peer speaks under. */
  readonly key: Uint8Array;
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

export interface Taps {
  /** The request is made and not yet sent. */
  readonly request?: (world: World, scene: string, peer: Peer, request: Uint8Array) => Promise<void>;
  /** The answer is here and not yet believed. */
  readonly answer?: (world: World, exchange: Exchange) => Promise<void>;
}

interface Cast {
  readonly world: World;
  readonly fixture: TestFixture;
  readonly device: TestDevice;
  readonly failed: TestDevice;
  /** Whether what is sent now is a scene's own message. */
  tapped: boolean;
}

interface Scene {
  readonly name: string;
  readonly peer: (cast: Cast) => Peer;
  readonly act: (cast: Cast) => Promise<unknown>;
}

const byDevice = ({ device }: Cast): Peer => device;
const byFixture = ({ fixture }: Cast): Peer => fixture;
const byFailed = ({ failed }: Cast): Peer => failed;

/** 1 to 13 by the token's device; f a fixture's; k under the device's own key; p with an end user's token too; s after a failed run; x refused. */
const SCENES: readonly Scene[] = [
  { name: "13f", peer: byFixture, act: ({ fixture }) => fixture.poll(encodeItems(1, "ready")) },
  { name: "1", peer: byFixture, act: async ({ fixture, device }) => void (device.token = await fixture.light()) },
  { name: "3", peer: byDevice, act: ({ device }) => device.hello() },
  { name: "5", peer: byDevice, act: ({ device }) => device.results() },
  { name: "13", peer: byDevice, act: ({ device }) => device.poll(encodeItems(1, "hi", { v: 3.3 })) },
  { name: "7", peer: byDevice, act: ({ device }) => device.bless() },
  { name: "9", peer: byDevice, act: ({ device }) => device.acknowledge() },
  { name: "11", peer: byDevice, act: ({ device }) => device.prove() },
  { name: "3x", peer: byFailed, act: helloByStrangeKey },
  { name: "3s", peer: byFailed, act: async (cast) => cast.failed.hello(await quietLight(cast)) },
  { name: "7s", peer: byFailed, act: ({ failed }) => failed.bless(0) },
  { name: "11s", peer: byFailed, act: ({ failed }) => failed.proveFailed() },
  { name: "3p", peer: byDevice, act: helloByProductionToken },
  { name: "3k", peer: byDevice, act: helloByKey },
];

export const SCENE_NAMES: readonly string[] = SCENES.map(({ name }) => name);

/** Light whose message is no scene of its own. */
async function quietLight(cast: Cast): Promise<Uint8Array> {
  cast.tapped = false;
  const token = await cast.fixture.light();
  cast.tapped = true;
  return token;
}

/** With the proof of a key that this server never gave: refused, under the token. */
async function helloByStrangeKey(cast: Cast): Promise<void> {
  const { failed } = cast;
  failed.deviceKey = new Uint8Array(32).fill(9);
  await failed.hello(await quietLight(cast));
  failed.deviceKey = undefined;
}

async function helloByProductionToken({ world, device }: Cast): Promise<void> {
  const token = world.random.bytes(16);
  await world.server.admin.registerToken(PRODUCT.name, token, "production");
  await device.activate(token);
}

async function helloByKey({ device }: Cast): Promise<void> {
  device.token = new Uint8Array(0);
  await device.hello();
}

/** Lives the whole life up to a scene, and with it; the world stays open for whoever asks for it. */
export async function live(seed: number, taps: Taps, last = "3k"): Promise<Cast> {
  const world = await World.open(seed, true);
  const network = new Uint8Array(64);
  const end = putEntry(
    network,
    putEntry(network, 0, EntryType.Ssid, asciiBytes("line")),
    EntryType.Password,
    asciiBytes("password1"),
  );
  await world.server.admin.setFactoryNetwork(PRODUCT.name, network.slice(0, end));
  const fixture = await world.addFixture();
  const cast = { world, fixture, device: world.makeDevice(1), failed: world.makeDevice(2), tapped: true };
  const { server } = world;
  for (const { name, peer: peerOf, act } of SCENES) {
    const peer = peerOf(cast);
    server.post = async (type, bytes) => {
      if (!cast.tapped) return world.post(type, bytes);
      await taps.request?.(world, name, peer, bytes);
      const reply = await world.post(type, bytes);
      await taps.answer?.(world, { scene: name, peer, key: peer.channel._key, request: bytes, answer: reply.bytes });
      return reply;
    };
    await act(cast);
    if (name === last) break;
  }
  server.post = (type, bytes) => world.post(type, bytes);
  return cast;
}

/** Every exchange of a life, and nothing left of it. */
export async function record(seed: number): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = [];
  const { world } = await live(seed, { answer: async (_world, exchange) => void exchanges.push(exchange) });
  await world.close();
  return exchanges;
}

/** A life that stands still where a scene's request is made and not yet sent. */
export interface Halted {
  readonly world: World;
  readonly peer: Peer;
  readonly request: Uint8Array;
}

/** Lives up to a scene's request; whoever asks closes the world. */
export async function haltAt(seed: number, wanted: string): Promise<Halted> {
  let halted: Halted | undefined;
  class Enough extends Error {}
  const life = live(seed, {
    request: async (world, scene, peer, request) => {
      if (scene !== wanted) return;
      halted = { world, peer, request };
      throw new Enough();
    },
  });
  await life.catch((error: unknown) => {
    if (!(error instanceof Enough)) throw error;
  });
  return halted as Halted;
}
