// SPDX-License-Identifier: Apache-2.0
// Every message of docs/SPEC.md: one turn each, the same answer to the same bytes, polls held while there is nothing to say.
import { MessageType } from "../../firmware/core/protocol/codes.js";
import { isWellFormed } from "../../firmware/core/protocol/message.js";
import type { AgentId } from "../agents/agent-store.js";
import type { ServerClock } from "../clock.js";
import type { Db } from "../store/database.js";
import { GroupCommit } from "../store/group-commit.js";
import { callRecipients } from "../store/wake-calls.js";
import { answerAcknowledge, answerProof } from "./blessed.js";
import { answerTokenRequest } from "./fixture.js";
import { answerHello } from "./hello.js";
import { Holds } from "./holds.js";
import { pendingItems } from "./items.js";
import { openPoll } from "./poll.js";
import { answerBless, answerResults } from "./results.js";
import { hasItsFields } from "./shape.js";
import type { Answer, TurnTools, UnitChange } from "./turn.js";
import { Turn } from "./turn.js";

const HANDLERS: { readonly [type: number]: (turn: Turn) => Promise<Answer> } = {
  [MessageType.TokenRequest]: answerTokenRequest,
  [MessageType.Hello]: answerHello,
  [MessageType.Results]: answerResults,
  [MessageType.Bless]: answerBless,
  [MessageType.Acknowledge]: answerAcknowledge,
  [MessageType.Proof]: answerProof,
};

const NO_REQUEST = new Uint8Array(0);

export interface ConversationOptions {
  readonly clock: ServerClock;
  readonly tools: TurnTools;
  /** Other servers may work on the same database. */
  readonly shared: boolean;
  /** A held poll: +1 when it begins to wait, -1 when it is answered. */
  readonly parked: (delta: 1 | -1) => void;
  readonly onUnitChange: (change: UnitChange) => void;
  readonly onAgentWork: (agents: readonly AgentId[]) => void;
  /** Something waits for a webhook. */
  readonly onPosted: () => void;
}

export class Conversation {
  private readonly holds: Holds;
  private readonly commits: GroupCommit;
  private readonly open = new Set<Promise<unknown>>();

  constructor(
    private readonly db: Db,
    private readonly options: ConversationOptions,
  ) {
    this.holds = new Holds(options.clock, options.parked);
    this.commits = new GroupCommit(db, options.clock);
  }

  /** The answer's bytes, or undefined for whoever proved nothing. `gone` tells that the sender hung up. */
  answer(type: number, request: Uint8Array, gone: AbortSignal): Promise<Answer> {
    return this.track(this.dispatch(type, request, gone));
  }

  /** Runs in a transaction; afterwards tells what changed, and wakes who waits for it. */
  async turn<Result>(request: Uint8Array, work: (turn: Turn) => Promise<Result>): Promise<Result> {
    const { tools, onUnitChange, onAgentWork, onPosted } = this.options;
    const { turn, result } = await this.commits.run(async (trx, now) => {
      const turn = new Turn(trx, now, request, tools);
      const result = await work(turn);
      await turn.finish();
      if (turn.told.size && this.options.shared) await callRecipients(trx, turn.told);
      return { turn, result };
    });
    turn.changes.forEach(onUnitChange);
    if (turn.agents.length) onAgentWork(turn.agents);
    if (turn.posted) onPosted();
    turn.wake.forEach((recipient) => this.holds.end(recipient));
    return result;
  }

  /** A turn of the server's own. */
  act<Result>(work: (turn: Turn) => Promise<Result>): Promise<Result> {
    return this.track(this.turn(NO_REQUEST, work));
  }

  /** Ends the wait of a recipient for whom another server may have queued something; of all, when none is named. */
  wake(recipient?: string): void {
    if (recipient === undefined) this.holds.endAll();
    else this.holds.end(recipient);
  }

  /** Ends every wait, and resolves when nothing is under way. */
  async close(): Promise<void> {
    this.holds.close();
    while (this.open.size) await Promise.allSettled(this.open);
  }

  private track<Result>(work: Promise<Result>): Promise<Result> {
    this.open.add(work);
    const done = (): void => void this.open.delete(work);
    work.then(done, done);
    return work;
  }

  private dispatch(type: number, request: Uint8Array, gone: AbortSignal): Promise<Answer> {
    const handler = HANDLERS[type];
    if (!isWellFormed(request) || request[1] !== type || !hasItsFields(request))
      return this.turn(request, (turn) => turn.unproved("malformed"));
    if (type === MessageType.Poll) return this.poll(request, gone);
    return this.turn(request, handler ? (turn) => once(turn, handler) : (turn) => turn.unproved("unknown type"));
  }

  private async poll(request: Uint8Array, gone: AbortSignal): Promise<Answer> {
    const poll = await this.turn(request, openPoll);
    if (!poll || poll instanceof Uint8Array) return poll;
    const hold = this.holds.begin(poll.recipient);
    if (poll.atOnce || gone.aborted) hold.end();
    gone.addEventListener("abort", () => hold.end());
    try {
      const items = await pendingItems(this.db, poll.recipient);
      if (items.length) return poll.answer(items);
      await hold.wait();
      return poll.answer(await pendingItems(this.db, poll.recipient));
    } finally {
      this.holds.drop(poll.recipient, hold);
    }
  }
}

/** The same bytes get the same answer, however often they come. */
async function once(turn: Turn, handler: (turn: Turn) => Promise<Answer>): Promise<Answer> {
  const { trx, id: request } = turn;
  const before = await trx.selectFrom("answers").select("answer").where("request", "=", request).executeTakeFirst();
  if (before) return new Uint8Array(before.answer);
  const answer = await handler(turn);
  if (!answer) return undefined;
  await trx
    .insertInto("answers")
    .values({ request, answer: Buffer.from(answer), token: turn.token })
    .execute();
  return answer;
}
