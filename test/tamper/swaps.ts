// SPDX-License-Identifier: Apache-2.0
// Sound messages in the wrong place: another's answer, an answer as a request and the other way round, another version, another type.
// Every one of them is sealed with a key that somebody has.
import { EMPTY } from "../../firmware/core/protocol/bytes.js";
import { Channel } from "../../firmware/core/protocol/channel.js";
import { Label, MessageType } from "../../firmware/core/protocol/codes.js";
import { macOf } from "../../firmware/core/protocol/message.js";
import { strangerFault } from "./bits.js";
import type { Family, Report } from "./family.js";
import type { Exchange } from "./life.js";
import { live, record, SCENE_NAMES } from "./life.js";
import { reseal } from "./reseal.js";
import { prf } from "../tools/test-device.js";
import type { World } from "./world.js";

const OTHER_VERSIONS = [0, 2, 255];
const PATHS = [0, ...Array.from({ length: 17 }, (_, type) => type + 1), 255];

/** A device of another life on another server, which lived before this one. */
const elsewhere = (seed: number): Promise<readonly Exchange[]> => record(seed + 1000);

/** What a device that waits for this answer makes of other bytes. */
interface DownPoint {
  readonly name: string;
  readonly waits: Exchange;
  readonly bytes: Uint8Array;
}

/** What a server makes of these bytes, just before the request that is due. */
interface UpPoint {
  readonly name: string;
  readonly path: number;
  readonly bytes: Uint8Array;
}

function downPoints(waits: Exchange, all: readonly Exchange[], others: readonly Exchange[]): DownPoint[] {
  const { scene, request, answer, key } = waits;
  const point = (name: string, bytes: Uint8Array): DownPoint => ({ name: `${scene}:${name}`, waits, bytes });
  const context = macOf(request);
  const down = (bytes: Uint8Array): Uint8Array => reseal(bytes, key, Label.Down, context);
  const isAnswer = (type: number): boolean => type === (request[1] as number) + 1 || type === MessageType.Refusal;
  return [
    ...all.filter((other) => other !== waits).map((other) => point(`answer to ${other.scene}`, other.answer)),
    ...others.map((other) => point(`answer to another's ${other.scene}`, other.answer)),
    point("its own request", request),
    point("sealed as a request", reseal(answer, key, Label.Up, EMPTY)),
    point("sealed for no request", reseal(answer, key, Label.Down, EMPTY)),
    point("sealed by a server without the key", reseal(answer, new Uint8Array(32), Label.Down, context)),
    ...OTHER_VERSIONS.map((version) => point(`version ${version}`, down(withByte(answer, 0, version)))),
    ...Array.from({ length: 256 }, (_, type) => type)
      .filter((type) => !isAnswer(type))
      .map((type) => point(`type ${type}`, down(withByte(answer, 1, type)))),
  ];
}

function upPoints(scene: string, key: Uint8Array, request: Uint8Array, before: Exchange | undefined): UpPoint[] {
  const type = request[1] as number;
  const up = (bytes: Uint8Array): Uint8Array => reseal(bytes, key, Label.Up, EMPTY);
  const point = (name: string, path: number, bytes: Uint8Array): UpPoint => ({ name: `${scene}:${name}`, path, bytes });
  const reflected = before
    ? [
        point("the answer before", before.answer[1] as number, before.answer),
        point("the answer before, on this path", type, before.answer),
        point("the answer before, of this type", type, withByte(before.answer, 1, type)),
      ]
    : [];
  return [
    ...reflected,
    point("sealed as an answer", type, reseal(request, key, Label.Down, EMPTY)),
    ...OTHER_VERSIONS.map((version) => point(`version ${version}`, type, up(withByte(request, 0, version)))),
    ...PATHS.filter((path) => path !== type).flatMap((path) => [
      point(`on path ${path}`, path, request),
      point(`of type ${path}`, type, up(withByte(request, 1, path))),
    ]),
  ];
}

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

function waitingChannel({ key, request }: Exchange): Channel {
  const channel = new Channel(prf, key);
  channel._type = request[1] as number;
  channel.lastMac = macOf(request);
  return channel;
}

export const swaps: Family = {
  name: "swap",

  async points(seed) {
    const [all, others] = [await record(seed), await elsewhere(seed)];
    const ups = all.flatMap(({ scene, key, request }, i) => upPoints(scene, key, request, all[i - 1]));
    const downs = all.flatMap((waits) => downPoints(waits, all, others));
    return [...ups.map(({ name }) => `up:${name}`), ...downs.map(({ name }) => `down:${name}`)];
  },

  async run(wanted, seed, report) {
    const [all, others] = [await record(seed), await elsewhere(seed)];
    for (const waits of all)
      for (const { name, bytes } of downPoints(waits, all, others))
        if (wanted.has(`down:${name}`)) report(`down:${name}`, downFault(waits, bytes));
    await runUp(wanted, seed, report);
  },
};

function downFault(waits: Exchange, bytes: Uint8Array): string {
  const channel = waitingChannel(waits);
  if (channel.accepts(bytes)) return "it was believed";
  return channel.accepts(waits.answer) ? "" : "the honest answer is not believed any more";
}

async function runUp(wanted: ReadonlySet<string>, seed: number, report: Report): Promise<void> {
  const last = SCENE_NAMES.filter((scene) => [...wanted].some((point) => point.startsWith(`up:${scene}:`))).at(-1);
  if (!last) return;
  let before: Exchange | undefined;
  const { world } = await live(
    seed,
    {
      request: async (world, scene, peer, request) => {
        const points = upPoints(scene, peer.channel._key, request, before);
        for (const { name, path, bytes } of points)
          if (wanted.has(`up:${name}`)) report(`up:${name}`, await upFault(world, path, bytes));
      },
      answer: async (_world, exchange) => void (before = exchange),
    },
    last,
  );
  await world.close();
}

/** Paths outside the protocol's numbers reach no conversation, and no log. */
async function upFault(world: World, path: number, bytes: Uint8Array): Promise<string> {
  if (path > 0)
    return strangerFault(world, path, bytes, /^(malformed|unknown (type|fixture|token|session|device)|wrong MAC)$/);
  const { status, bytes: answer } = await world.post(path, bytes);
  return status === 403 && answer.length === 0 ? "" : `it was answered by ${status}`;
}
