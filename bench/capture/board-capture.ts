// SPDX-License-Identifier: Apache-2.0
// Light from a real board: which pin, which program, for how long; what was collected is kept when the board goes.
import type { BoardConsole, BoardIdentity } from "../board/board-console.js";
import { borrowBoard } from "../board/borrow-board.js";
import type { Board } from "../build/boards.js";
import { UserError } from "../errors.js";
import type { Progress } from "../progress.js";
import type { Captured } from "./captured.js";
import { EdgeRecording } from "./edge-watch.js";
import type { Recording, SensorChoice } from "./recording.js";
import { SampleRecording } from "./sampler.js";

export interface BoardCapture {
  readonly captured: Captured;
  readonly identity: BoardIdentity;
  /** Why it ended too soon. */
  readonly lost: UserError | undefined;
}

/** Of a pin that the board file gives no rate for. */
const USUAL_HZ = 600;
/** Longer than the slowest block, and than light that changes so fast that the board has no time to say so. */
const SILENCE_MS = 4000;
/** A console is slower than its board's clock, but not by so much. */
const GRACE = 1.5;

/** Where the light is: the board's sensor, or what is on another pin. @throws UserError BOARD_NO_SENSOR */
export function chooseSensor(
  board: Board,
  asked: {
    readonly sensor?: SensorChoice["sensor"] | undefined;
    readonly pin?: number | undefined;
    readonly sampleHz?: number | undefined;
  },
): SensorChoice {
  const { light, chip, name } = board;
  const { sensor = light.sensor, pin: gpio = light.pin, sampleHz = light.sampleHz ?? USUAL_HZ } = asked;
  const refuse = (why: string) => new UserError("BOARD_NO_SENSOR", `${name} ${why}.`);
  if (asked.pin === undefined && sensor !== light.sensor)
    throw refuse(`has no light sensor of the kind "${sensor}": leave --sensor out, or name its pin with --pin`);
  if (sensor === "analog" && !chip.analog.includes(gpio))
    throw refuse(`reads no analogue level on GPIO ${gpio}: say --pin with one of ${chip.analog.join(", ")}`);
  const unwatched = [...chip.unwatched, ...chip.consolePins];
  if (sensor === "edges" && (!chip.gpios.includes(gpio) || unwatched.includes(gpio)))
    throw refuse(`cannot watch GPIO ${gpio}: say another --pin, but not ${unwatched.join(", ")}`);
  return { board: name, sensor, gpio, sampleHz, inverted: light.brighter === "lower" };
}

/** @throws UserError of BoardConsole, BOARD_NO_SENSOR, and BOARD_LOST before anything was collected */
export function captureBoard(
  port: string,
  choice: SensorChoice,
  seconds: number,
  progress: Progress,
): Promise<BoardCapture> {
  return borrowBoard(port, async (board) => {
    const { identity } = board;
    if (choice.sensor === "analog") await ensureConverter(board, choice.gpio);
    const recording = choice.sensor === "analog" ? new SampleRecording(choice) : new EdgeRecording(choice);
    // Listens before it asks: the first lines may come with the answer.
    const collected = collect(board, recording, seconds, progress);
    await board.evaluate(recording.program);
    const lost = await collected;
    const captured = recording.captured(
      `GPIO ${choice.gpio} of ${choice.board}, Espruino ${identity.firmware} for ${identity.chip}`,
    );
    if (!captured) throw lost;
    return { captured, identity, lost };
  });
}

/** Which pins a build of Espruino can read, only it knows. */
async function ensureConverter(board: BoardConsole, gpio: number): Promise<void> {
  const level = await board.evaluate(
    `(function () { try { return analogRead(new Pin(${gpio})); } catch (e) { return e; } })()`,
  );
  if (Number.isFinite(parseFloat(level))) return;
  throw new UserError(
    "BOARD_NO_SENSOR",
    `The board reads no analogue level on GPIO ${gpio}, it says "${level}": name another --pin, or --sensor edges.`,
  );
}

/** Until the board's clock says so; gives what ended it before. */
async function collect(
  board: BoardConsole,
  recording: Recording,
  seconds: number,
  progress: Progress,
): Promise<UserError | undefined> {
  const take = (line: string) => {
    if (!recording.take(line)) return "nothing";
    progress.say(`${recording.seconds.toFixed(1)} s of ${seconds} s`);
    return recording.seconds >= seconds ? "last" : "more";
  };
  try {
    await board.listen(take, { timeoutMs: seconds * 1000 * GRACE + SILENCE_MS, silenceMs: SILENCE_MS });
    return undefined;
  } catch (error) {
    return error as UserError;
  } finally {
    progress.end();
  }
}
