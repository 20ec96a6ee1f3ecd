// SPDX-License-Identifier: Apache-2.0
// Requests that are none: cut, too long, fields missing, twice, in another order, unknown, empty, of another length. All but the cut
// ones are sealed with the right key: whoever knows it still gets a refusal or 403, and the server goes on.
import { EMPTY } from "../../firmware/core/protocol/bytes.js";
import { Label, MessageType, Tag } from "../../firmware/core/protocol/codes.js";
import { MAC_BYTES, MESSAGE_LIMIT_BYTES } from "../../firmware/core/protocol/message.js";
import { strangerFault } from "./bits.js";
import type { Family } from "./family.js";
import { haltAt, live, record } from "./life.js";
import type { Field } from "./reseal.js";
import { bodyOf, fieldsOf, sealBody } from "./reseal.js";

interface Shape {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Without these a request is one still. */
const OPTIONAL = new Set<number>([Tag.Items, Tag.LastItem, Tag.KeyProof]);
/** Any length of these is one that the server must look into. */
const FREE = new Set<number>([Tag.Items, Tag.Batch, Tag.Serial, Tag.WipeNonce]);
const UNKNOWN_TAGS = [26, 99, 255];

/** What no server may take for a request, whoever sealed it. */
function shapesOf(request: Uint8Array, key: Uint8Array): Shape[] {
  const type = request[1] as number;
  const fields = fieldsOf(request);
  const seal = (name: string, body: Uint8Array): Shape => ({ name, bytes: sealBody(body, key, Label.Up, EMPTY) });
  const sealed = (name: string, changed: readonly Field[]): Shape => seal(name, bodyOf(type, changed));
  const body = request.subarray(0, request.length - MAC_BYTES);
  return [
    ...Array.from({ length: request.length }, (_, length) => ({
      name: `cut:${length}`,
      bytes: request.slice(0, length),
    })),
    ...Array.from({ length: body.length }, (_, length) =>
      seal(`cut and sealed:${length}`, body.slice(0, length)),
    ).filter(({ bytes }) => !isWhole(bytes, type, fields)),
    { name: "long:by one byte", bytes: Uint8Array.from([...request, 0]) },
    seal("long:bytes behind the fields", Uint8Array.from([...body, 0])),
    { name: "long:beyond the limit", bytes: new Uint8Array(MESSAGE_LIMIT_BYTES + 1).fill(1) },
    sealed("long:sealed, beyond the limit", [...fields, { tag: 200, value: new Uint8Array(MESSAGE_LIMIT_BYTES) }]),
    sealed("none at all", []),
    ...UNKNOWN_TAGS.map((tag) => sealed(`unknown:${tag}`, [...fields, { tag, value: Uint8Array.of(1) }])),
    sealed("unknown:0", [{ tag: 0, value: Uint8Array.of(1) }, ...fields]),
    sealed("order:reversed", [...fields].reverse()),
    ...fields.flatMap((field, i) => fieldShapes(fields, field, i).map(([name, changed]) => sealed(name, changed))),
  ];
}

function fieldShapes(fields: readonly Field[], field: Field, i: number): (readonly [string, readonly Field[]])[] {
  const { tag, value } = field;
  const put = (...instead: readonly Field[]): readonly Field[] => [
    ...fields.slice(0, i),
    ...instead,
    ...fields.slice(i + 1),
  ];
  const longer = new Uint8Array(value.length + 1);
  longer.set(value);
  const next = fields[i + 1];
  return [
    ...(OPTIONAL.has(tag) ? [] : [[`missing:${tag}`, put()] as const]),
    [`twice:${tag}`, put(field, field)],
    ...(next ? [[`order:${tag}`, [...fields.slice(0, i), next, field, ...fields.slice(i + 2)]] as const] : []),
    ...(FREE.has(tag)
      ? []
      : ([
          [`empty:${tag}`, put({ tag, value: EMPTY })],
          [`short:${tag}`, put({ tag, value: value.subarray(1) })],
          [`longer:${tag}`, put({ tag, value: longer })],
          [`huge:${tag}`, put({ tag, value: new Uint8Array(3000).fill(1) })],
        ] as const)),
  ];
}

/** A cut at the end of a field may leave a request that is one. */
function isWhole(bytes: Uint8Array, type: number, fields: readonly Field[]): boolean {
  if (bytes.length < 2 + MAC_BYTES) return false;
  for (let count = fields.length; count > 0; count--) {
    const left = fields.slice(count);
    if (left.length && left.every(({ tag }) => OPTIONAL.has(tag)))
      if (bodyOf(type, fields.slice(0, count)).length === bytes.length - MAC_BYTES) return true;
  }
  return false;
}

/** Contents that only a look into a field finds out: each begins a life of its own, since it takes a counter. */
interface Content {
  readonly scene: string;
  readonly name: string;
  readonly tag: Tag;
  readonly value: (honest: Uint8Array) => Uint8Array;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const ascii = (text: string): number[] => [...Buffer.from(text, "latin1")];

const BATCHES: readonly (readonly [name: string, value: (honest: Uint8Array) => Uint8Array])[] = [
  ["empty", () => EMPTY],
  ["one byte", () => bytes(1)],
  ["cut", (honest) => honest.subarray(0, honest.length - 1)],
  ["bytes left over", (honest) => bytes(...honest, 0)],
  ["unknown kind", () => bytes(3, 1, 65, 0, 1)],
  ["unknown outcome", () => bytes(2, 1, 65, 4, 1)],
  ["open measurement", () => bytes(1, 1, 65, 0, 0, 0, 0, 0, 0, 0, 0)],
  ["name over the end", () => bytes(2, 255, 65, 0, 1)],
  ["noise", () => new Uint8Array(3000).fill(0xa5)],
];

const ITEMS: readonly (readonly [name: string, value: (honest: Uint8Array) => Uint8Array])[] = [
  ["one byte", () => bytes(1)],
  ["cut", (honest) => honest.subarray(0, honest.length - 1)],
  ["name over the end", () => bytes(0, 0, 0, 1, 255, 65)],
  ["data over the end", () => bytes(0, 0, 0, 1, 1, 65, 255, 255)],
  ["noise", () => new Uint8Array(3000).fill(0xa5)],
];

const CONTENTS: readonly Content[] = [
  ...BATCHES.map(([name, value]) => ({ scene: "5", name, tag: Tag.Batch, value })),
  ...ITEMS.flatMap(([name, value]) => ["13", "13f"].map((scene) => ({ scene, name, tag: Tag.Items, value }))),
  { scene: "9", name: "no serial number", tag: Tag.Serial, value: () => EMPTY },
  { scene: "9", name: "another's serial number", tag: Tag.Serial, value: () => bytes(...ascii("PR-9999")) },
  { scene: "9", name: "a long serial number", tag: Tag.Serial, value: () => new Uint8Array(3000).fill(0xff) },
  { scene: "11", name: "no nonce", tag: Tag.WipeNonce, value: () => EMPTY },
  { scene: "11", name: "another nonce", tag: Tag.WipeNonce, value: () => new Uint8Array(16) },
  { scene: "11", name: "a long nonce", tag: Tag.WipeNonce, value: () => new Uint8Array(3000) },
  ...[0, 2, 255].flatMap((outcome) =>
    ["11", "11s"].map((scene) => ({
      scene,
      name: `wipe outcome ${outcome}`,
      tag: Tag.WipeOutcome,
      value: () => bytes(outcome),
    })),
  ),
  { scene: "7", name: "other results", tag: Tag.ResultsDigest, value: () => new Uint8Array(32) },
  { scene: "3p", name: "another key's proof", tag: Tag.KeyProof, value: () => new Uint8Array(32) },
  { scene: "5", name: "another epoch", tag: Tag.Counter, value: () => new Uint8Array(8).fill(1) },
  { scene: "5", name: "counter 0", tag: Tag.Counter, value: () => new Uint8Array(8) },
];

const nameOf = ({ scene, name }: Content): string => `${scene}:content:${name}`;

export const malformed: Family = {
  name: "malformed",

  async points(seed) {
    const shapes = (await record(seed)).flatMap(({ scene, request, key }) =>
      shapesOf(request, key).map(({ name }) => `${scene}:${name}`),
    );
    return [...shapes, ...CONTENTS.map(nameOf)];
  },

  async run(wanted, seed, report) {
    const { world } = await live(seed, {
      request: async (world, scene, peer, request) => {
        for (const { name, bytes } of shapesOf(request, peer.channel._key)) {
          const point = `${scene}:${name}`;
          if (!wanted.has(point)) continue;
          const isTooLong = bytes.length > MESSAGE_LIMIT_BYTES;
          const type = request[1] as number;
          report(
            point,
            isTooLong ? await tooLongFault(world.post(type, bytes)) : await strangerFault(world, type, bytes, WHY),
          );
        }
      },
    });
    await world.close();
    for (const content of CONTENTS)
      if (wanted.has(nameOf(content))) report(nameOf(content), await contentFault(content, seed));
  },
};

const WHY = /^(malformed|wrong MAC|unknown device)$/;

async function tooLongFault(reply: Promise<{ readonly status: number; readonly bytes: Uint8Array }>): Promise<string> {
  const { status, bytes } = await reply;
  return status === 403 && bytes.length === 0 ? "" : `it was answered by ${status}`;
}

/** A refusal, or the one answer of strangers. */
async function contentFault({ scene, tag, value }: Content, seed: number): Promise<string> {
  const { world, peer, request } = await haltAt(seed, scene);
  const type = request[1] as number;
  const changed = fieldsOf(request).map((field) => (field.tag === tag ? { tag, value: value(field.value) } : field));
  const { status, bytes } = await world.post(type, sealBody(bodyOf(type, changed), peer.channel._key, Label.Up, EMPTY));
  await world.close();
  const isRefused = status === 200 && bytes[1] === MessageType.Refusal;
  return isRefused || (status === 403 && !bytes.length) ? "" : `it was answered by ${status}, message ${bytes[1]}`;
}
