// SPDX-License-Identifier: Apache-2.0
// Hello and welcome: both sides prove themselves, then speak under the session's own key.
import type { NetworkBoard } from "../../hal/board.js";
import { EMPTY, hexBytes, labelled, putU32 } from "../core/protocol/bytes.js";
import { Label, MessageType, Tag } from "../core/protocol/codes.js";
import { keyProofOf, sessionKeyOf, tokenIdOf } from "../core/protocol/keys.js";
import type { Fields } from "../core/protocol/message.js";
import { findField } from "../core/protocol/message.js";
import type { Link } from "./link.js";

const NONCE_BYTES = 16;
/** Boot counter and hellos. */
const HEAD_BYTES = 5;

/** Who says hello: by a token, by the device's own key, or by one of them with the other's proof. */
export interface Credentials {
  readonly token: Uint8Array | undefined;
  readonly deviceKey: Uint8Array | undefined;
  /** With both, the own key is the root: an end user's token is too short to be one. */
  readonly byKey: boolean;
}

/**
 * Boot counter and hellos of this boot, which alone make it unique; then what an outsider does not know, from all that there is: the
 * chip's id, its generator, and its clock, which the light's edges and the radio's answers have shifted. Nothing rests on that part: freshness is the server's
 * and the token's.
 */
function freshNonce(board: NetworkBoard, bootCounter: number, hellos: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  const drawn = new Uint8Array(NONCE_BYTES);
  board.entropy.fill(drawn);
  putU32(nonce, 0, bootCounter);
  nonce[4] = hellos;
  const mixed = board.digest.prf(labelled(Label.Nonce, board.system.deviceId, nonce), drawn);
  nonce.set(mixed.subarray(0, NONCE_BYTES - HEAD_BYTES), HEAD_BYTES);
  return nonce;
}

/**
 * Says hello. `done` gets the session key, or undefined when the server refused or stayed away (then `refused` tells which),
 * and the configuration parameters as JSON text.
 */
export function enrol(
  board: NetworkBoard,
  link: Link,
  credentials: Credentials,
  bootCounter: number,
  stageHash: string,
  done: (sessionKey: Uint8Array | undefined, configParams: Uint8Array, refused: boolean) => void,
): void {
  const prf = board.digest.prf;
  const token = credentials.token;
  const deviceKey = credentials.deviceKey;
  const root = (credentials.byKey ? deviceKey : token) || deviceKey || EMPTY;
  const other = credentials.byKey ? token : deviceKey;
  const nonce = freshNonce(board, bootCounter, ++link.hellos);
  const fields = (): Fields => {
    const tail = [Tag.DeviceId, board.system.deviceId, Tag.StageHash, hexBytes(stageHash), Tag.DeviceNonce, nonce] as (
      number | Uint8Array
    )[];
    if (!token) return tail;
    const tokenId = tokenIdOf(prf, token);
    const head = [Tag.TokenId, tokenId] as (number | Uint8Array)[];
    const proof = other ? [Tag.KeyProof, keyProofOf(prf, other, tokenId, nonce)] : ([] as (number | Uint8Array)[]);
    return head.concat(tail, proof);
  };
  link.channel.rekey(root);
  link.send(MessageType.Hello, fields, (answer) => {
    const serverNonce = answer && findField(answer, Tag.ServerNonce);
    const session = answer && findField(answer, Tag.SessionId);
    if (!answer || !serverNonce || !session) {
      done(undefined, EMPTY, !!answer);
      return;
    }
    const sessionKey = sessionKeyOf(prf, root, link.channel.lastMac, serverNonce);
    link.channel.rekey(sessionKey);
    link.startSession(session);
    done(sessionKey, findField(answer, Tag.ConfigParams) || EMPTY, false);
  });
}
