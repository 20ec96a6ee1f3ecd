// SPDX-License-Identifier: Apache-2.0
// The fixture stage: asks the server for a token, lights it with the factory's network, shows what became of the unit.
import type { FixtureBoard } from "../../hal/board.js";
import type { ProductData, RunScript } from "../api/globals.js";
import { makeHardware, ScriptPin } from "../api/hardware.js";
import { Imp } from "../api/imp.js";
import { AgentApi, refuseCalls, ServerApi } from "../api/server.js";
import { EntryType, findEntry, putEntry } from "../core/blinkup/entries.js";
import { FixtureAction, FixtureEvent, FixtureState, fixtureTable } from "../core/blessing/fixture-machine.js";
import { Machine } from "../core/blessing/device-machine.js";
import { asciiBytes, asciiText, EMPTY } from "../core/protocol/bytes.js";
import { Channel } from "../core/protocol/channel.js";
import { MessageType, Tag } from "../core/protocol/codes.js";
import { sealBytes, tokenOf } from "../core/protocol/keys.js";
import { findField } from "../core/protocol/message.js";
import { Pattern } from "../core/status/patterns.js";
import { Lifecycle } from "../device/lifecycle.js";
import { orderFault } from "../device/light-order.js";
import type { LightOrder } from "../device/light-order.js";
import { LightSender } from "../device/light-sender.js";
import { Link } from "../device/link.js";
import { StatusLight } from "../device/status-light.js";
import { IdentityKind, LogName, SETTINGS_KIND } from "../store/kinds.js";
import { RecordLog } from "../store/record-log.js";

const FIXTURE_ID_BYTES = 8;
const LOCKOUT_MS = 2000;
const REJOIN_MS = 5000;
const ENTRIES_BYTES = 255;
/** Each emitter pin of a board is a slot of its own, counted from 1. */
const FIRST_SLOT = 1;

type FactoryBlinkup = (
  ssid: string | null,
  password: string | null,
  pin: { gpio: number } | undefined,
  flags: number,
) => void;

/** What becomes of a call of factoryblinkup; `share` of the light that is out, 0 to 1. */
interface LightEvent {
  readonly state: "asking" | "sending" | "sent" | "refused";
  readonly share: number;
  /** A code of docs/ERRORS.md and a sentence, when it was refused. */
  readonly reason: string;
}

/** The only server object that can send light. */
class FixtureServer extends ServerApi {
  readonly factoryblinkup: FactoryBlinkup;

  constructor(board: FixtureBoard, link: Link, factoryblinkup: FactoryBlinkup) {
    super(board, link);
    this.factoryblinkup = factoryblinkup;
  }
}

class Fixture {
  _board: FixtureBoard;
  /** BLINKUP_ flags of the product. */
  _flags: number;
  _runScript: RunScript;
  _life: Lifecycle;
  _led: StatusLight;
  _link: Link;
  _machine: Machine;
  _imp: Imp;
  _server: FixtureServer;
  _key: Uint8Array;
  _order: LightOrder | undefined;
  _sender: LightSender;
  _onLight: ((event: LightEvent) => void) | undefined;
  /** Entries of the light under way: SSID, password, token. */
  _entries: Uint8Array;

  constructor(board: FixtureBoard, product: ProductData, runScript: RunScript) {
    this._board = board;
    this._flags = product.lightFlags || 0;
    this._runScript = runScript;
    this._life = new Lifecycle(board);
    this._led = new StatusLight(board);
    const settings = new RecordLog(board.settings, board.digest, LogName.Settings);
    const body = settings.read(SETTINGS_KIND) || EMPTY;
    const identity = this._life.identity.read(IdentityKind.Fixture) || EMPTY;
    this._key = identity.subarray(FIXTURE_ID_BYTES, identity.length);
    this._link = new Link(
      board,
      new Channel(board.digest.prf, this._key),
      body.subarray(1, body.length),
      product.serverUrl,
    );
    this._link.idTag = Tag.FixtureId;
    this._link.epoch = this._life.boot.counter;
    this._link.polling = true;
    this._link.onPolled = (answer) => this._assigned(answer);
    this._link.startSession(identity.subarray(0, FIXTURE_ID_BYTES));
    this._machine = new Machine(fixtureTable, FixtureState.Unassigned, (step) => this._life.trace(step));
    this._imp = new Imp(board, settings, () => settings.wipe());
    this._server = new FixtureServer(board, this._link, (ssid, password, pin, flags) =>
      this._ask({ ssid, password, gpio: pin ? pin.gpio : -1, flags }),
    );
    this._order = undefined;
    this._onLight = undefined;
    this._sender = new LightSender(board);
    this._sender.onProgress = (share) => this._say("sending", share, "");
    this._sender.onSent = () => {
      this._say("sent", 1, "");
      this._event(FixtureEvent.Sent);
    };
    this._entries = EMPTY;
  }

