// SPDX-License-Identifier: Apache-2.0
// One agent in a QuickJS of its own: a memory that ends, a time an event, a wait that stops nobody else.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import variant from "@jitl/quickjs-wasmfile-release-asyncify";
import type { QuickJSAsyncContext, QuickJSHandle } from "quickjs-emscripten-core";
import { newQuickJSAsyncWASMModuleFromVariant, newVariant } from "quickjs-emscripten-core";
import { dataOfItem } from "../conversation/items.js";
import type { AgentAnswer, AgentCall, AgentEvent, Effect, Standing, Start, Turned } from "./protocol.js";

/** Of 64 KiB: 16 MiB are there from the start, 8 MiB more for what the script keeps. */
const FIRST_PAGES = 256;
const MOST_PAGES = 384;
/** Less than the thread has, so that a recursion ends in the script's own error. */
const STACK_BYTES = 256 * 1024;
const EVENT_MS = 1000;
/** The interpreter looks up every 10,000 steps. A thread that was merely kept waiting has not looked up this often. */
const FEWEST_LOOKS = 100;
const EFFECTS_LIMIT = 500;
const TEXT_LIMIT = 1000;
const SAVED_LIMIT = 64 * 1024;
const BODY_LIMIT = 1024 * 1024;

const require = createRequire(import.meta.url);
const wasmModule = WebAssembly.compile(readFileSync(require.resolve("@jitl/quickjs-wasmfile-release-asyncify/wasm")));
const GUEST = readFileSync(new URL("./guest.js", import.meta.url), "utf8");

/** Asks for what sendsync waits for. */
export type Wait = (call: AgentCall) => Promise<AgentAnswer>;

export class Sandbox {
  private effects: Effect[] = [];
  private skipped = 0;
  private deadline = 0;
  private looks = 0;

  private constructor(
    private readonly context: QuickJSAsyncContext,
    private readonly wait: Wait,
  ) {}

  static async open(wait: Wait): Promise<Sandbox> {
    const wasmMemory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES });
    const quickjs = await newQuickJSAsyncWASMModuleFromVariant(
      newVariant(variant, { wasmModule: await wasmModule, wasmMemory }),
    );
    const runtime = quickjs.newRuntime();
    runtime.setMaxStackSize(STACK_BYTES);
    const sandbox = new Sandbox(runtime.newContext(), wait);
    runtime.setInterruptHandler(() => ++sandbox.looks > FEWEST_LOOKS && performance.now() > sandbox.deadline);
    sandbox.install();
    return sandbox;
  }

  /** Runs the script from its top. */
  start({ code, ...start }: Start, standing: Standing): Promise<Turned> {
    return this.run(async () => {
      await this.turn({ start, standing });
      await this.evaluate(code, "agent.js");
    });
  }

  event(event: AgentEvent, standing: Standing): Promise<Turned> {
    return this.run(() => this.turn({ event, standing }));
  }

  private async run(work: () => Promise<void>): Promise<Turned> {
    this.effects = [];
    this.skipped = 0;
    this.looks = 0;
    this.deadline = performance.now() + EVENT_MS;
    let died: string | undefined;
    try {
      await work();
      const jobs = this.context.runtime.executePendingJobs();
      if (jobs.error) this.effects.push({ do: "log", level: "error", text: this.told(jobs.error) });
    } catch (error) {
      died = (error as Error).message;
    }
    return { effects: this.effects, skipped: this.skipped, died };
  }

  private async turn(what: object): Promise<void> {
    const { context } = this;
    context.newString(JSON.stringify(what)).consume((json) => context.setProp(context.global, "__event", json));
    this.skipped = await this.evaluate("__turn(__event)", "event");
  }

  /** @throws Error with what the script did not catch */
  private async evaluate(code: string, file: string): Promise<number> {
    const result = await this.context.evalCodeAsync(code, file);
    if (result.error) throw new Error(this.told(result.error));
    return result.value.consume((value) => Number(this.context.dump(value)) || 0);
  }

  private told(error: QuickJSHandle): string {
    const said = error.consume((handle) => this.context.dump(handle) as unknown);
    const { name, message } = (typeof said === "object" && said ? said : {}) as { name?: string; message?: string };
    if (message === "interrupted") return `it ran for more than ${EVENT_MS} ms: leave a loop and go on by imp.wakeup`;
    if (message === "out of memory") return "it used up its 8 MiB of memory: keep less";
    return message === undefined ? String(said) : `${name}: ${message}`;
  }

  private install(): void {
    const { context } = this;
    const give = (name: string, made: QuickJSHandle): void =>
      made.consume((handle) => context.setProp(context.global, name, handle));
    const text = (name: string, work: (text: string) => string): void =>
      give(
        name,
        context.newFunction(name, (handle) => context.newString(work(context.getString(handle)))),
      );
    text("__effect", (json) => this.take(JSON.parse(json) as Effect));
    text("__encode", (data) => Buffer.from(data).toString("base64"));
    text("__decode", (data) => Buffer.from(data, "base64").toString());
    const wait = context.newAsyncifiedFunction("__wait", async (handle) => {
      const left = this.deadline - performance.now();
      const answer = await this.wait(JSON.parse(context.getString(handle)) as AgentCall);
      this.deadline = performance.now() + left;
      return context.newString(JSON.stringify(answer));
    });
    give("__wait", wait);
    context.unwrapResult(context.evalCode(GUEST, "guest.js")).dispose();
  }

  /** "" or why not, which the script's call throws. */
  private take(effect: Effect): string {
    if (this.effects.length >= EFFECTS_LIMIT)
      return `more than ${EFFECTS_LIMIT} calls in one event: go on by imp.wakeup.`;
    if (effect.do === "log") effect = { ...effect, text: effect.text.slice(0, TEXT_LIMIT) };
    const fault = faultOf(effect);
    if (!fault) this.effects.push(effect);
    return fault;
  }
}

function faultOf(effect: Effect): string {
  if (effect.do === "save" && effect.data.length > SAVED_LIMIT)
    return `server.save: keep ${SAVED_LIMIT} bytes at most.`;
  if (effect.do === "answer" && effect.answer.body.length > BODY_LIMIT) return "res.send: a body has 1 MiB at most.";
  if (effect.do !== "send") return "";
  try {
    dataOfItem(effect.name, JSON.parse(effect.data));
    return "";
  } catch (error) {
    return `ITEM_TOO_LONG: ${(error as Error).message}`;
  }
}
