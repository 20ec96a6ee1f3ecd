// SPDX-License-Identifier: Apache-2.0
// A fixture and a device that speak the protocol and nothing else; every answer is verified.
import assert from "node:assert/strict";
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { asciiBytes, asciiText, EMPTY, hexText, putU32 } from "../../firmware/core/protocol/bytes.js";
import { Channel } from "../../firmware/core/protocol/channel.js";
import { MessageType, PhaseOutcome, Tag } from "../../firmware/core/protocol/codes.js";
import { encodeItem, readItems } from "../../firmware/core/protocol/items.js";
import {
  deviceKeyOf,
  digestOf,
  keyProofOf,
  sealBytes,
  sessionKeyOf,
  tokenIdOf,
  tokenOf,
} from "../../firmware/core/protocol/keys.js";
import type { Fields } from "../../firmware/core/protocol/message.js";
import { findField } from "../../firmware/core/protocol/message.js";
import { ResultsWriter } from "../../firmware/core/protocol/results.js";
import type { TestServer } from "./test-server.js";

export const prf = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  new Uint8Array(pbkdf2Sync(key, message, 1, 32, "sha256"));

const NO_DIGEST = new Uint8Array(32);
const CLEAN = Uint8Array.of(1);

export interface Item {
  readonly id: number;
  readonly name: string;
  readonly data: unknown;
}

/** Numbered from 1, as the device does. */
export const encodeItems = (first: number, ...data: unknown[]): Uint8Array =>
  new Uint8Array(Buffer.concat(data.map((value, i) => encodeItem(first + i, "log", JSON.stringify(value)))));

export function itemsOf(answer: Uint8Array): Item[] {
  const items: Item[] = [];
  readItems(findField(answer, Tag.Items) ?? EMPTY, (id, name, data) =>
    items.push({ id, name, data: JSON.parse(data) }),
  );
  return items;
}

export const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  putU32(bytes, 0, value);
  return bytes;
};

export const counterOf = (epoch: number, number: number): Uint8Array => Uint8Array.of(...u32(epoch), ...u32(number));

/** What both ends share: requests out, verified answers in. */
export class Peer {
  readonly channel: Channel;
  /** The last request's bytes. */
  request: Uint8Array = EMPTY;
  /** Where a device's nonce has its chance from. */
  entropy: (bytes: number) => Uint8Array = randomBytes;

  constructor(
    readonly server: TestServer,
    key: Uint8Array,
  ) {
    this.channel = new Channel(prf, key);
  }

  /** The verified answer: its type, or minus the reason of a refusal. */
  async send(type: MessageType, fields: Fields): Promise<Uint8Array> {
    this.request = this.channel.request(type, fields);
    const { status, bytes } = await this.server.post(type, this.request);
    assert.equal(status, 200, `message ${type}`);
    assert.ok(this.channel.accepts(bytes), `answer to message ${type} is proved`);
    return bytes;
  }

  /** Sends the last request's very bytes once more. */
  async repeat(): Promise<Uint8Array> {
    const { status, bytes } = await this.server.post(this.request[1] as number, this.request);
    assert.equal(status, 200);
    return bytes;
  }

  /** Status of a request that proves nothing. */
  async sendUnproved(type: MessageType, fields: Fields): Promise<number> {
    this.request = this.channel.request(type, fields);
    const { status, bytes } = await this.server.post(type, this.request);
    assert.equal(bytes.length, 0);
    return status;
  }
}

/** Reason of a refusal, 0 for any other answer. */
export const reasonOf = (answer: Uint8Array): number =>
  answer[1] === MessageType.Refusal ? (findField(answer, Tag.Reason)?.[0] as number) : 0;

export class TestFixture extends Peer {
  boot = 1;
  number = 0;
  lastItem = 0;

  constructor(
    server: TestServer,
    readonly id: Uint8Array,
    readonly key: Uint8Array,
  ) {
    super(server, key);
  }

  static async add(server: TestServer, product = "probe", group?: number): Promise<TestFixture> {
    const { id, key } = await server.admin.addFixture(product, undefined, group);
    return new TestFixture(server, id, key);
  }

  get name(): string {
    return hexText(this.id);
  }

  head(): (number | Uint8Array)[] {
    return [Tag.FixtureId, this.id, Tag.Counter, counterOf(this.boot, ++this.number)];
  }

  tokenFields(slot = 1): Fields {
    return [...this.head(), Tag.Slot, Uint8Array.of(slot)];
  }

  /** The token that the next light carries. */
  async light(slot = 1): Promise<Uint8Array> {
    const answer = await this.send(MessageType.TokenRequest, this.tokenFields(slot));
    return this.tokenIn(answer);
  }

  tokenIn(answer: Uint8Array): Uint8Array {
    return tokenOf(prf, this.key, findField(answer, Tag.TokenSeed) as Uint8Array);
  }

  networkIn(answer: Uint8Array): Uint8Array {
    const nonce = findField(answer, Tag.ServerNonce) as Uint8Array;
    return sealBytes(prf, this.key, nonce, findField(answer, Tag.Sealed) as Uint8Array);
  }

  async poll(items: Uint8Array = EMPTY): Promise<Uint8Array> {
    const fields = [...this.head(), Tag.Items, items, Tag.LastItem, u32(this.lastItem)];
    return this.send(MessageType.Poll, fields);
  }

  /** New items, each once. */
  async collect(): Promise<Item[]> {
    const items = itemsOf(await this.poll());
    this.lastItem = items.at(-1)?.id ?? this.lastItem;
    return items;
  }
}

