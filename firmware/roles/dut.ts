// SPDX-License-Identifier: Apache-2.0
// The dut stage: join, prove each other, run the product's tests, be blessed, wipe. The one role that can be blessed.
import type { NetworkBoard } from "../../hal/board.js";
import { ErrorCode } from "../../hal/error.js";
import type { Globals, ProductData, RunScript } from "../api/globals.js";
import { makeHardware } from "../api/hardware.js";
import { DutImp } from "../api/dut-imp.js";
import { AgentApi, refuseCalls, ServerApi } from "../api/server.js";
import { EntryType, findEntry } from "../core/blinkup/entries.js";
import { DeviceAction, DeviceEvent, DeviceState, deviceTable, Machine } from "../core/blessing/device-machine.js";
import { asciiText, EMPTY } from "../core/protocol/bytes.js";
import { Channel } from "../core/protocol/channel.js";
import { MessageType, Tag, WipeOutcome } from "../core/protocol/codes.js";
import { deviceKeyOf, digestOf } from "../core/protocol/keys.js";
import { findField } from "../core/protocol/message.js";
import { ResultsWriter } from "../core/protocol/results.js";
import { Pattern } from "../core/status/patterns.js";
import { enrol } from "../device/enrolment.js";
import { Lifecycle } from "../device/lifecycle.js";
import { Link } from "../device/link.js";
import type { Phase } from "../device/self-test.js";
import { SelfTest } from "../device/self-test.js";
import { StatusLight } from "../device/status-light.js";
import { blessingKey, blessingSerial, packBlessing } from "../store/blessing-record.js";
import { IdentityKind, LogName, SETTINGS_KIND, WipePhase } from "../store/kinds.js";
import { RecordLog } from "../store/record-log.js";

/** Electric Imp loads the application about two seconds after the callback. */
const APPLICATION_DELAY_MS = 2000;
/** Where a device id of 16 hex digits goes on with its MAC address. */
const MAC_AT = 4;
const RESULTS_DIGEST_START = new Uint8Array(32);

type Bless = (testSuccess: boolean, callback: ((blessed: boolean) => void) | undefined) => void;

/** The only server object that can bless. */
class DutServer extends ServerApi {
  readonly bless: Bless;

  constructor(board: NetworkBoard, link: Link, bless: Bless) {
    super(board, link);
    this.bless = bless;
  }
}

class Dut {
  _board: NetworkBoard;
  _product: ProductData;
  _runScript: RunScript;
  _life: Lifecycle;
  _led: StatusLight;
  _settings: RecordLog;
  _link: Link;
  _machine: Machine;
  _results: ResultsWriter;
  _selfTest: SelfTest;
  _imp: DutImp;
  _server: DutServer;
  /** The token lit by the fixture. */
  _token: Uint8Array;
  _sessionKey: Uint8Array;
  _digest: Uint8Array;
  _grant: Uint8Array;
  _callback: ((blessed: boolean) => void) | undefined;
  /** Flash did not do as it was told. */
  _isWorn: boolean;
  /** By the script, before its bless was answered. */
  _isCleared: boolean;

  constructor(board: NetworkBoard, product: ProductData, phases: readonly Phase[], runScript: RunScript) {
    this._board = board;
    this._product = product;
    this._runScript = runScript;
    this._life = new Lifecycle(board);
    this._led = new StatusLight(board);
    this._settings = new RecordLog(board.settings, board.digest, LogName.Settings);
    const chained = board.system.chained();
    const body = this._settings.read(SETTINGS_KIND);
    const entries = chained || (body ? body.subarray(1, body.length) : EMPTY);
    this._token = findEntry(entries, entries.length, EntryType.Enrolment) || EMPTY;
    this._link = new Link(board, new Channel(board.digest.prf, EMPTY), entries, product.serverUrl);
    this._machine = new Machine(deviceTable, DeviceState.Joining, (step) => this._life.trace(step));
    this._server = new DutServer(board, this._link, (testSuccess, callback) => this._bless(testSuccess, callback));
    this._imp = new DutImp(
      board,
      this._settings,
      () => this._clear(),
      this._life.identity,
      (line) => this._server.error(line),
    );
    this._results = new ResultsWriter();
    this._selfTest = new SelfTest(board.timers, this._results, product.measurements, (line) => this._server.log(line));
    this._selfTest.first = phases;
    this._sessionKey = EMPTY;
    this._digest = RESULTS_DIGEST_START;
    this._grant = EMPTY;
    this._callback = undefined;
    this._isWorn = false;
    this._isCleared = false;
  }

  start(): void {
    const wipe = this._wipe();
    if (wipe && wipe[0] === WipePhase.Begun) this._event(DeviceEvent.WipeBegun);
    else if (wipe && wipe[0] === WipePhase.ProofOwed) this._event(DeviceEvent.Reseated);
    else this._event(DeviceEvent.Start);
  }

  _event(event: string): void {
    while (event) event = this._do(this._machine.next(event));
  }

