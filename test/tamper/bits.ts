// SPDX-License-Identifier: Apache-2.0
// Every single bit of every message, both ways. A request with a wrong bit gets one and the same answer, changes nothing and is told
// apart in the log; an answer with a wrong bit is no answer; then the honest one is taken as if nothing had been.
import type { Peer } from "../tools/test-device.js";
import type { Family, Report } from "./family.js";
import type { Exchange } from "./life.js";
import { live, record } from "./life.js";
import type { World } from "./world.js";

/** Of the envelope and of the one value that says who speaks: the first field's, in every request. */
const FIRST_VALUE_BIT = 5 * 8;
const ID_BITS = 8 * 8;
const MAC_BITS = 32 * 8;

export const bits: Family = {
  name: "bit",

  async points(seed) {
    const exchanges = await record(seed);
    return exchanges.flatMap(({ scene, request, answer }) => [
      ...pointsOf(scene, "up", request),
      ...pointsOf(scene, "down", answer),
    ]);
  },

  async run(wanted, seed, report) {
    const { world } = await live(seed, {
      request: (world, scene, _peer, request) => flipRequest(world, scene, request, wanted, report),
      answer: async (_world, exchange) => flipAnswer(exchange, wanted, report),
    });
    await world.close();
  },
};

const pointsOf = (scene: string, way: string, bytes: Uint8Array): string[] =>
  Array.from({ length: bytes.length * 8 }, (_, bit) => `${scene}:${way}:${bit}`);

export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3]! ^= 0x80 >> (bit & 7);
  return copy;
}

async function flipRequest(
  world: World,
  scene: string,
  request: Uint8Array,
  wanted: ReadonlySet<string>,
  report: Report,
): Promise<void> {
  for (const [bit, point] of pointsOf(scene, "up", request).entries())
    if (wanted.has(point))
      report(point, await strangerFault(world, request[1] as number, flipped(request, bit), whyOf(request, bit)));
}

/** Posts what proves nothing; "" when it got the one answer, changed nothing that counts, and the log says why it was turned away. */
export async function strangerFault(world: World, type: number, forged: Uint8Array, why: RegExp): Promise<string> {
  await world.makeRoomInLog();
  const before = world.counted();
  const { id } = world.lastStranger();
  const { status, bytes } = await world.post(type, forged);
  if (status !== 403 || bytes.length)
    return `it was answered by ${status} and ${bytes.length} bytes, not by 403 and none`;
  if (world.counted() !== before) return "it changed what the server keeps";
  const line = world.lastStranger();
  if (line.id === id) return "the log does not have it";
  return why.test(line.why) ? "" : `the log says "${line.why}", not ${why.source}`;
}

/** What the log is to say of a wrong bit, by where it is. */
function whyOf(request: Uint8Array, bit: number): RegExp {
  if (bit < 16) return /^malformed$/;
  if (bit < FIRST_VALUE_BIT) return /^(malformed|wrong MAC)$/;
  if (bit < FIRST_VALUE_BIT + ID_BITS) return /^unknown (fixture|token|session|device)$/;
  return bit >= request.length * 8 - MAC_BITS ? /^wrong MAC$/ : /^(malformed|wrong MAC|unknown device)$/;
}

/** The device's end: neither believed nor moved. */
function flipAnswer({ scene, peer, answer }: Exchange, wanted: ReadonlySet<string>, report: Report): void {
  const before = stateOf(peer);
  for (const [bit, point] of pointsOf(scene, "down", answer).entries())
    if (wanted.has(point)) {
      const believed = peer.channel.accepts(flipped(answer, bit));
      report(point, believed ? "it was believed" : stateOf(peer) === before ? "" : "it moved the channel");
    }
}

const stateOf = ({ channel }: Peer): string => [channel.lastMac, channel._key, channel._type].map(String).join();
