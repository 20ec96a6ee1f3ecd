// SPDX-License-Identifier: Apache-2.0
// Every message of docs/SPEC.md: one transaction each, the same answer to the same bytes, polls held while there is nothing to say.
import { MessageType } from "../../firmware/core/protocol/codes.js";
import { isWellFormed } from "../../firmware/core/protocol/message.js";
import type { ServerClock } from "../clock.js";
import { sha256 } from "../crypto.js";
import type { Db } from "../store/database.js";
import { answerAcknowledge, answerProof } from "./blessed.js";
import { answerHello } from "./hello.js";
import type { HeldPoll } from "./poll.js";
import { openPoll, pendingItems } from "./poll.js";
import { answerBless, answerResults } from "./results.js";
import { answerTokenRequest } from "./token.js";
import type { Answer, TurnTools, UnitChange } from "./turn.js";
import { Turn } from "./turn.js";

const HOLD_MS = 20_000;

const HANDLERS: { readonly [type: number]: (turn: Turn) => Promise<Answer> } = {
  [MessageType.TokenRequest]: answerTokenRequest,
  [MessageType.Hello]: answerHello,
  [MessageType.Results]: answerResults,
  [MessageType.Bless]: answerBless,
  [MessageType.Acknowledge]: answerAcknowledge,
  [MessageType.Proof]: answerProof,
};

export interface ConversationOptions {
  readonly clock: ServerClock;
  readonly tools: TurnTools;
  /** A held poll: +1 when it begins to wait, -1 when it is answered. */
  readonly parked: (delta: 1 | -1) => void;
  readonly onUnitChange: (change: UnitChange) => void;
}

export class Conversation {
  /** Ends the wait of a recipient's held poll. */
  private readonly held = new Map<string, () => void>();

  constructor(
    private readonly db: Db,
    private readonly options: ConversationOptions,
  ) {}

  /** The answer's bytes, or undefined for whoever proved nothing. */
  async answer(type: number, request: Uint8Array): Promise<Answer> {
    if (!isWellFormed(request) || request[1] !== type) return undefined;
    if (type === MessageType.Poll) return this.poll(request);
    const handler = HANDLERS[type];
    return handler && this.once(request, handler);
  }

  /** Runs in a transaction, tells who waits, and afterwards what changed. */
  async turn<Result>(request: Uint8Array, work: (turn: Turn) => Promise<Result>): Promise<Result> {
    const { clock, tools, onUnitChange } = this.options;
    let turn: Turn | undefined;
    const result = await this.db.transaction().execute((trx) => {
      turn = new Turn(trx, clock.now(), request, tools);
      return work(turn);
    });
    turn?.changes.forEach(onUnitChange);
    turn?.wake.forEach((recipient) => this.held.get(recipient)?.());
    return result;
  }

  close(): void {
    for (const release of [...this.held.values()]) release();
  }

  private once(request: Uint8Array, handler: (turn: Turn) => Promise<Answer>): Promise<Answer> {
    const id = sha256(request);
    return this.turn(request, async (turn) => {
      const before = await turn.trx.selectFrom("answers").select("answer").where("request", "=", id).executeTakeFirst();
      if (before) return new Uint8Array(before.answer);
      const answer = await handler(turn);
      if (answer)
        await turn.trx
          .insertInto("answers")
          .values({ request: id, answer: Buffer.from(answer) })
          .execute();
      return answer;
    });
  }

  private async poll(request: Uint8Array): Promise<Answer> {
    const opened = await this.turn(request, openPoll);
    if (!opened || opened instanceof Uint8Array) return opened;
    this.held.get(opened.recipient)?.();
    const now = await this.pending(opened);
    if (now.length || opened.brought) return opened.answer(now);
    await this.wait(opened.recipient);
    return opened.answer(await this.pending(opened));
  }

  private pending(poll: HeldPoll): Promise<Uint8Array> {
    return this.db.transaction().execute((trx) => pendingItems(trx, poll.recipient, poll.last));
  }

  private wait(recipient: string): Promise<void> {
    const { clock, parked } = this.options;
    return new Promise((resolve) => {
      const release = (): void => {
        cancel();
        if (this.held.get(recipient) === release) this.held.delete(recipient);
        parked(-1);
        resolve();
      };
      const cancel = clock.after(HOLD_MS, release);
      this.held.set(recipient, release);
      parked(1);
    });
  }
}
