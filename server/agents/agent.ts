// SPDX-License-Identifier: Apache-2.0
// One agent as the server runs it: one event after another, a device's message only when the one before is done with.
import { sha256 } from "../crypto.js";
import type { AgentId, Outcome } from "./agent-store.js";
import type { AgentAnswer, AgentCall, AgentEvent, AgentRequest, Effect, Standing, Start, Turned } from "./protocol.js";

const REST_FIRST_MS = 1000;
const REST_LONGEST_MS = 60_000;
/** Whoever asks an agent hears by then, whatever the agent does. */
const ANSWER_MS = 30_000;
/** Between two looks whether another server is done with it. */
const HELD_MS = 250;
const CALLS_LIMIT = 20;
const REQUESTS_LIMIT = 100;

/** Under which the answer to a call within a message's handler is found again. */
export interface CallName {
  readonly call: string;
  readonly event: number;
}

/** What an agent needs of its server. */
export interface AgentTools {
  readonly now: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly run: (
    message: { do: "start"; start: Start } | { do: "event"; event: AgentEvent },
    standing: Standing,
    wait: (call: AgentCall) => Promise<AgentAnswer>,
  ) => Promise<Turned>;
  /** undefined: there is no such agent any more; "held": it works at another server. */
  readonly standing: () => Promise<Stand | "held" | undefined>;
  /** All or nothing; false when another server has taken the agent over. `isBusy`: it has more to do. */
  readonly store: (outcome: Outcome, isBusy: boolean) => Promise<boolean>;
  readonly nextMessage: () => Promise<{ id: number; name: string; data: string; done: number } | undefined>;
  /** `waits`: by sendsync, so that the agent serves nobody meanwhile. */
  readonly call: (call: AgentCall, waits: boolean, name: CallName | undefined) => Promise<AgentAnswer>;
  readonly stop: () => void;
  /** What the agent has no part in, such as a database that does not answer; the agent rests, and tries again. */
  readonly failed: (error: unknown) => void;
  readonly busy: (delta: 1 | -1) => void;
}

/** Where it stands at this server; `moved`: since it last ran here it ran at another. */
export interface Stand extends Standing {
  readonly start: Start;
  readonly moved: boolean;
}

/** A device's message, and the calls that go back to it. */
interface Scope {
  readonly event: number;
  readonly calls: Set<number>;
  skip: number;
  asked: number;
}

interface OpenRequest {
  readonly resolve: (answer: AgentAnswer) => void;
  readonly name: CallName | undefined;
}

export const said = (statuscode: number, body: string): AgentAnswer => ({ statuscode, headers: {}, body });

export class Agent {
  isRunning = false;
  /** When it last had something to do. */
  usedAt = 0;
  private readonly events: AgentEvent[] = [];
  private readonly requests = new Map<number, OpenRequest>();
  private readonly timers = new Map<number, () => void>();
  private scope: Scope | undefined;
  private calls = 0;
  private failures = 0;
  private restUntil = 0;
  private number = 0;
  private pumping: Promise<void> | undefined;
  private again = false;
  private closed = false;
  /** Counts its starts: what an earlier one asked for is nobody's. */
  private life = 0;

  constructor(
    readonly id: AgentId,
    private readonly tools: AgentTools,
  ) {}

  /** Nothing would be lost but what it keeps in variables. */
  get isIdle(): boolean {
    return !this.pumping && !this.scope && !this.requests.size && !this.timers.size && !this.calls;
  }

  request(req: AgentRequest, name: OpenRequest["name"]): Promise<AgentAnswer> {
    if (this.tools.now() < this.restUntil) return Promise.resolve(said(503, "The agent failed and rests."));
    if (this.requests.size >= REQUESTS_LIMIT) return Promise.resolve(said(503, "The agent has too much to do."));
    const request = ++this.number;
    return new Promise((answered) => {
      const onTime = this.tools.after(ANSWER_MS, () => this.answer(request, said(504, "The agent did not answer.")));
      const resolve = (answer: AgentAnswer): void => {
        onTime();
        answered(answer);
      };
      this.requests.set(request, { resolve, name });
      this.events.push({ kind: "request", request, req });
      void this.pump();
    });
  }

  /** Goes on with whatever waits; resolves when nothing does. */
  pump(): Promise<void> {
    this.again = true;
    this.pumping ??= this.keepWorking();
    return this.pumping;
  }

  /** What comes while it looks for the last time is looked at once more. */
  private async keepWorking(): Promise<void> {
    this.tools.busy(1);
    try {
      await Promise.resolve();
      while (this.again && !this.resting) {
        this.again = false;
        await this.work();
      }
    } catch (error) {
      this.tools.failed(error);
      this.die();
    } finally {
      this.pumping = undefined;
      this.tools.busy(-1);
    }
  }

  /** Its variables go; what is stored stays. */
  stop(): void {
    this.end();
    for (const request of [...this.requests.keys()]) this.answer(request, said(500, "The agent was stopped."));
  }

  private end(): void {
    this.isRunning = false;
    this.life++;
    this.scope = undefined;
    this.calls = 0;
    this.events.length = 0;
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
    this.tools.stop();
  }

  /** Resolves when nothing of it is under way any more. */
  async close(): Promise<void> {
    this.closed = true;
    this.stop();
    await this.pumping;
  }

  private get resting(): boolean {
    return this.closed || this.tools.now() < this.restUntil;
  }

  private async work(): Promise<void> {
    while (!this.resting) {
      const event = this.events.shift() ?? (await this.message());
      if (!event) return;
      const standing = await this.tools.standing();
      if (this.closed) return;
      if (!standing) return this.stop();
      if (standing === "held") return this.comeBack(event);
      if (standing.moved && this.isRunning && !this.renew(event)) continue;
      if (!this.isRunning && !(await this.start(standing))) return;
      this.usedAt = this.tools.now();
      await this.take(event, standing);
    }
  }

