// SPDX-License-Identifier: Apache-2.0
// One POST to a webhook; of the answer no more is read than an operator would look at.
import type { Answered } from "../outbound/ask.js";
import { ask } from "../outbound/ask.js";

const ANSWER_BYTES = 256;

export interface Outcome {
  /** null: nothing was answered. */
  readonly status: number | null;
  /** What the answer begins with, or why there is none. */
  readonly answer: string;
}

export const isDelivered = ({ status }: Outcome): boolean => status !== null && status >= 200 && status < 300;

export interface Post {
  readonly url: string;
  readonly allowPrivate: boolean;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  /** Its reason, a text, is said where no answer came before. */
  readonly signal: AbortSignal;
}

/** Never rejects. */
export function post({ headers, ...post }: Post): Promise<Outcome> {
  const typed = { ...headers, "content-type": "application/json" };
  return ask({ ...post, method: "POST", headers: typed, mostBytes: ANSWER_BYTES }).then(
    (answered) => ({ status: answered.status, answer: printable(saidBy(answered)) }),
    (error: Error) => ({ status: null, answer: printable(error.message || "no connection") }),
  );
}

const saidBy = ({ headers, body }: Answered): string =>
  headers.location === undefined
    ? body.toString("latin1")
    : `not followed to ${headers.location}: name the final address`;

/** It is shown in terminals. */
const printable = (text: string): string => text.replace(/[^ -~]+/g, " ").slice(0, ANSWER_BYTES);