  /** Carries out an action; returns the event that it led to at once, or "". */
  _do(action: string): string {
    switch (action) {
      case DeviceAction.Join:
        return this._join();
      case DeviceAction.Hello:
        return this._hello();
      case DeviceAction.RunScript:
        return this._run();
      case DeviceAction.RequestBlessing:
        return this._requestBlessing(true);
      case DeviceAction.ReportFailure:
        this._led.show(Pattern.Fail);
        return this._requestBlessing(false);
      case DeviceAction.Commit:
        return this._commit();
      case DeviceAction.Acknowledge:
        return this._acknowledge();
      case DeviceAction.Wipe:
        return this._eraseSettings();
      case DeviceAction.SendProof:
        return this._prove();
      case DeviceAction.ShowPass:
        return this._finish(true);
      case DeviceAction.ShowFail:
        return this._finish(false);
      case DeviceAction.RestartReceive:
        this._life.restart("r");
        return "";
      case DeviceAction.RestartApplication:
        this._life.restart("a");
        return "";
    }
    return "";
  }

  _join(): string {
    this._led.show(Pattern.Joining);
    this._link.join((joined) => {
      if (joined) this._life.joined();
      this._event(joined ? DeviceEvent.Joined : DeviceEvent.Unreachable);
    });
    return "";
  }

  _hello(): string {
    const key = this._deviceKey();
    this._led.show(Pattern.Enrolling);
    enrol(
      this._board,
      this._link,
      { token: this._token, deviceKey: key, byKey: false },
      this._life.boot.counter,
      this._product.stageHash,
      (sessionKey, configParams, refused) => {
        if (!sessionKey) {
          this._event(refused ? DeviceEvent.Refused : DeviceEvent.Unreachable);
          return;
        }
        this._sessionKey = sessionKey;
        this._imp._delivered(asciiText(configParams));
        const params = this._imp.configparams;
        if (params.factory_imp_device_id) params.factory_imp = (params.factory_imp_device_id as string).slice(MAC_AT);
        this._event(key ? DeviceEvent.WelcomedBlessed : DeviceEvent.Welcomed);
      },
    );
    return "";
  }

  _run(): string {
    this._led.show(Pattern.Connected);
    const log = (line: string) => this._server.error(line);
    const globals: Globals = {
      imp: this._imp,
      server: this._server,
      hardware: makeHardware(this._board, this._board.system.deviceId),
      agent: new AgentApi(this._link),
      selftest: this._selfTest,
    };
    refuseCalls(this._server, "factoryblinkup", log);
    this._runScript(globals);
    return "";
  }

  _bless(testSuccess: boolean, callback: ((blessed: boolean) => void) | undefined): void {
    if (this._machine.state !== DeviceState.Testing) {
      this._server.error("server.bless was refused: it was called before");
      return;
    }
    this._callback = callback;
    // What its agent still says comes with the answers.
    this._link.polling = false;
    this._event(testSuccess ? DeviceEvent.Passed : DeviceEvent.Failed);
  }

  /** In the callback of a blessing it is the wipe that the server has to hear of; before, the settings just go. */
  _clear(): void {
    if (this._machine.state === DeviceState.Passed) this._event(DeviceEvent.ClearCalled);
    else {
      this._isCleared = true;
      this._isSound(this._settings.wipe());
    }
  }

  /** Sends what the tests measured, then asks; a failure is reported the same way. */
  _requestBlessing(passed: boolean): string {
    const batch = this._results.take();
    const link = this._link;
    const ask = () =>
      link.send(
        MessageType.Bless,
        () => [
          Tag.SessionId,
          link.id,
          Tag.Counter,
          link.counter(),
          Tag.ResultsDigest,
          this._digest,
          Tag.Verdict,
          new Uint8Array([passed ? 1 : 0]),
        ],
        (answer) => this._event(passed ? this._judge(answer) : DeviceEvent.Reported),
      );
    if (!batch.length) {
      ask();
      return "";
    }
    this._digest = digestOf(this._board.digest.prf, this._digest, batch);
    link.send(
      MessageType.Results,
      () => [Tag.SessionId, link.id, Tag.Counter, link.counter(), Tag.Batch, batch],
      (answer) => {
        if (answer) ask();
        else this._event(passed ? DeviceEvent.Unreachable : DeviceEvent.Reported);
      },
    );
    return "";
  }

  _judge(answer: Uint8Array | undefined): string {
    if (!answer) return DeviceEvent.Unreachable;
    if (answer[1] !== MessageType.Grant) return DeviceEvent.Refused;
    this._grant = answer;
    return DeviceEvent.Granted;
  }

  _commit(): string {
    const serial = findField(this._grant, Tag.Serial) || EMPTY;
    const salt = findField(this._grant, Tag.Salt) || EMPTY;
    const body = packBlessing(
      deviceKeyOf(this._board.digest.prf, this._sessionKey, salt, serial),
      serial,
      findField(this._grant, Tag.Signature) || EMPTY,
      findField(this._grant, Tag.Record) || EMPTY,
    );
    this._grant = EMPTY;
    const ready = !this._wipe() || this._writeWipe(WipePhase.None, EMPTY);
    const done = ready && this._isSound(this._life.identity.write(IdentityKind.Blessing, body));
    return done ? DeviceEvent.Committed : DeviceEvent.FlashFault;
  }