export class TestDevice extends Peer {
  token: Uint8Array = EMPTY;
  deviceKey: Uint8Array | undefined;
  /** As an application says it: its own key is the root, and an end user's token is proved. */
  byKey = false;
  session: Uint8Array = EMPTY;
  sessionKey: Uint8Array = EMPTY;
  serial = "";
  wipeNonce: Uint8Array = EMPTY;
  lastItem = 0;
  private digest: Uint8Array = NO_DIGEST;
  private number = 0;
  boots = 0;

  constructor(
    server: TestServer,
    readonly id: Uint8Array,
  ) {
    super(server, EMPTY);
  }

  static make(server: TestServer, number = 1): TestDevice {
    return new TestDevice(server, Uint8Array.of(0, 0, 0x30, 0xae, 0xa4, 0, number >> 8, number));
  }

  get name(): string {
    return hexText(this.id);
  }

  helloFields(): (number | Uint8Array)[] {
    const nonce = Uint8Array.of(...u32(++this.boots), 1, ...this.entropy(11));
    const tail = [Tag.DeviceId, this.id, Tag.StageHash, new Uint8Array(8).fill(7), Tag.DeviceNonce, nonce];
    if (!this.token.length) return tail;
    const tokenId = tokenIdOf(prf, this.token);
    const other = this.byKey ? this.token : this.deviceKey;
    const proof = other ? [Tag.KeyProof, keyProofOf(prf, other, tokenId, nonce)] : [];
    return [Tag.TokenId, tokenId, ...tail, ...proof];
  }

  get root(): Uint8Array {
    return this.token.length && !this.byKey ? this.token : (this.deviceKey ?? EMPTY);
  }

  /** By the token when it has one, else by its own key. A welcome begins the session. */
  async hello(token?: Uint8Array): Promise<Uint8Array> {
    if (token) this.token = token;
    this.channel.rekey(this.root);
    const answer = await this.send(MessageType.Hello, this.helloFields());
    if (answer[1] === MessageType.Welcome) this.welcomed(answer);
    return answer;
  }

  /** With an end user's token, under its own key. */
  activate(token: Uint8Array): Promise<Uint8Array> {
    this.byKey = true;
    return this.hello(token);
  }

  welcomed(answer: Uint8Array): void {
    this.session = findField(answer, Tag.SessionId) as Uint8Array;
    const nonce = findField(answer, Tag.ServerNonce) as Uint8Array;
    this.sessionKey = sessionKeyOf(prf, this.root, this.channel.lastMac, nonce);
    this.channel.rekey(this.sessionKey);
    this.digest = NO_DIGEST;
    this.number = 0;
  }

  head(): (number | Uint8Array)[] {
    return [Tag.SessionId, this.session, Tag.Counter, counterOf(0, ++this.number)];
  }

  /** Both phases of the test product. */
  batch(supply = 3.3, temperature = 21): Uint8Array {
    const writer = new ResultsWriter();
    writer.measurement("supply", supply);
    writer.phase("supply", PhaseOutcome.Pass, 1);
    writer.measurement("temperature", temperature);
    writer.phase("sensor", PhaseOutcome.Pass, 1);
    return writer.take();
  }

  results(batch: Uint8Array = this.batch()): Promise<Uint8Array> {
    this.digest = digestOf(prf, this.digest, batch);
    return this.send(MessageType.Results, [...this.head(), Tag.Batch, batch]);
  }

  async bless(verdict = 1): Promise<Uint8Array> {
    const fields = [...this.head(), Tag.ResultsDigest, this.digest, Tag.Verdict, Uint8Array.of(verdict)];
    const answer = await this.send(MessageType.Bless, fields);
    if (findField(answer, Tag.Serial)) this.commit(answer);
    return answer;
  }

  commit(answer: Uint8Array): void {
    const serial = findField(answer, Tag.Serial) as Uint8Array;
    this.serial = asciiText(serial);
    this.deviceKey = deviceKeyOf(prf, this.sessionKey, findField(answer, Tag.Salt) as Uint8Array, serial);
  }

  async acknowledge(): Promise<Uint8Array> {
    this.channel.rekey(this.deviceKey as Uint8Array);
    const fields = [Tag.SessionId, this.session, Tag.Serial, asciiBytes(this.serial)];
    const answer = await this.send(MessageType.Acknowledge, fields);
    this.wipeNonce = findField(answer, Tag.WipeNonce) ?? EMPTY;
    return answer;
  }

  /** Of a blessed unit, under its own key. */
  prove(outcome = CLEAN): Promise<Uint8Array> {
    this.channel.rekey(this.deviceKey as Uint8Array);
    const fields = [Tag.DeviceId, this.id, Tag.WipeNonce, this.wipeNonce, Tag.WipeOutcome, outcome];
    return this.send(MessageType.Proof, fields);
  }

  /** Of a failed unit, under the session's key. */
  proveFailed(): Promise<Uint8Array> {
    this.channel.rekey(this.sessionKey);
    return this.send(MessageType.Proof, [Tag.SessionId, this.session, Tag.WipeOutcome, CLEAN]);
  }

  async poll(items: Uint8Array = EMPTY): Promise<Uint8Array> {
    this.channel.rekey(this.sessionKey);
    return this.send(MessageType.Poll, [...this.head(), Tag.Items, items, Tag.LastItem, u32(this.lastItem)]);
  }

  /** From light to receipt; returns the serial number. */
  async live(token: Uint8Array): Promise<string> {
    await this.hello(token);
    await this.results();
    await this.bless();
    await this.acknowledge();
    await this.prove();
    return this.serial;
  }
}
