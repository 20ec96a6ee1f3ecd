// SPDX-License-Identifier: Apache-2.0
// A board for a while: its own program makes room, and runs again afterwards, whatever happened between.
//
// Afterwards means a restart of the whole chip, as after a power cut: reset() would leave it without its program, and load() with the
// radio, timers and pins of the program that was here. Nothing is written on the way.
import { BoardConsole } from "./board-console.js";

const EXIT_INTERRUPTED = 130;

/** `undo` is for what the user interrupts. @throws UserError of BoardConsole, and whatever `work` throws */
export async function borrowBoard<Result>(
  port: string,
  work: (board: BoardConsole) => Promise<Result>,
  undo: () => Promise<void> = () => Promise.resolve(),
): Promise<Result> {
  const board = await BoardConsole.open(port);
  const giveBack = () => board.restart().finally(() => board.close());
  const interrupted = () => void Promise.allSettled([undo(), giveBack()]).finally(() => process.exit(EXIT_INTERRUPTED));
  process.once("SIGINT", interrupted);
  try {
    await board.reset();
    return await work(board);
  } finally {
    process.off("SIGINT", interrupted);
    await giveBack().catch(() => undefined);
  }
}
