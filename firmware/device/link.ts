// SPDX-License-Identifier: Apache-2.0
// The device's line to its server: join, one sealed request at a time, retries, and the long poll that carries items.
import type { NetworkBoard } from "../../hal/board.js";
import { ErrorCode } from "../../hal/error.js";
import { EntryType, findEntry } from "../core/blinkup/entries.js";
import { asciiText, EMPTY, putU32 } from "../core/protocol/bytes.js";
import type { Channel } from "../core/protocol/channel.js";
import { MessageType, Tag } from "../core/protocol/codes.js";
import { encodeItem, readItems } from "../core/protocol/items.js";
import type { Fields } from "../core/protocol/message.js";
import { findField } from "../core/protocol/message.js";

const JOIN_TIMEOUT_MS = 20000;
const JOIN_ATTEMPTS = 3;
const REQUEST_TIMEOUT_MS = 30000;
const RETRY_FIRST_MS = 1000;
const RETRY_LONGEST_MS = 8000;
/** A server that answers, and refuses without proof, will not change its mind. */
const DENIED_ATTEMPTS = 3;
/** What a message carries beside its other fields. */
const ITEMS_LIMIT_BYTES = 4000;
const NAME_LIMIT_BYTES = 255;
/** Above every channel. */
const ANY_CHANNEL = 255;
/** The factory's lease: a run that has not come through by then is over. */
const GIVE_UP_MS = 900000;

/** How a connection ended; the numbers are Electric Imp's. */
export const enum NetworkReason {
  NoWifi = 1,
  NoServer = 4,
  Connected = 5,
}

type Answered = (answer: Uint8Array | undefined) => void;

export class Link {
  readonly channel: Channel;
  joined: boolean;
  /** The script has disconnected: nothing is sent until it connects again. */
  away: boolean;
  /** Gets each item from the server once, in order. */
  onItem: ((name: string, data: string) => void) | undefined;
  /** Session or fixture, and the tag that says which: the first field of numbered requests. */
  idTag: Tag;
  id: Uint8Array;
  /** First half of the counter: the boot counter for a fixture, 0 within a session. */
  epoch: number;
  /** Said since this start: part of each hello's nonce. */
  hellos: number;
  /** Keeps asking for items while there is nothing else to do. */
  polling: boolean;
  /** Gets what becomes of a connection that a script asked for. */
  onReason: ((reason: NetworkReason) => void) | undefined;
  /** The radio is lawful up to here. */
  lastChannel: number;
  /** Called after each answered poll. */
  onPolled: ((answer: Uint8Array) => void) | undefined;
  _board: NetworkBoard;
  _entries: Uint8Array;
  _url: string;
  _number: number;
  _joining: boolean;
  _busy: boolean;
  /** An empty poll is held by the server, and gives way to anything else. */
  _pollOpen: boolean;
  _waiting: (() => void) | undefined;
  _outbox: Uint8Array;
  _outNumber: number;
  _lastItem: number;

  constructor(board: NetworkBoard, channel: Channel, entries: Uint8Array, defaultUrl: string) {
    const url = findEntry(entries, entries.length, EntryType.ServerUrl);
    this._board = board;
    this.channel = channel;
    this._entries = entries;
    this._url = (url ? asciiText(url) : defaultUrl) + "/v1/messages/";
    this.joined = false;
    this.away = false;
    this.onItem = undefined;
    this.idTag = Tag.SessionId;
    this.id = EMPTY;
    this.epoch = 0;
    this.hellos = 0;
    this.polling = false;
    this.onPolled = undefined;
    this.onReason = undefined;
    this.lastChannel = ANY_CHANNEL;
    this._joining = false;
    this._number = 0;
    this._busy = false;
    this._pollOpen = false;
    this._waiting = undefined;
    this._outbox = EMPTY;
    this._outNumber = 0;
    this._lastItem = 0;
  }

  join(done: (joined: boolean) => void): void {
    this.away = false;
    this._joining = true;
    this._tryJoin(1, (joined) => {
      this._joining = false;
      done(joined);
    });
  }

  /** Joined, and the server has proved itself. */
  connected(): boolean {
    return this.joined && this.id.length > 0;
  }

  /** What a script asks for. Before the first conversation joining is the stage's business, and this waits for it. */
  connect(): void {
    this.away = false;
    if (this.connected()) this._board.timers.after(0, () => this.tell(NetworkReason.Connected));
    else if (this.id.length && !this._joining)
      this.join((joined) => {
        this.tell(joined ? NetworkReason.Connected : NetworkReason.NoWifi);
        this._next();
      });
  }

  tell(reason: NetworkReason): void {
    if (this.onReason) this.onReason(reason);
  }

  _tryJoin(attempt: number, done: (joined: boolean) => void): void {
    const length = this._entries.length;
    const ssid = findEntry(this._entries, length, EntryType.Ssid) || EMPTY;
    const password = findEntry(this._entries, length, EntryType.Password) || EMPTY;
    const status = this._board.wifi.join(ssid, password, JOIN_TIMEOUT_MS, (error) => {
      this.joined = error === ErrorCode.Ok && !this.away && this._isLawful();
      if (this.joined || attempt >= JOIN_ATTEMPTS) done(this.joined);
      else this._board.timers.after(RETRY_FIRST_MS, () => this._tryJoin(attempt + 1, done));
    });
    if (status) this._board.timers.after(RETRY_FIRST_MS, () => done(false));
  }

