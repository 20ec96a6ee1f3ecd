// SPDX-License-Identifier: Apache-2.0
// What the server and the thread that runs agents say to each other.

export interface AgentRequest {
  readonly method: string;
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  /** Device id of the agent of this server that asks; absent for anybody else. */
  readonly from?: string;
  /** That is a unit which this fixture lit. */
  readonly authenticated: boolean;
}

export interface AgentAnswer {
  readonly statuscode: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

export interface AgentCall {
  readonly call: number;
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

export type AgentEvent =
  | { readonly kind: "message"; readonly name: string; readonly data: string; readonly skip: number }
  | { readonly kind: "request"; readonly request: number; readonly req: AgentRequest }
  | { readonly kind: "response"; readonly call: number; readonly response: AgentAnswer; readonly skip: number }
  | { readonly kind: "timer"; readonly timer: number };

/** In the order in which the script made them. */
export type Effect =
  | { readonly do: "send"; readonly name: string; readonly data: string }
  | { readonly do: "save"; readonly data: string }
  | { readonly do: "log"; readonly level: "log" | "error"; readonly text: string }
  | ({ readonly do: "call" } & AgentCall)
  | { readonly do: "timer"; readonly timer: number; readonly ms: number }
  | { readonly do: "untimer"; readonly timer: number }
  | { readonly do: "answer"; readonly request: number; readonly answer: AgentAnswer };

export interface Start {
  readonly code: string;
  readonly saved: string;
  readonly agentUrl: string;
}

/** Where an agent stands, read anew for each event. */
export interface Standing {
  readonly params: object;
  readonly now: number;
}

export type ToWorker =
  | { readonly do: "start"; readonly agent: string; readonly start: Start; readonly standing: Standing }
  | { readonly do: "event"; readonly agent: string; readonly event: AgentEvent; readonly standing: Standing }
  | { readonly do: "called"; readonly agent: string; readonly call: number; readonly response: AgentAnswer }
  | { readonly do: "stop"; readonly agent: string };

export interface Turned {
  readonly effects: readonly Effect[];
  /** Stored effects of an earlier run of this event that were not made again. */
  readonly skipped: number;
  /** Why the agent was ended. */
  readonly died?: string | undefined;
}

export type FromWorker =
  | ({ readonly do: "turned"; readonly agent: string } & Turned)
  /** http...sendsync() waits. */
  | { readonly do: "wait"; readonly agent: string; readonly call: AgentCall };
