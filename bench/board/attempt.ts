// SPDX-License-Identifier: Apache-2.0
// What a bad cable spoils once may come through the next time.
import { UserError } from "../errors.js";

const ATTEMPTS = 3;
const EXIT_BOARD = 1;

/** Until there is a value. @throws UserError BOARD_GARBLED, and whatever `work` throws */
export async function attempt<Value>(work: (isLast: boolean) => Promise<Value | undefined>): Promise<Value> {
  for (let n = 1; n <= ATTEMPTS; n++) {
    const value = await work(n === ATTEMPTS);
    if (value !== undefined) return value;
  }
  throw new UserError("BOARD_GARBLED", "The board's lines come garbled: use a shorter or better cable.", EXIT_BOARD);
}
