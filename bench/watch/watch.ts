// SPDX-License-Identifier: Apache-2.0
// Edit, build, send, run, again and again; and what the board says meanwhile, its errors with their places in the source.
import type { Heard } from "../board/board-console.js";
import { BoardConsole } from "../board/board-console.js";
import type { Board } from "../build/boards.js";
import { scriptChecker } from "../build/check-script.js";
import type { Product, ScriptRole } from "../build/product.js";
import { loadProduct, scriptPath } from "../build/product.js";
import type { Program } from "../build/program.js";
import { isUserError } from "../errors.js";
import { chipFault } from "../flash/board-checks.js";
import { Changes } from "./changes.js";
import { placesOf } from "./places.js";
import { buildRunner, buildScript } from "./programs.js";
import { WatchedBoard } from "./watched-board.js";

export interface WatchJob {
  readonly port: string;
  readonly board: Board;
  readonly product: Product;
  readonly role: ScriptRole;
}

/** What the user sees. */
export type WatchEvent =
  | { readonly event: "running"; readonly seconds: number; readonly bytes: number }
  /** What the board said. */
  | { readonly event: "line"; readonly text: string }
  /** What a script threw; innermost place first, as "file:line". */
  | { readonly event: "threw"; readonly message: string; readonly places: readonly string[] }
  /** Of an edit that cannot run: the one before goes on. */
  | { readonly event: "refused"; readonly code: string; readonly message: string };

/** For as long as anybody would watch. */
const EVER_MS = 2 ** 31 - 1;
const THREW = /^#w (\[.*\])$/;
/** What evaluations answer. */
const ANSWER = /^#\d+[=!]/;
const PRODUCT_FILE = "product.json";

/** Until `stop` is aborted; then the board starts anew, with the program in its flash. @throws UserError */
export async function watchScript(job: WatchJob, stop: AbortSignal, tell: (event: WatchEvent) => void): Promise<void> {
  const board = await BoardConsole.open(job.port);
  const changes = new Changes(job.product.dir);
  try {
    const fault = chipFault(board.identity, job.board.chip);
    if (fault) throw fault;
    const runner = await buildRunner(job.board, job.product);
    const session = new WatchSession(job, new WatchedBoard(board, runner), tell);
    const lost = board.listen((line) => session.hear(line), { timeoutMs: EVER_MS });
    const stopped = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([session.run(changes), lost, stopped]);
  } finally {
    await changes.close();
    await board.restart().catch(() => undefined);
    board.close();
  }
}

class WatchSession {
  private program: Program | undefined;
  private readonly check: () => void;

  constructor(
    private job: WatchJob,
    private readonly board: WatchedBoard,
    private readonly tell: (event: WatchEvent) => void,
  ) {
    this.check = scriptChecker(scriptPath(job.product, job.role), job.role);
  }

  async run(changes: Changes): Promise<never> {
    await this.board.start();
    for (let begun = performance.now(); ; begun = performance.now()) {
      await this.edit(begun);
      if ((await changes.next()).has(PRODUCT_FILE)) await this.takeProduct();
    }
  }

  hear(line: string): Heard {
    const [, threw] = THREW.exec(line) ?? [];
    if (threw !== undefined) this.threw(threw);
    else if (line && !ANSWER.test(line)) this.tell({ event: "line", text: line });
    return "nothing";
  }

  /** @throws UserError of the board */
  private async edit(begunMs: number): Promise<void> {
    const program = await this.build();
    if (!program) return;
    this.program = program;
    await this.board.run(program.code);
    this.tell({ event: "running", seconds: (performance.now() - begunMs) / 1000, bytes: program.code.length });
  }

  private build(): Promise<Program | undefined> {
    return this.orRefuse(async () => {
      this.check();
      return buildScript(this.job.board, this.job.product, this.job.role);
    });
  }

  /** Limits and light are in the runner. */
  private async takeProduct(): Promise<void> {
    const runner = await this.orRefuse(async () => {
      this.job = { ...this.job, product: loadProduct(this.job.product.dir) };
      return buildRunner(this.job.board, this.job.product);
    });
    if (runner !== undefined) await this.board.start(runner);
  }

  private async orRefuse<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isUserError(error)) throw error;
      this.tell({ event: "refused", code: error.code, message: error.message });
      return undefined;
    }
  }

  private threw(json: string): void {
    const [message = "", stack = ""] = JSON.parse(json) as string[];
    this.tell({ event: "threw", message, places: this.program ? placesOf(stack, this.program) : [] });
  }
}
