// SPDX-License-Identifier: Apache-2.0
// Runs agents side by side in one thread: what each is told, and what came of it.
import { parentPort } from "node:worker_threads";
import type { AgentAnswer, FromWorker, ToWorker } from "./protocol.js";
import { Sandbox } from "./sandbox.js";

const agents = new Map<string, Sandbox>();
const waits = new Map<string, (answer: AgentAnswer) => void>();
const say = (message: FromWorker): void => parentPort?.postMessage(message);

async function open(agent: string): Promise<Sandbox> {
  const sandbox = await Sandbox.open((call) => {
    say({ do: "wait", agent, call });
    return new Promise((resolve) => waits.set(agent, resolve));
  });
  agents.set(agent, sandbox);
  return sandbox;
}

async function hear(message: ToWorker): Promise<void> {
  const { agent } = message;
  if (message.do === "stop") return void agents.delete(agent);
  if (message.do === "called") return waits.get(agent)?.(message.response);
  const turned =
    message.do === "start"
      ? await (await open(agent)).start(message.start, message.standing)
      : await (agents.get(agent) as Sandbox).event(message.event, message.standing);
  if (turned.died !== undefined) agents.delete(agent);
  say({ do: "turned", agent, ...turned });
}

parentPort?.on("message", (message: ToWorker) => void hear(message));
