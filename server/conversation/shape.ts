// SPDX-License-Identifier: Apache-2.0
// The fields of each request and their lengths, as docs/SPEC.md has them. More, fewer or other ones are no request of ours: what
// lies behind this may rely on them.
import { MessageType, Tag } from "../../firmware/core/protocol/codes.js";
import { MAC_BYTES } from "../../firmware/core/protocol/message.js";

/** Any number of bytes: what they say is judged where they are used. */
const ANY = -1;

const FIELD_BYTES: { readonly [tag: number]: number } = {
  [Tag.FixtureId]: 8,
  [Tag.TokenId]: 8,
  [Tag.DeviceId]: 8,
  [Tag.SessionId]: 8,
  [Tag.Counter]: 8,
  [Tag.Slot]: 1,
  [Tag.StageHash]: 8,
  [Tag.DeviceNonce]: 16,
  [Tag.KeyProof]: 32,
  [Tag.Batch]: ANY,
  [Tag.ResultsDigest]: 32,
  [Tag.Verdict]: 1,
  [Tag.Serial]: ANY,
  /** None of a unit that never had one. */
  [Tag.WipeNonce]: ANY,
  [Tag.WipeOutcome]: 1,
  [Tag.Items]: ANY,
  [Tag.LastItem]: 4,
};

interface Shape {
  readonly needs: readonly Tag[];
  readonly may?: readonly Tag[];
}

const SHAPES: { readonly [type: number]: readonly Shape[] } = {
  [MessageType.TokenRequest]: [{ needs: [Tag.FixtureId, Tag.Counter, Tag.Slot], may: [Tag.LastItem] }],
  [MessageType.Hello]: [
    { needs: [Tag.TokenId, Tag.DeviceId, Tag.StageHash, Tag.DeviceNonce], may: [Tag.KeyProof] },
    { needs: [Tag.DeviceId, Tag.StageHash, Tag.DeviceNonce] },
  ],
  [MessageType.Results]: [{ needs: [Tag.SessionId, Tag.Counter, Tag.Batch] }],
  [MessageType.Bless]: [{ needs: [Tag.SessionId, Tag.Counter, Tag.ResultsDigest, Tag.Verdict] }],
  [MessageType.Acknowledge]: [{ needs: [Tag.SessionId, Tag.Serial] }],
  [MessageType.Proof]: [
    { needs: [Tag.DeviceId, Tag.WipeNonce, Tag.WipeOutcome] },
    { needs: [Tag.SessionId, Tag.WipeOutcome] },
  ],
  [MessageType.Poll]: [
    { needs: [Tag.SessionId, Tag.Counter], may: [Tag.Items, Tag.LastItem] },
    { needs: [Tag.FixtureId, Tag.Counter], may: [Tag.Items, Tag.LastItem] },
  ],
};

/** Of a well-formed message. A type that is no request has no shape to keep to. */
export function hasItsFields(message: Uint8Array): boolean {
  const shapes = SHAPES[message[1] as number];
  if (!shapes) return true;
  const lengths = fieldLengths(message);
  for (const [tag, length] of lengths) {
    const bytes = FIELD_BYTES[tag];
    if (bytes !== ANY && bytes !== length) return false;
  }
  return shapes.some(
    ({ needs, may = [] }) =>
      needs.every((tag) => lengths.has(tag)) &&
      [...lengths.keys()].every((tag) => needs.includes(tag) || may.includes(tag)),
  );
}

function fieldLengths(message: Uint8Array): Map<Tag, number> {
  const lengths = new Map<Tag, number>();
  const view = Buffer.from(message.buffer, message.byteOffset, message.length - MAC_BYTES);
  for (let at = 2; at < view.length; at += 3 + view.readUInt16BE(at + 1))
    lengths.set(view[at] as Tag, view.readUInt16BE(at + 1));
  return lengths;
}
