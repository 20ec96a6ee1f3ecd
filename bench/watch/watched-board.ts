// SPDX-License-Identifier: Apache-2.0
// A board that runs a script from RAM, and the next one instead of it.
import type { BoardConsole } from "../board/board-console.js";
import { loadProgram, prepareLoader } from "../board/ram-loader.js";
import type { UserError } from "../errors.js";

/** A script that keeps the board from its prompt is broken into. */
const PROMPT_MS = 1000;
/** Whether the runner is there still. */
const STOP = `typeof __watch=="object"?(__watch.stop(),"stopped"):"gone"`;

export class WatchedBoard {
  constructor(
    private readonly board: BoardConsole,
    private runner: string,
  ) {}

  /** Nothing but the runner is in its memory then. @throws UserError of BoardConsole, BOARD_GARBLED */
  async start(runner = this.runner): Promise<void> {
    this.runner = runner;
    await this.board.reset();
    await prepareLoader(this.board);
    await loadProgram(this.board, this.runner);
  }

  /** Returns when the script's top level has run, or thrown: what it throws the board tells like any error. @throws UserError */
  async run(code: string): Promise<void> {
    if ((await this.stop()) === "gone") await this.start();
    await loadProgram(this.board, code);
  }

  private async stop(): Promise<string> {
    try {
      return await this.board.evaluate(STOP, PROMPT_MS);
    } catch (error) {
      if ((error as UserError).code !== "BOARD_SILENT") throw error;
      await this.board.clearLine();
      return this.board.evaluate(STOP);
    }
  }
}
