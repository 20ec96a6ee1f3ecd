// SPDX-License-Identifier: Apache-2.0
// A show from a real board's lamp: a program for the board, and its lines on the way.
//
// Light of 1,000 a second and more is one call of digitalPulse for a whole frame: the hardware timer then makes every edge, and the
// board stands still until the last few. A second call would begin late, which between two frames does no harm. Slower light would
// hold the board up for too long (its edges must be well below 0.1 s apart); there a timer's tick shows each symbol.
import type { BoardIdentity } from "../board/board-console.js";
import { borrowBoard } from "../board/borrow-board.js";
import type { Board, Switched } from "../build/boards.js";
import { UserError } from "../errors.js";
import type { Progress } from "../progress.js";
import { runsOf } from "./runs.js";
import type { Show } from "./show.js";
import { secondsOf } from "./show.js";

export interface Played {
  readonly identity: BoardIdentity;
  /** What made the edges. */
  readonly by: "pulses" | "timer" | "interval";
  /** By the board's clock, all frames. */
  readonly seconds: number;
}

const SLOWEST_TRAIN_HZ = 1000;
/** Beyond the light's own time. */
const GRACE_MS = 5000;

/** @throws UserError BOARD_NO_EMITTER */
export function chooseLamp({ name, emitter, chip }: Board, pin: number | undefined): Switched {
  const lamp = pin === undefined ? emitter : { pin, activeLow: emitter?.activeLow ?? false };
  if (!lamp) throw new UserError("BOARD_NO_EMITTER", `${name} has no emitter: name the pin of an LED with --pin.`);
  const unfit = [...chip.inputOnly, ...chip.consolePins];
  if (chip.gpios.includes(lamp.pin) && !unfit.includes(lamp.pin)) return lamp;
  throw new UserError(
    "BOARD_NO_EMITTER",
    `GPIO ${lamp.pin} of ${name} cannot drive a lamp: say another --pin, but not ${unfit.join(", ")}.`,
  );
}

/** Shows it so many times, one after the other. @throws UserError of BoardConsole */
export function playShow(
  port: string,
  lamp: Switched,
  show: Show,
  passes: number,
  progress: Progress,
): Promise<Played> {
  const program = (show.rateHz >= SLOWEST_TRAIN_HZ ? trainProgram : tickProgram)(lamp, show, passes);
  return borrowBoard(port, async (board) => {
    let played: Played | undefined;
    const take = (line: string) => {
      const [, percent, by, seconds] = LINE.exec(line) ?? [];
      if (percent === undefined) return "nothing";
      progress.say(`${percent} % shown`);
      played = { identity: board.identity, by: by as Played["by"], seconds: Number(seconds) };
      return percent === "100" ? "last" : "more";
    };
    const timeoutMs = secondsOf(show) * passes * 1000 + GRACE_MS;
    try {
      // Listens before it asks: the last line may come with the answer.
      await Promise.all([board.listen(take, { timeoutMs }), board.evaluate(program)]);
    } finally {
      progress.end();
    }
    return played as Played;
  });
}

const LINE = /#p (\d+) (pulses|timer|interval) ([0-9.]+)$/;

const levels = ({ activeLow }: Switched) => (activeLow ? { lit: 0, dark: 1 } : { lit: 1, dark: 0 });

/** ES5. The lengths of the runs but for the last, the dark tail, are one digit each. */
function trainProgram(lamp: Switched, show: Show, passes: number): string {
  const { lit, dark } = levels(lamp);
  const digits = runsOf(show).map(({ length }) => length);
  const tail = digits.pop() as number;
  const symbolMs = 1000 / show.rateHz;
  return `(function () {
    var pin = new Pin(${lamp.pin}), digits = "${digits.join("")}", ms = new Float32Array(digits.length);
    var lengthMs = ${tail * symbolMs}, pass = 0, began, i;
    for (i = 0; i < digits.length; i++) {
      ms[i] = (digits.charCodeAt(i) - 48) * ${symbolMs};
      lengthMs += ms[i];
    }
    digits = null;
    function play() {
      var endMs = getTime() * 1000 + lengthMs;
      digitalPulse(pin, ${lit}, ms);
      setTimeout(next, endMs - getTime() * 1000);
    }
    function next() {
      pass++;
      print("#p " + Math.floor(pass * 100 / ${passes}) + " pulses " + (getTime() - began).toFixed(3));
      if (pass < ${passes}) play();
    }
    pin.write(${dark});
    setTimeout(function () { began = getTime(); play(); }, 100);
  })()`;
}

/** ES5. Symbols are bits, and a tick does nothing but show one: by the hardware timer where there is one that ticks (2v29 on). */
function tickProgram(lamp: Switched, show: Show, passes: number): string {
  const { lit, dark } = levels(lamp);
  const count = show.drives.length;
  return `(function () {
    var pin = new Pin(${lamp.pin}), bits = E.toUint8Array(atob("${packed(show.drives)}")), ms = ${1000 / show.rateHz};
    var at = 0, end = ${count * passes}, began, ended, timer, task, kind = "interval";
    function tick() {
      var symbol;
      if (at >= end) { ended = ended || getTime(); return; }
      if (!at) began = getTime();
      symbol = at++ % ${count};
      pin.write(bits[symbol >> 3] & (128 >> (symbol & 7)) ? ${lit} : ${dark});
    }
    function say() {
      if (at) print("#p " + Math.floor(ended ? 100 : at * 99 / end) + " " + kind + " " + ((ended || getTime()) - began).toFixed(3));
    }
    pin.write(${dark});
    setInterval(say, 200);
    try { timer = require("timer"); } catch (e) { timer = null; }
    if (!timer) { setInterval(tick, ms); return kind; }
    kind = "timer";
    task = timer.add({ type: "EXEC", fn: tick, time: ms, interval: ms });
    setTimeout(function () {
      if (at) return;
      timer.remove(task);
      kind = "interval";
      setInterval(tick, ms);
    }, 300);
    return kind;
  })()`;
}

/** Symbols as bits, most significant first, in base64. */
function packed(drives: readonly number[]): string {
  const bytes = new Uint8Array(Math.ceil(drives.length / 8));
  drives.forEach((drive, i) => {
    if (drive > 0.5) bytes[i >> 3]! |= 128 >> (i & 7);
  });
  return Buffer.from(bytes).toString("base64");
}
