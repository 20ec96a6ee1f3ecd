// SPDX-License-Identifier: Apache-2.0
// A board's Espruino console: code goes out, lines come back, and nothing waits for ever.
//
// Every line of code begins with DLE, so that the board does not echo it. What it answers is printed behind a mark with a number,
// which the code spells in pieces: whatever only repeats the code does not answer it.
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { openPort } from "./board-port.js";
import { UserError } from "../errors.js";

export interface BoardIdentity {
  /** "2v29" */
  readonly firmware: string;
  /** What it is built for: "ESP32". */
  readonly chip: string;
}

/** What a line was to whoever listens. */
export type Heard = "nothing" | "more" | "last";

/** How long to listen: in all, and from one line that was something to the next. */
export interface Patience {
  readonly timeoutMs: number;
  readonly silenceMs?: number;
}

interface Listener {
  readonly hear: (line: string) => void;
  readonly fail: (error: UserError) => void;
}

const BREAK = "\x03";
const ECHO_OFF = "\x10";
const EXIT_BOARD = 1;

/** A board that opening the port restarts needs so long, all attempts together. */
const GREETINGS = 4;
const GREETING_MS = 1250;
const ANSWER_MS = 5000;
/** A break empties the input line, and whatever comes too soon behind it. */
const BREAK_MS = 100;
const RESET_MS = 300;
/** The last words are on their way. */
const FAREWELL_MS = 100;
const SHOWN_CHARACTERS = 60;

export class BoardConsole {
  identity: BoardIdentity = { firmware: "", chip: "" };
  private readonly listeners = new Set<Listener>();
  private unfinished = "";
  private firstLine = "";
  private asked = 0;
  private restarted = false;
  private lost: UserError | undefined;

  private constructor(
    private readonly port: string,
    private readonly stream: Duplex,
  ) {
    stream.on("data", (bytes: Buffer) => this.hear(bytes.toString("latin1")));
    stream.on("error", () => this.lose());
    stream.on("close", () => this.lose());
    stream.on("end", () => this.lose());
  }

  /**
   * Breaks into the prompt of whatever runs, which goes on.
   * @throws UserError of openPort; BOARD_SILENT, BOARD_NOT_ESPRUINO, BOARD_LOCKED
   */
  static async open(port: string): Promise<BoardConsole> {
    const board = new BoardConsole(port, await openPort(port));
    try {
      await board.greet();
    } catch (error) {
      board.close();
      throw error;
    }
    return board;
  }

  /**
   * The value of an expression as text, which must be one line; line breaks in the code are taken out.
   * @throws UserError BOARD_FAULT when the board threw, BOARD_SILENT, BOARD_LOST
   */
  async evaluate(expression: string, timeoutMs = ANSWER_MS): Promise<string> {
    const id = ++this.asked;
    const code = expression.replace(/\s*\n\s*/g, " ");
    const say = (sign: string, value: string) => `print("#"+${id}+"${sign}"+${value})`;
    let answer = "";
    const take = (line: string): Heard => {
      answer = new RegExp(`(?:#${id}[=!]|^Uncaught ).*`).exec(line)?.[0] ?? "";
      return answer ? "last" : "nothing";
    };
    const answered = this.wait(take, { timeoutMs }, () => silent(this.port));
    await Promise.all([this.write(`${ECHO_OFF}try{${say("=", `(${code})`)}}catch(e){${say("!", "e")}}\n`), answered]);
    const value = answer.slice(`#${id}=`.length);
    if (answer.startsWith(`#${id}=`)) return value;
    throw new UserError(
      "BOARD_FAULT",
      `The board could not do it: ${shown(answer.replace(/^#\d+!/, ""))}.`,
      EXIT_BOARD,
    );
  }

  /** Hands every line over until one is the last. @throws UserError BOARD_LOST, or `giveUp` when none comes for so long */
  listen(
    take: (line: string) => Heard,
    patience: Patience,
    giveUp = () => gone("says nothing any more"),
  ): Promise<void> {
    return this.wait(take, patience, giveUp);
  }

  /** Empties the board's memory, so that nothing else runs; files are left alone, and nothing is echoed from now on. */
  async reset(): Promise<void> {
    await this.write(`${ECHO_OFF}reset()\n`);
    await sleep(RESET_MS);
    await this.evaluate("echo(0)");
  }

