// SPDX-License-Identifier: Apache-2.0
// A DUT's script: it can be blessed, and it has the self-test.
/// <reference path="./common.d.ts" />

interface DutServer extends CommonServer {
  /**
   * false: red at once, reported, never blessed. true: asks the server, which judges the measurements itself; the callback
   * gets true once the unit is blessed, wiped and its proof received.
   */
  bless(testSuccess: boolean, callback?: (blessed: boolean) => void): void;
}

/** What the factory alone may set; it survives the wipe. */
interface DutImp extends ImpApi {
  /** A region code of Electric Imp's; counts from the blessing on, at the next connection. */
  setcountry(regionCode: number): void;
  /** Does nothing but say so: Espruino gives no way to the radio's own settings. */
  setnvramimage(image: string): void;
  /** Held at power-up, at level `polarity`, it starts the receiver. null: the board's own pin again. */
  setrescuepin(pin: ImpPin | null, polarity?: number): void;
  /** The board's own pin, which counts unless said. */
  enablerescuepin(enabled: boolean): void;
}

interface Test {
  /** Limits and unit stand in product.json under this phase and name. */
  measure(name: string, value: number): void;
  done(): void;
  fail(reason: string): void;
  /** There is nothing here to test: not passed, and not tried again. */
  absent(what: string): void;
}

interface Phase {
  readonly name: string;
  /** 10,000 unless said. */
  readonly timeoutMs?: number;
  /** Attempts after the first; every attempt is kept. None unless said. */
  readonly retries?: number;
  /** Phases before this one without which it tells nothing: it is skipped when one of them did not pass. */
  readonly after?: readonly string[];
  run(test: Test): void;
  /** Runs after each attempt, however it ended. */
  teardown?(): void;
}

interface SelfTestApi {
  /** The built-in phases that product.json names, then these, in order; a failed one does not stop the others. */
  run(phases: readonly Phase[], finished: (passed: boolean) => void): void;
}

declare const imp: DutImp;
declare const server: DutServer;
declare const selftest: SelfTestApi;