  /** Another server works with it now. */
  private comeBack(event: AgentEvent): void {
    if (event.kind === "message") this.scope = undefined;
    else this.events.unshift(event);
    this.tools.after(HELD_MS, () => void this.pump());
  }

  /** What this server has of it is old and goes; false for an event that was its own. */
  private renew(event: AgentEvent): boolean {
    const { scope } = this;
    const requests = this.events.filter(({ kind }) => kind === "request");
    this.end();
    this.events.push(...requests);
    if (event.kind === "message") this.scope = scope;
    return event.kind === "message" || event.kind === "request";
  }

  private async message(): Promise<AgentEvent | undefined> {
    if (this.scope) return undefined;
    const row = await this.tools.nextMessage();
    if (!row) return undefined;
    this.scope = { event: row.id, calls: new Set(), skip: row.done, asked: 0 };
    return { kind: "message", name: row.name, data: row.data, skip: row.done };
  }

  private async start({ start, ...standing }: Standing & { readonly start: Start }): Promise<boolean> {
    this.isRunning = true;
    const life = ++this.life;
    const turned = await this.tools.run({ do: "start", start }, standing, (call) =>
      this.callOut(call, true, undefined),
    );
    if (this.closed || life !== this.life) return false;
    await this.finish(turned, undefined, true);
    return this.isRunning;
  }

  private async take(event: AgentEvent, { params, now }: Standing): Promise<void> {
    const scope = this.scopeOf(event);
    const life = this.life;
    const told = scope && "skip" in event ? { ...event, skip: scope.skip } : event;
    const turned = await this.tools.run({ do: "event", event: told }, { params, now }, (call) =>
      this.callOut(call, true, scope),
    );
    if (this.closed || life !== this.life) return;
    if (scope && event.kind === "response") scope.calls.delete(event.call);
    await this.finish(turned, scope, false);
  }

  private scopeOf(event: AgentEvent): Scope | undefined {
    const isOfIt = event.kind === "message" || (event.kind === "response" && this.scope?.calls.has(event.call));
    return isOfIt ? this.scope : undefined;
  }

  /** Stores what the event did, and only then lets it out. `hasNext`: another follows at once. */
  private async finish({ effects, skipped, died }: Turned, scope: Scope | undefined, hasNext: boolean): Promise<void> {
    const calls = died === undefined ? effects.filter((effect) => effect.do === "call") : [];
    const isDone = scope !== undefined && scope.calls.size + calls.length === 0;
    // Now: whoever closes the agent while this is stored has its requests answered, and what was stored could not be found again.
    const names = new Map([...this.requests].map(([request, { name }]) => [request, name]));
    const line: Effect[] = died === undefined ? [] : [{ do: "log", level: "error", text: `agent ended: ${died}` }];
    const outcome: Outcome = {
      agent: this.id,
      effects: [...effects, ...line],
      event: scope?.event,
      isDone: isDone || (scope !== undefined && died !== undefined),
      callOf: (request) => names.get(request),
    };
    const answered = effects.filter((effect) => effect.do === "answer").length;
    const isBusy =
      hasNext || (scope !== undefined && !outcome.isDone) || calls.length > 0 || this.requests.size > answered;
    if (!(await this.tools.store(outcome, isBusy))) return this.stop();
    if (scope) scope.skip = Math.max(0, scope.skip - skipped);
    if (outcome.isDone) this.scope = undefined;
    for (const effect of effects) this.let(effect, scope);
    if (died !== undefined) this.die();
    else if (scope) this.failures = 0;
  }

  private let(effect: Effect, scope: Scope | undefined): void {
    if (effect.do === "answer") this.answer(effect.request, effect.answer);
    else if (effect.do === "call") this.callLater(effect, scope);
    else if (effect.do === "untimer") {
      this.timers.get(effect.timer)?.();
      this.timers.delete(effect.timer);
    } else if (effect.do === "timer") {
      const { timer, ms } = effect;
      const ring = (): void => {
        this.timers.delete(timer);
        this.events.push({ kind: "timer", timer });
        void this.pump();
      };
      this.timers.set(timer, this.tools.after(ms, ring));
    }
  }

  private callLater(call: AgentCall, scope: Scope | undefined): void {
    const { life } = this;
    scope?.calls.add(call.call);
    void this.callOut(call, false, scope).then((response) => {
      if (life !== this.life) return;
      this.events.push({ kind: "response", call: call.call, response, skip: 0 });
      void this.pump();
    });
  }

  private async callOut(call: AgentCall, waits: boolean, scope: Scope | undefined): Promise<AgentAnswer> {
    if (this.calls >= CALLS_LIMIT) return said(429, `More than ${CALLS_LIMIT} calls at once.`);
    const what = sha256([call.method, call.url, call.body].join("\n")).slice(0, 16);
    const name = scope && { call: `${scope.event}-${++scope.asked}-${what}`, event: scope.event };
    const { life } = this;
    this.calls++;
    try {
      return await this.tools.call(call, waits, name);
    } catch {
      return said(500, "The server could not call.");
    } finally {
      if (life === this.life) this.calls--;
    }
  }

  private answer(request: number, answer: AgentAnswer): void {
    const open = this.requests.get(request);
    this.requests.delete(request);
    open?.resolve(answer);
  }

  /** Longer each time, so that one which fails at its start does not burn the processor. */
  private die(): void {
    const rest = Math.min(REST_LONGEST_MS, REST_FIRST_MS * 2 ** this.failures++);
    this.stop();
    this.restUntil = this.tools.now() + rest;
    this.tools.after(rest, () => void this.pump());
  }
}