  start(): void {
    this._led.show(Pattern.Joining);
    this._link.join((joined) => {
      this._led.show(joined ? Pattern.Enrolling : Pattern.Unconfigured);
      if (joined) {
        this._life.joined();
        this._link.poll();
      } else this._board.timers.after(REJOIN_MS, () => this.start());
    });
  }

  /** The first answer under the fixture key: the server knows this fixture. */
  _assigned(answer: Uint8Array): void {
    if (this._machine.state !== FixtureState.Unassigned) return;
    this._led.show(Pattern.Connected);
    this._imp._delivered(asciiText(findField(answer, Tag.ConfigParams) || asciiBytes("{}")));
    this._imp.configparams.factory_imp = this._imp.getmacaddress();
    this._event(FixtureEvent.Assigned);
    refuseCalls(this._server, "bless", (line) => this._server.error(line));
    refuseCalls(this._imp, "setcountry setnvramimage setrescuepin enablerescuepin", (line) => this._server.error(line));
    this._runScript({
      imp: this._imp,
      server: this._server,
      hardware: makeHardware(this._board, this._link.id),
      agent: new AgentApi(this._link),
      fixture: {
        onbutton: (handler: () => void) => this._board.button.onPress(handler),
        onlight: (handler: (event: LightEvent) => void) => {
          this._onLight = handler;
        },
        emitter: new ScriptPin(this._board, this._board.emitterGpio),
        flags: this._flags,
      },
    });
  }

  _ask(order: LightOrder): void {
    const fault = orderFault(this._board, order);
    if (fault) this._refuse(fault);
    else {
      if (this._machine.state === FixtureState.Idle) this._order = order;
      this._event(FixtureEvent.Asked);
    }
  }

  _refuse(reason: string): void {
    this._server.error("server.factoryblinkup was not sent. " + reason);
    this._say("refused", 0, reason);
  }

  _say(state: LightEvent["state"], share: number, reason: string): void {
    if (this._onLight) this._onLight({ state, share, reason });
  }

  _event(event: FixtureEvent): void {
    const action = this._machine.next(event);
    if (action === FixtureAction.RequestToken) {
      this._say("asking", 0, "");
      this._requestToken();
    } else if (action === FixtureAction.Flash) this._flash();
    else if (action === FixtureAction.ReportRefusal) this._refuse(reasonOf(event));
    else if (action === FixtureAction.StartLockout)
      this._board.timers.after(LOCKOUT_MS, () => this._event(FixtureEvent.TimeUp));
  }

  _requestToken(): void {
    const link = this._link;
    const slot = new Uint8Array([FIRST_SLOT]);
    link.send(
      MessageType.TokenRequest,
      () => [Tag.FixtureId, link.id, Tag.Counter, link.counter(), Tag.Slot, slot],
      (answer) => {
        const seed = answer && findField(answer, Tag.TokenSeed);
        if (answer && seed) {
          this._entries = this._lightEntries(answer, seed);
          this._event(FixtureEvent.Granted);
        } else this._event(answer ? FixtureEvent.Refused : FixtureEvent.Unreachable);
      },
    );
  }

  /** The script's network, else the one that the server sealed for this fixture; then the token. */
  _lightEntries(answer: Uint8Array, seed: Uint8Array): Uint8Array {
    const prf = this._board.digest.prf;
    const order = this._order as LightOrder;
    const nonce = findField(answer, Tag.ServerNonce) || EMPTY;
    const factory = sealBytes(prf, this._key, nonce, findField(answer, Tag.Sealed) || EMPTY);
    const entries = new Uint8Array(ENTRIES_BYTES);
    const network = (type: EntryType, text: string | null) =>
      text === null ? findEntry(factory, factory.length, type) || EMPTY : asciiBytes(text);
    let at = putEntry(entries, 0, EntryType.Ssid, network(EntryType.Ssid, order.ssid));
    at = putEntry(entries, at, EntryType.Password, network(EntryType.Password, order.password));
    const url = findEntry(factory, factory.length, EntryType.ServerUrl);
    if (url) at = putEntry(entries, at, EntryType.ServerUrl, url);
    at = putEntry(entries, at, EntryType.Enrolment, tokenOf(prf, this._key, seed));
    return at < 0 ? EMPTY : entries.subarray(0, at);
  }

  _flash(): void {
    const order = this._order as LightOrder;
    const entries = this._entries;
    this._entries = EMPTY;
    if (entries.length && this._sender.send(order, entries)) return;
    this._refuse("LIGHT_TOO_LONG: network, server address and token do not fit into one frame");
    this._event(FixtureEvent.Sent);
  }
}

function reasonOf(event: FixtureEvent): string {
  if (event === FixtureEvent.Refused) return "LIGHT_REFUSED: the server gave no token; its audit log says why";
  if (event === FixtureEvent.Unreachable) return "LIGHT_OFFLINE: the server cannot be reached; press again";
  return "LIGHT_BUSY: the light before is not out yet, or the server does not know this fixture yet";
}

export function startFixture(board: FixtureBoard, product: ProductData, runScript: RunScript): void {
  new Fixture(board, product, runScript).start();
}
