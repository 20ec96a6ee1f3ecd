// SPDX-License-Identifier: Apache-2.0
// A few threads for many agents; one that hangs is ended, with all that it ran.
import { Worker } from "node:worker_threads";
import type { AgentAnswer, AgentCall, FromWorker, ToWorker, Turned } from "./protocol.js";

const WORKERS = 2;
/** Far beyond an event's own time: the interpreter itself is stuck. */
const STUCK_MS = 10_000;
/** For an agent's recursion to end in QuickJS, not in the thread. */
const STACK_MB = 64;

interface Turn {
  readonly worker: Worker;
  readonly wait: (call: AgentCall) => Promise<AgentAnswer>;
  readonly done: (turned: Turned) => void;
  stuck: NodeJS.Timeout | undefined;
}

export class Pool {
  private readonly workers: (Worker | undefined)[] = [];
  private readonly homes = new Map<string, number>();
  private readonly turns = new Map<string, Turn>();

  constructor(private readonly lost: (agents: readonly string[]) => void) {}

  /** One event of one agent, to its end; `wait` answers what it waits for meanwhile. */
  run(message: ToWorker, wait: Turn["wait"]): Promise<Turned> {
    const worker = this.workerOf(message.agent);
    return new Promise((done) => {
      const turn: Turn = { worker, wait, done, stuck: undefined };
      this.turns.set(message.agent, turn);
      this.watch(turn);
      worker.postMessage(message);
    });
  }

  stop(agent: string): void {
    const home = this.homes.get(agent);
    if (home !== undefined) this.workers[home]?.postMessage({ do: "stop", agent } satisfies ToWorker);
    this.homes.delete(agent);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker?.terminate()));
  }

  private workerOf(agent: string): Worker {
    const home = this.homes.get(agent) ?? this.emptiest();
    this.homes.set(agent, home);
    return (this.workers[home] ??= this.open(home));
  }

  private emptiest(): number {
    const counts = new Array<number>(WORKERS).fill(0);
    for (const home of this.homes.values()) counts[home] = (counts[home] as number) + 1;
    return counts.indexOf(Math.min(...counts));
  }

  private open(home: number): Worker {
    const worker = new Worker(new URL("./worker.mjs", import.meta.url), {
      execArgv: [],
      resourceLimits: { stackSizeMb: STACK_MB },
    });
    worker.unref();
    worker.on("message", (message: FromWorker) => this.hear(worker, message));
    // Its end follows, and says all.
    worker.on("error", () => undefined);
    worker.once("exit", () => this.bury(worker, home));
    return worker;
  }

  private hear(worker: Worker, message: FromWorker): void {
    const { agent } = message;
    const turn = this.turns.get(agent);
    if (!turn) return;
    clearTimeout(turn.stuck);
    if (message.do === "wait") {
      void turn.wait(message.call).then((response) => {
        this.watch(turn);
        worker.postMessage({ do: "called", agent, call: message.call.call, response } satisfies ToWorker);
      });
      return;
    }
    this.turns.delete(agent);
    turn.done(message);
  }

  private watch(turn: Turn): void {
    turn.stuck = setTimeout(() => void turn.worker.terminate(), STUCK_MS);
    turn.stuck.unref();
  }

  private bury(worker: Worker, home: number): void {
    if (this.workers[home] === worker) this.workers[home] = undefined;
    const agents = [...this.homes].filter(([, at]) => at === home).map(([agent]) => agent);
    for (const agent of agents) this.homes.delete(agent);
    // Whose event it was dies of it below, and rests: told of a loss it would run that event again at once.
    this.lost(agents.filter((agent) => this.turns.get(agent)?.worker !== worker));
    for (const [agent, turn] of this.turns) {
      if (turn.worker !== worker) continue;
      clearTimeout(turn.stuck);
      this.turns.delete(agent);
      turn.done({ effects: [], skipped: 0, died: "its thread ended" });
    }
  }
}
