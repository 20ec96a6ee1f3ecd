// SPDX-License-Identifier: Apache-2.0
// The application stage: the product's own program. Of the factory it has no code; its reserved calls throw.
import type { NetworkBoard } from "../../hal/board.js";
import type { ProductData, RunScript } from "../api/globals.js";
import { makeHardware } from "../api/hardware.js";
import { Imp } from "../api/imp.js";
import { AgentApi, ServerApi } from "../api/server.js";
import { EntryType, findEntry } from "../core/blinkup/entries.js";
import { asciiText, EMPTY } from "../core/protocol/bytes.js";
import { BY_STORE } from "../core/blessing/choose-stage.js";
import { Channel } from "../core/protocol/channel.js";
import { Pattern } from "../core/status/patterns.js";
import { lockIfCleared } from "../device/console-lock.js";
import { enrol } from "../device/enrolment.js";
import { Lifecycle } from "../device/lifecycle.js";
import { Link } from "../device/link.js";
import { StatusLight } from "../device/status-light.js";
import { blessingKey } from "../store/blessing-record.js";
import { IdentityKind, LogName, Origin, SETTINGS_KIND, settingsBody } from "../store/kinds.js";
import { RecordLog } from "../store/record-log.js";

const REJOIN_MS = 30000;
/** Long enough to be seen. */
const SHOW_REFUSED_MS = 3000;
/** As long as the receiver's. */
const WINDOW_MS = 60000;
const SERVER_RESERVED = "bless factoryblinkup";
const IMP_RESERVED = "setcountry setnvramimage setrescuepin enablerescuepin";

class Application {
  _board: NetworkBoard;
  _product: ProductData;
  _life: Lifecycle;
  _led: StatusLight;
  _link: Link;
  _imp: Imp;
  _deviceKey: Uint8Array | undefined;
  _token: Uint8Array | undefined;
  _settings: RecordLog;
  /** Entries of light that is in RAM only: stored once the server has welcomed it. */
  _lit: Uint8Array | undefined;
  /** The script wants no light, and no LED that tells of it. */
  _isDark: boolean;
  /** Of a start that was planned, so that the receiver's window has just been. */
  _isWindowOver: boolean;

  constructor(board: NetworkBoard, product: ProductData) {
    const life = new Lifecycle(board);
    const settings = new RecordLog(board.settings, board.digest, LogName.Settings);
    const lit = board.system.chained();
    const body = settings.read(SETTINGS_KIND) || EMPTY;
    const entries = lit || body.subarray(1, body.length);
    const blessing = life.identity.read(IdentityKind.Blessing);
    this._board = board;
    this._product = product;
    this._life = life;
    this._settings = settings;
    this._lit = lit;
    this._isDark = false;
    this._isWindowOver = !life.boot.starts;
    this._led = new StatusLight(board);
    this._link = new Link(board, new Channel(board.digest.prf, EMPTY), entries, product.serverUrl);
    this._imp = new Imp(board, settings, () => settings.wipe());
    this._deviceKey = blessing && blessingKey(blessing);
    this._token = findEntry(entries, entries.length, EntryType.Enrolment);
    const country = life.identity.read(IdentityKind.Country);
    if (country) this._link.lastChannel = country[4] as number;
    lockIfCleared(board, life.identity);
  }

  start(runScript: RunScript): void {
    const server = new ServerApi(this._board, this._link);
    reserve(server, SERVER_RESERVED);
    reserve(this._imp, IMP_RESERVED);
    this._life.trace("app");
    this._imp.enableblinkup = (enabled) => this._enableBlinkup(enabled);
    this._board.timers.after(WINDOW_MS, () => {
      this._isWindowOver = false;
    });
    if (this._deviceKey && this._token) this._connect();
    // Nobody will deliver any.
    else this._imp._delivered("{}");
    runScript({
      imp: this._imp,
      server,
      hardware: makeHardware(this._board, this._board.system.deviceId),
      agent: new AgentApi(this._link),
    });
  }

  /** The receiver takes all of the board: its window comes instead of the application, once a minute at most. */
  _enableBlinkup(enabled: boolean): void {
    this._isDark = !enabled;
    if (!enabled) this._led.show(Pattern.Dark);
    else if (!this._isWindowOver) this._board.timers.after(0, () => this._life.restart("r"));
  }

  _show(pattern: Pattern): void {
    if (!this._isDark) this._led.show(pattern);
  }

  /** A blessed unit with settings says hello under its own key, with the token's proof where it has one. */
  _connect(): void {
    this._show(Pattern.Joining);
    this._link.join((joined) => {
      if (joined) {
        this._life.joined();
        this._enrol();
      } else this._board.timers.after(REJOIN_MS, () => this._connect());
    });
  }

  _enrol(): void {
    this._show(Pattern.Enrolling);
    enrol(
      this._board,
      this._link,
      { token: this._token, deviceKey: this._deviceKey, byKey: true },
      this._life.boot.counter,
      this._product.stageHash,
      (sessionKey, configParams, refused) => {
        if (!sessionKey) {
          this._unwelcome(refused);
          return;
        }
        if (this._lit) this._settings.write(SETTINGS_KIND, settingsBody(Origin.Production, this._lit));
        this._show(Pattern.Connected);
        this._imp._delivered(asciiText(configParams));
        this._link.polling = true;
        this._link.poll();
      },
    );
  }

  /** Light that the server does not take leaves nothing behind: the factory's, a neighbour's perhaps, or a token that is spent. */
  _unwelcome(refused: boolean): void {
    if (this._lit) {
      this._led.show(Pattern.Fail);
      this._board.timers.after(SHOW_REFUSED_MS, () => this._life.restart(BY_STORE));
    } else if (refused && this._token) {
      this._board.system.print("ACTIVATION_REFUSED: the token is spent, late or unknown; get a new one");
      this._token = undefined;
      this._enrol();
    } else this._board.timers.after(REJOIN_MS, () => this._connect());
  }
}

/** Anything that throws here and is not caught restarts the chip. */
function reserved(): void {
  throw new Error("reserved for factory firmware");
}

function reserve(target: object, names: string): void {
  const list = names.split(" ");
  for (let i = 0; i < list.length; i++) (target as { [name: string]: unknown })[list[i] as string] = reserved;
}

export function startApplication(board: NetworkBoard, product: ProductData, runScript: RunScript): void {
  new Application(board, product).start(runScript);
}
