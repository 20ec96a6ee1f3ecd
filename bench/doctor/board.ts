// SPDX-License-Identifier: Apache-2.0
// A board at a port: what lightline flash would say of it, its clock, and how it gets Espruino when it has none.
import { borrowBoard } from "../board/borrow-board.js";
import type { Board } from "../build/boards.js";
import { UserError } from "../errors.js";
import { eraseLine, writeLine } from "../image/esptool.js";
import { boardFaults } from "../flash/board-checks.js";
import type { BoardFacts } from "../flash/board-facts.js";
import { askBoard } from "../flash/board-facts.js";
import { foreignPrograms } from "../flash/plan.js";
import type { Finding } from "./finding.js";
import { ok, warn, wrong, wrongBy } from "./finding.js";

const SKEW_S = 5;
/** A clock that nobody set counts from here, or from the board's start. */
const SET_AFTER_S = Date.UTC(2020) / 1000;

/** What a boot loader says first, by chip. */
const BOOT_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/"ets (Jun|Jul) /, "esp32"],
  [/ESP-ROM:(esp32\w\d)/, ""],
];

export async function checkBoard(port: string, board: Board): Promise<Finding[]> {
  try {
    return await borrowBoard(port, async (console) => {
      const facts = await askBoard(console);
      const skewS = Number(await console.evaluate("getTime()")) - Date.now() / 1000;
      return [...firmware(facts, board), bluetooth(facts), program(facts), clock(skewS)];
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [error.code === "BOARD_NOT_ESPRUINO" ? stranger(error, port, board) : wrongBy("board", error)];
  }
}

function firmware(facts: BoardFacts, board: Board): Finding[] {
  const faults = boardFaults(facts, board).map((fault) => wrongBy("board", fault));
  const { firmware, chip, freeVariables, freeBytes } = facts;
  const words = `Espruino ${firmware} for ${chip}, ${freeVariables} variables and ${Math.floor(freeBytes / 1024)} kB of Storage free`;
  return faults.length ? faults : [ok("board", words)];
}

const bluetooth = (facts: BoardFacts): Finding =>
  facts.bluetooth
    ? warn("bluetooth", "is on, and takes memory that the stages need: lightline flash switches it off.")
    : ok("bluetooth", "is off");

function program(facts: BoardFacts): Finding {
  const foreign = foreignPrograms(facts);
  if (foreign.length)
    return warn("program", `another one starts (${foreign.join(", ")}): lightline flash --yes would erase it.`);
  return facts.bootIsOurs ? ok("program", "lightline's") : warn("program", "none yet: lightline flash puts it there.");
}

function clock(skewS: number): Finding {
  if (Date.now() / 1000 + skewS < SET_AFTER_S) return ok("clock", "the board's is not set, and need not be");
  const words = `the board's differs by ${Math.abs(skewS).toFixed(1)} s`;
  return Math.abs(skewS) < SKEW_S
    ? ok("clock", words)
    : warn("clock", `${words}: look at this machine's, which signs.`);
}

function stranger(error: UserError, port: string, board: Board): Finding {
  const text = BOOT_TEXTS.map(([text, name]) => [text.exec(error.message), name] as const).find(([match]) => match);
  if (!text) return wrongBy("board", error);
  const chip = text[1] || (text[0]?.[1] as string);
  if (chip !== board.chip.name)
    return wrong(
      "board",
      `It is an ${chip} without Espruino, and ${board.name} has an ${board.chip.name}: say --board.`,
    );
  return wrong("board", `It is an ${chip} without Espruino; put it there, then look again:`, installSteps(port, board));
}

/** As the README_flash.txt of Espruino's archive has it. */
function installSteps(port: string, { chip }: Board): string[] {
  const at = port.startsWith("tcp://") ? "SERIAL-PORT" : port;
  return [
    `download the archive of Espruino ${chip.firmware.at(-1)} for ${chip.builds[0]} from https://www.espruino.com/binaries/, unpack it, and go there`,
    "pip install esptool",
    eraseLine(chip, at),
    writeLine(chip, at, Object.values(chip.install.files)),
  ];
}