  /** Starts the board anew, as power does: what it was running runs again. Once is enough. */
  async restart(statement = 'typeof ESP32=="undefined"?load():ESP32.reboot()'): Promise<void> {
    if (this.lost || this.restarted) return;
    this.restarted = true;
    await this.write(`${ECHO_OFF}${statement}\n`);
    await sleep(FAREWELL_MS);
  }

  /** Empties the input line: a line that lost its end, a bracket perhaps, would wait for it for ever. */
  async clearLine(): Promise<void> {
    await this.write(BREAK);
    await sleep(BREAK_MS);
  }

  close(): void {
    this.lose();
    this.stream.destroy();
  }

  private wait(take: (line: string) => Heard, patience: Patience, giveUp: () => UserError): Promise<void> {
    const { timeoutMs, silenceMs = timeoutMs } = patience;
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => listener.fail(giveUp()), timeoutMs);
      const silence = setTimeout(() => listener.fail(giveUp()), silenceMs);
      const end = (settle: () => void) => {
        clearTimeout(deadline);
        clearTimeout(silence);
        this.listeners.delete(listener);
        settle();
      };
      const listener: Listener = {
        hear(line) {
          const heard = take(line);
          if (heard === "last") end(resolve);
          else if (heard === "more") silence.refresh();
        },
        fail: (error) => end(() => reject(error)),
      };
      this.listeners.add(listener);
      if (this.lost) listener.fail(this.lost);
    });
  }

  private async greet(): Promise<void> {
    for (let attempt = 0; attempt < GREETINGS; attempt++) {
      // A second break, too early, ends some builds.
      if (attempt % 3 === 0) await this.write(BREAK);
      await sleep(BREAK_MS);
      if (await this.identify()) return;
    }
    const heard = this.firstLine || clean(this.unfinished);
    throw heard ? stranger(heard) : silent(this.port);
  }

  /** False when there was no answer. */
  private async identify(): Promise<boolean> {
    try {
      const [firmware = "", chip = ""] = (
        await this.evaluate('process.env.VERSION+" "+process.env.BOARD', GREETING_MS)
      ).split(" ");
      if (!/^\dv\d/.test(firmware)) throw stranger(firmware);
      this.identity = { firmware, chip };
      return true;
    } catch (error) {
      if (/password>\s*$/.test(this.unfinished)) throw locked();
      const { code } = error as UserError;
      if (code === "BOARD_SILENT" || code === "BOARD_FAULT") return false;
      throw error;
    }
  }

  private write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.lost) return reject(this.lost);
      const deadline = setTimeout(() => reject(silent(this.port)), ANSWER_MS);
      this.stream.write(text, "latin1", () => {
        clearTimeout(deadline);
        if (this.lost) reject(this.lost);
        else resolve();
      });
    });
  }

  private hear(text: string): void {
    const lines = (this.unfinished + text).split("\n");
    this.unfinished = lines.pop() ?? "";
    for (const line of lines.map(clean)) {
      this.firstLine ||= line;
      for (const listener of [...this.listeners]) listener.hear(line);
    }
  }

  private lose(): void {
    this.lost ??= gone("is gone");
    for (const listener of [...this.listeners]) listener.fail(this.lost);
  }
}

/** Without prompts, what takes them back, and flow control. */
const clean = (line: string): string =>
  line
    // eslint-disable-next-line no-control-regex
    .replace(/\x1b\[[0-9;]*[A-Za-z]|[\x00-\x1f\x7f]/g, "")
    .replace(/^>+/, "")
    .trimEnd();

const shown = (line: string): string => {
  const printable = line.replace(/[^\x20-\x7e]/g, "?");
  return printable.length > SHOWN_CHARACTERS ? `${printable.slice(0, SHOWN_CHARACTERS)}...` : printable;
};

const silent = (port: string): UserError =>
  new UserError(
    "BOARD_SILENT",
    `Nothing answers at ${port}: check power and cable, and press the board's reset button.`,
    EXIT_BOARD,
  );

const gone = (how: string): UserError =>
  new UserError("BOARD_LOST", `The board ${how}: check its cable and power, and start again.`, EXIT_BOARD);

const stranger = (line: string): UserError =>
  new UserError(
    "BOARD_NOT_ESPRUINO",
    `What answers is not Espruino, it says "${shown(line)}": put Espruino on the board, or name another port.`,
    EXIT_BOARD,
  );

const locked = (): UserError =>
  new UserError(
    "BOARD_LOCKED",
    "The board's console asks for a password, as a blessed unit's does: use a board that is not blessed.",
    EXIT_BOARD,
  );