  /** Leaves a network on a channel that the unit's country does not have. */
  _isLawful(): boolean {
    if (this._board.wifi.channel() <= this.lastChannel) return true;
    this._board.system.print("COUNTRY_CHANNEL: the network is on a channel that this unit's country does not have");
    this._board.wifi.leave();
    return false;
  }

  /** Joins once more where the network has gone since; what needs it then tries, joined or not. */
  _rejoin(then: () => void): void {
    if (this.away || this._board.wifi.isJoined()) then();
    else this._tryJoin(JOIN_ATTEMPTS, then);
  }

  /** A new conversation: the session and its numbers begin again. */
  startSession(id: Uint8Array): void {
    this.id = id;
    this._number = 0;
    this._outNumber = 0;
    this._outbox = EMPTY;
    this._board.timers.after(0, () => this.tell(NetworkReason.Connected));
  }

  /** The next request's counter, as its field. */
  counter(): Uint8Array {
    const bytes = new Uint8Array(8);
    putU32(bytes, 0, this.epoch);
    putU32(bytes, 4, ++this._number);
    return bytes;
  }

  /**
   * Sends until a verified answer comes; undefined when that is hopeless. A held poll gives way. The same bytes go out again
   * on each retry, so the server gives the same answer.
   */
  send(type: MessageType, fields: () => Fields, done: Answered): void {
    const start = () => {
      this._busy = true;
      this._post(this.channel.request(type, fields()), 1, this._board.clock.millis(), (answer) => {
        this._busy = false;
        done(answer);
        // Not before a script that the answer started has said what it waits for.
        if (answer) this._receiveItems(answer);
        this._next();
      });
    };
    if (!this._busy) start();
    else {
      this._waiting = start;
      if (this._pollOpen) this._board.http.abort();
    }
  }

  /** Queues an item for the server; it goes with a poll. Data is JSON. False when no message can carry it. */
  say(name: string, data: string): boolean {
    const item = encodeItem(++this._outNumber, name, data);
    if (name.length > NAME_LIMIT_BYTES || item.length > ITEMS_LIMIT_BYTES) {
      this._board.system.print("not sent, too long for one message: " + name.substr(0, NAME_LIMIT_BYTES));
      return false;
    }
    const outbox = new Uint8Array(this._outbox.length + item.length);
    outbox.set(this._outbox, 0);
    outbox.set(item, this._outbox.length);
    this._outbox = outbox;
    if (this._pollOpen) this._board.http.abort();
    else if (!this._busy) this._board.timers.after(0, () => this._next());
    return true;
  }

  /** Whatever is due next: a request that waited, items to bring, or the next long poll. */
  _next(): void {
    if (this._busy || this.away || !this.id.length) return;
    const waiting = this._waiting;
    this._waiting = undefined;
    if (waiting) waiting();
    else if (this._outbox.length || this.polling) this.poll();
  }

  /** Asks for items, or says those that wait. */
  poll(): void {
    const last = new Uint8Array(4);
    putU32(last, 0, this._lastItem);
    const outbox = this._outbox;
    let sent = 0;
    let end = 0;
    // As many whole items as fit.
    while (end <= ITEMS_LIMIT_BYTES) {
      sent = end;
      if (end === outbox.length) break;
      const lengthAt = end + 5 + (outbox[end + 4] as number);
      end = lengthAt + 2 + ((outbox[lengthAt] as number) << 8) + (outbox[lengthAt + 1] as number);
    }
    const request = this.channel.request(MessageType.Poll, [
      this.idTag,
      this.id,
      Tag.Counter,
      this.counter(),
      Tag.Items,
      outbox.subarray(0, sent),
      Tag.LastItem,
      last,
    ]);
    this._busy = true;
    this._pollOpen = !sent;
    this._board.http.post(this._url + MessageType.Poll, request, REQUEST_TIMEOUT_MS, (error, answer) => {
      const good = !error && this.channel.accepts(answer) && answer[1] === MessageType.Messages;
      this._busy = false;
      this._pollOpen = false;
      if (good) {
        this._outbox = this._outbox.subarray(sent, this._outbox.length);
        if (this.onPolled) this.onPolled(answer);
        this._receiveItems(answer);
      }
      this._board.timers.after(good || this._waiting ? 0 : RETRY_FIRST_MS, () => this._rejoin(() => this._next()));
    });
  }

  _post(request: Uint8Array, attempt: number, since: number, done: Answered): void {
    const url = this._url + request[1];
    const status = this._board.http.post(url, request, REQUEST_TIMEOUT_MS, (error, answer) => {
      if (!error && this.channel.accepts(answer)) done(answer);
      else this._retry(error, request, attempt, since, done);
    });
    if (status) this._retry(status, request, attempt, since, done);
  }

  _retry(error: ErrorCode, request: Uint8Array, attempt: number, since: number, done: Answered): void {
    const hopeless = error === ErrorCode.Denied && attempt >= DENIED_ATTEMPTS;
    if (hopeless || this._board.clock.millis() - since > GIVE_UP_MS) {
      done(undefined);
      return;
    }
    const wait = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS << (attempt - 1));
    this._board.timers.after(wait, () =>
      this._rejoin(() => this._post(request, Math.min(attempt + 1, 9), since, done)),
    );
  }

  _receiveItems(answer: Uint8Array): void {
    const items = findField(answer, Tag.Items);
    if (!items) return;
    readItems(items, (id, name, data) => {
      if (id <= this._lastItem) return;
      this._lastItem = id;
      if (this.onItem) this.onItem(name, data);
    });
  }
}
