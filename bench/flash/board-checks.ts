// SPDX-License-Identifier: Apache-2.0
// Whether a board can run the firmware, by what it says of itself: every fault that it has, in the order in which to mend them.
import { createHash, pbkdf2Sync } from "node:crypto";
import type { Board } from "../build/boards.js";
import { UserError } from "../errors.js";
import type { BoardFacts } from "./board-facts.js";

/** The peak of the stage that takes most, docs/MEMORY.md, and some to spare. */
const NEEDED_VARIABLES = 2900;
/** What switching Bluetooth off gave the least of all boards seen. */
const BLUETOOTH_VARIABLES = 1800;
const EXIT_BOARD = 1;

const DIGESTS = [createHash("sha256").update("abc").digest(), pbkdf2Sync("key", "message", 1, 32, "sha256")]
  .map((digest) => digest.toString("base64"))
  .join(" ");

/** None is mended by asking twice. */
export function boardFaults(facts: BoardFacts, { chip }: Board): UserError[] {
  const faults = [chipFault, firmwareFault, cryptoFault, flashFault, memoryFault];
  return faults.map((fault) => fault(facts, chip)).filter((fault) => fault !== undefined);
}

type Rule<Facts = BoardFacts> = (facts: Facts, chip: Board["chip"]) => UserError | undefined;

const fault = (code: string, words: string): UserError => new UserError(code, words, EXIT_BOARD);

export const chipFault: Rule<Pick<BoardFacts, "chip">> = ({ chip: build }, { title, builds }) =>
  builds.includes(build)
    ? undefined
    : fault(
        "BOARD_CHIP",
        `The board runs Espruino for ${build}, not for ${builds.join(" or ")}: name the board that it is with --board, or put Espruino for ${title} on it.`,
      );

const firmwareFault: Rule = ({ firmware }, { firmware: accepted }) =>
  accepted.includes(releaseOf(firmware))
    ? undefined
    : fault(
        "BOARD_FIRMWARE",
        `The board runs Espruino ${firmware}: put one of ${accepted.join(", ")} on it, lightline doctor says how.`,
      );

/** "2v29" of "2v29.277". */
const releaseOf = (firmware: string): string => /^\d+v\d+/.exec(firmware)?.[0] ?? "";

const cryptoFault: Rule = ({ digests }) =>
  digests === DIGESTS
    ? undefined
    : fault(
        "BOARD_NO_CRYPTO",
        digests === "none"
          ? "This Espruino was built without crypto: put a build with SHA256 and PBKDF2 on the board."
          : "This Espruino's SHA256 or PBKDF2 gives wrong values: put another build on the board.",
      );

const flashFault: Rule = ({ hasFlash }) =>
  hasFlash
    ? undefined
    : fault(
        "BOARD_NO_FLASH",
        "This Espruino lets no program write raw flash: put a build with the module Flash on it.",
      );

const memoryFault: Rule = ({ freeVariables, bluetooth }) =>
  freeVariables + (bluetooth ? BLUETOOTH_VARIABLES : 0) >= NEEDED_VARIABLES
    ? undefined
    : fault(
        "BOARD_MEMORY",
        `The board has ${freeVariables} variables free of ${NEEDED_VARIABLES} that the stages need: erase what starts before the boot file, or take another board.`,
      );
