// SPDX-License-Identifier: Apache-2.0
// Every key and identifier that both sides compute. DESIGN: PRF is native on the device, one call in Node.
import type { Prf } from "./bytes.js";
import { EMPTY, labelled } from "./bytes.js";
import { Label } from "./codes.js";

export const TOKEN_BYTES = 16;
export const TOKEN_ID_BYTES = 8;

/** The token that a fixture lights: it never crosses the network. */
export function tokenOf(prf: Prf, fixtureKey: Uint8Array, seed: Uint8Array): Uint8Array {
  return prf(fixtureKey, labelled(Label.Token, seed, EMPTY)).subarray(0, TOKEN_BYTES);
}

/** What the network knows a token by. */
export function tokenIdOf(prf: Prf, token: Uint8Array): Uint8Array {
  return prf(token, labelled(Label.TokenId, EMPTY, EMPTY)).subarray(0, TOKEN_ID_BYTES);
}

/** The session key, from the root (token or device key), the hello's MAC (it covers the hello) and the server's nonce. */
export function sessionKeyOf(prf: Prf, root: Uint8Array, helloMac: Uint8Array, serverNonce: Uint8Array): Uint8Array {
  return prf(root, labelled(Label.Session, helloMac, serverNonce));
}

/** The production device's own key. */
export function deviceKeyOf(prf: Prf, sessionKey: Uint8Array, salt: Uint8Array, serial: Uint8Array): Uint8Array {
  return prf(sessionKey, labelled(Label.DeviceKey, salt, serial));
}

/** Proof, in a hello by token, that a blessed device also holds its own key. */
export function keyProofOf(prf: Prf, deviceKey: Uint8Array, tokenId: Uint8Array, nonce: Uint8Array): Uint8Array {
  return prf(deviceKey, labelled(Label.KeyProof, tokenId, nonce));
}

/** What the blessing record says of the device key. */
export function keyHashOf(prf: Prf, deviceKey: Uint8Array): Uint8Array {
  return prf(deviceKey, labelled(Label.KeyHash, EMPTY, EMPTY));
}

/** Running digest of the results: all zeros at first, then over each batch. */
export function digestOf(prf: Prf, previous: Uint8Array, batch: Uint8Array): Uint8Array {
  return prf(previous, labelled(Label.Digest, batch, EMPTY));
}

/** Seals and opens: the key stream is PRF(key, nonce, block number), and a nonce serves once. */
export function sealBytes(prf: Prf, key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(bytes.length);
  let block: Uint8Array = EMPTY;
  for (let i = 0; i < bytes.length; i++) {
    if (i % 32 === 0) block = prf(key, labelled(Label.Seal, nonce, new Uint8Array([i / 32])));
    sealed[i] = (bytes[i] as number) ^ (block[i % 32] as number);
  }
  return sealed;
}
