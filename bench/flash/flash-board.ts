// SPDX-License-Identifier: Apache-2.0
// One board and its stages: looked at, written, restarted, and heard to run. Nothing is written before every check has passed.
import { setTimeout as sleep } from "node:timers/promises";
import type { BoardConsole, BoardIdentity } from "../board/board-console.js";
import { borrowBoard } from "../board/borrow-board.js";
import type { Board, Role } from "../build/boards.js";
import { UserError } from "../errors.js";
import { readBoard } from "../fixture/board-flash.js";
import type { Occupant } from "../fixture/occupant.js";
import { ensureChangeable, occupantOf } from "../fixture/occupant.js";
import { blankFlash, regionsOf } from "../fixture/plan.js";
import { boardFaults } from "./board-checks.js";
import { askBoard } from "./board-facts.js";
import type { FlashPlan } from "./plan.js";
import { planFlash } from "./plan.js";
import { carryOut } from "./storage-writer.js";

export interface FlashJob {
  readonly board: Board;
  /** The boot file and the stages of the role, as Storage holds them. */
  readonly files: { readonly [name: string]: string };
  readonly role: Role | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

export interface Flashed {
  readonly status: "flashed" | "unchanged" | "planned";
  readonly identity: BoardIdentity;
  readonly plan: FlashPlan;
  /** Why nothing was written, though it was not a dry run: each is a thing to say --yes to. */
  readonly held: readonly UserError[];
  readonly seconds: number;
  /** The running stage's first line; empty when nothing was started. */
  readonly greeting: string;
}

/** The board erases its boot code over it, and restarts. */
const BLUETOOTH_OFF = "ESP32.enableBLE(false)";
/** Until a chip that restarts is at its prompt. */
const RESTART_MS = 1500;
const GREETING_MS = 20_000;
const EXIT_BOARD = 1;

type Say = (line: string) => void;

/** @throws UserError of BoardConsole, of boardFaults, BOARD_IN_USE, STORAGE_FULL, STORAGE_FAULT, BLUETOOTH_ON, STAGE_SILENT */
export async function flashBoard(port: string, job: FlashJob, say: Say): Promise<Flashed> {
  const startMs = performance.now();
  const visit = (isFirst: boolean) => borrowBoard(port, (board) => work(board, job, isFirst, say));
  const first = await visit(true);
  const isThere = first.status !== "restarting";
  if (!isThere) await sleep(RESTART_MS);
  const { status, greeting } = isThere ? first : await visit(false);
  return { ...first, status: status as Flashed["status"], greeting, seconds: (performance.now() - startMs) / 1000 };
}

interface Visit extends Omit<Flashed, "seconds" | "status"> {
  /** Or without Bluetooth, to be visited again. */
  readonly status: Flashed["status"] | "restarting";
}

async function work(board: BoardConsole, job: FlashJob, isFirst: boolean, say: Say): Promise<Visit> {
  say("looking at the board");
  const facts = await askBoard(board);
  const [fault] = boardFaults(facts, job.board);
  if (fault) throw fault;
  const occupant = await askOccupant(board, job.board, say);
  ensureChangeable(occupant);
  ensureRole(occupant, job.role);
  const plan = planFlash(facts, job.files);
  const held = job.yes ? [] : reservations(occupant, plan);
  const seen: Visit = { status: "planned", identity: board.identity, plan, held, greeting: "" };
  if (job.dryRun || held.length) return seen;
  if (facts.bluetooth) {
    if (!isFirst) throw bluetoothStays();
    say("switching Bluetooth off");
    await board.restart(BLUETOOTH_OFF);
    return { ...seen, status: "restarting" };
  }
  await carryOut(board, plan.steps, (what, done) => say(progressOf(what, done, plan.bytes)));
  say("waiting for the stage");
  const greeting = await hearStage(board);
  return { ...seen, status: plan.bytes > 0 ? "flashed" : "unchanged", greeting };
}

const progressOf = (what: string, done: number, all: number): string =>
  `${what}, ${Math.floor(done / 1024)} of ${Math.ceil(all / 1024)} kB`;

async function askOccupant(console: BoardConsole, board: Board, say: Say): Promise<Occupant | undefined> {
  const flash = blankFlash(board);
  const tell = (share: number) => say(`reading its raw flash, ${Math.floor(share * 100)} %`);
  await readBoard(console, flash, regionsOf(board), tell);
  return occupantOf(flash, board);
}

/** A fixture's boot file starts ll.fixture, whatever else is there. */
function ensureRole(occupant: Occupant | undefined, role: Role | undefined): void {
  if (occupant?.kind !== "fixture" || role !== "dut") return;
  throw new UserError(
    "BOARD_IN_USE",
    `The board ${occupant.words}, which needs the fixture's stage: say --role fixture, or leave --role out.`,
  );
}

function reservations(occupant: Occupant | undefined, { foreign, bytes }: FlashPlan): UserError[] {
  const held: UserError[] = [];
  if (foreign.length)
    held.push(
      new UserError(
        "BOARD_PROGRAM",
        `Another program starts on the board (${foreign.join(", ")}): say --yes to erase it.`,
      ),
    );
  if (occupant && bytes > 0)
    held.push(
      new UserError("BOARD_IN_USE", `The board ${occupant.words}, and keeps that: say --yes to give it new stages.`),
    );
  return held;
}

const bluetoothStays = (): UserError =>
  new UserError(
    "BLUETOOTH_ON",
    `Bluetooth stays on, and the stages need its memory: enter ${BLUETOOTH_OFF} at the board's console, then try again.`,
    EXIT_BOARD,
  );

/** Every stage says its LED's pattern as soon as it runs, or its name. */
async function hearStage(board: BoardConsole): Promise<string> {
  let greeting = "";
  let complaint = "";
  const take = (line: string) => {
    if (line.startsWith("~")) greeting = line;
    else if (line.startsWith("Uncaught ")) complaint = line;
    return greeting || complaint ? ("last" as const) : ("nothing" as const);
  };
  const mute = () =>
    new UserError(
      "STAGE_SILENT",
      `The stages are on the board, and none says that it runs${complaint && ` ("${complaint.slice(0, 80)}")`}: watch its console at 115200 baud.`,
      EXIT_BOARD,
    );
  await Promise.all([board.listen(take, { timeoutMs: GREETING_MS }, mute), board.restart()]);
  if (!greeting) throw mute();
  return greeting;
}