  _acknowledge(): string {
    const blessing = this._life.identity.read(IdentityKind.Blessing) || EMPTY;
    this._link.channel.rekey(blessingKey(blessing));
    this._link.send(
      MessageType.Acknowledge,
      () => [Tag.SessionId, this._link.id, Tag.Serial, blessingSerial(blessing)],
      (answer) => {
        const nonce = answer && findField(answer, Tag.WipeNonce);
        if (!answer) this._event(DeviceEvent.Unreachable);
        else if (!nonce) this._event(DeviceEvent.Refused);
        else if (!this._writeWipe(WipePhase.None, nonce)) this._event(DeviceEvent.FlashFault);
        else {
          // A start after the blessing has no callback that could wipe.
          const isScripts = this._product.wipe === "script" && this._callback && !this._isCleared;
          this._event(isScripts ? DeviceEvent.AcknowledgedScript : DeviceEvent.Acknowledged);
        }
      },
    );
    return "";
  }

  /** The intent first: a start that finds it finishes the erasing before anything else. */
  _eraseSettings(): string {
    if (this._machine.state === DeviceState.Failed) {
      this._led.show(Pattern.Fail);
      // The original's order: the script hears of it with its settings still there.
      if (this._product.wipe === "script") this._callBack(false);
      if (!this._product.wipeOnFail) return DeviceEvent.Kept;
    }
    const nonce = this._wipeNonce();
    const begun = this._writeWipe(WipePhase.Begun, nonce);
    // Erased in any case: the intent is for a start that has to finish it.
    const clean = this._isSound(this._settings.wipe());
    const wiped = begun && clean && this._writeWipe(this._deviceKey() ? WipePhase.ProofOwed : WipePhase.Proved, nonce);
    return wiped ? DeviceEvent.Wiped : DeviceEvent.FlashFault;
  }

  /** Under the device key, or the session's after a failed run; joins first where the start came after the wipe. */
  _prove(): string {
    const link = this._link;
    const deviceKey = this._deviceKey();
    if (!deviceKey && !this._sessionKey.length) return DeviceEvent.Unreachable;
    if (!link.joined) {
      link.join((joined) => this._event(joined ? this._prove() : DeviceEvent.Unreachable));
      return "";
    }
    const nonce = this._wipeNonce();
    const outcome = new Uint8Array([WipeOutcome.Clean]);
    link.channel.rekey(deviceKey || this._sessionKey);
    link.send(
      MessageType.Proof,
      () =>
        deviceKey
          ? [Tag.DeviceId, this._board.system.deviceId, Tag.WipeNonce, nonce, Tag.WipeOutcome, outcome]
          : [Tag.SessionId, link.id, Tag.WipeOutcome, outcome],
      (answer) => {
        // What is still said in this session is said under its own key.
        link.channel.rekey(this._sessionKey);
        if (!answer || answer[1] !== MessageType.Receipt) this._event(DeviceEvent.Unreachable);
        else this._event(this._writeWipe(WipePhase.Proved, nonce) ? DeviceEvent.Receipted : DeviceEvent.FlashFault);
      },
    );
    return "";
  }

  _finish(passed: boolean): string {
    this._led.show(passed ? Pattern.Pass : this._isWorn ? Pattern.Fault : Pattern.Fail);
    if (passed) this._board.timers.after(APPLICATION_DELAY_MS, () => this._event(DeviceEvent.TimeUp));
    this._callBack(passed);
    return "";
  }

  _callBack(blessed: boolean): void {
    const callback = this._callback;
    this._callback = undefined;
    if (callback) callback(blessed);
  }

  _deviceKey(): Uint8Array | undefined {
    const blessing = this._life.identity.read(IdentityKind.Blessing);
    return blessing && blessingKey(blessing);
  }

  _wipe(): Uint8Array | undefined {
    return this._life.identity.read(IdentityKind.Wipe);
  }

  _wipeNonce(): Uint8Array {
    const wipe = this._wipe();
    return wipe ? wipe.subarray(1, wipe.length) : EMPTY;
  }

  _writeWipe(phase: WipePhase, nonce: Uint8Array): boolean {
    const body = new Uint8Array(1 + nonce.length);
    body[0] = phase;
    body.set(nonce, 1);
    return this._isSound(this._life.identity.write(IdentityKind.Wipe, body));
  }

  _isSound(status: ErrorCode): boolean {
    if (status !== ErrorCode.Ok) {
      this._isWorn = true;
      this._board.system.print(
        "FLASH_FAULT: flash does not keep what is written, or does not let it go: take this board out",
      );
    }
    return status === ErrorCode.Ok;
  }
}

export function startDut(
  board: NetworkBoard,
  product: ProductData,
  phases: readonly Phase[],
  runScript: RunScript,
): void {
  new Dut(board, product, phases, runScript).start();
}
