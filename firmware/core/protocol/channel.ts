// SPDX-License-Identifier: Apache-2.0
// One end of a conversation: seals each request and accepts only the answer to it.
import { Label, MessageType } from "./codes.js";
import type { Prf } from "./bytes.js";
import { EMPTY } from "./bytes.js";
import type { Fields } from "./message.js";
import { isWellFormed, macIsRight, macOf, sealMessage } from "./message.js";

export class Channel {
  /** MAC of the request under way. */
  lastMac: Uint8Array;
  _prf: Prf;
  _key: Uint8Array;
  _type: number;

  constructor(prf: Prf, key: Uint8Array) {
    this._prf = prf;
    this._key = key;
    this._type = 0;
    this.lastMac = EMPTY;
  }

  /** From here on under another key: the session's, or the device's own. */
  rekey(key: Uint8Array): void {
    this._key = key;
  }

  request(type: MessageType, fields: Fields): Uint8Array {
    const message = sealMessage(this._prf, this._key, Label.Up, EMPTY, type, fields);
    this._type = type;
    this.lastMac = macOf(message);
    return message;
  }

  /** True for the answer to the last request, or its refusal, from one who holds the key. */
  accepts(answer: Uint8Array): boolean {
    return (
      isWellFormed(answer) &&
      (answer[1] === this._type + 1 || answer[1] === MessageType.Refusal) &&
      macIsRight(this._prf, this._key, Label.Down, this.lastMac, answer)
    );
  }
}
