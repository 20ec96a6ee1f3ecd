// SPDX-License-Identifier: Apache-2.0
// One POST to a webhook: no redirect is followed, and of the answer no more is read than an operator would look at.
import * as http from "node:http";
import * as https from "node:https";
import { isPrivateHost, publicLookup } from "./addresses.js";

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
export function post({ url, allowPrivate, headers, body, signal }: Post): Promise<Outcome> {
  const target = new URL(url);
  if (!allowPrivate && isPrivateHost(target.hostname))
    return Promise.resolve({
      status: null,
      answer: "an address of a private network, which this webhook does not allow",
    });
  const { request } = target.protocol === "https:" ? https : http;
  return new Promise((resolve) => {
    const failed = (why: string): void => resolve({ status: null, answer: printable(why) });
    const asked = request(target, {
      method: "POST",
      agent: false,
      signal,
      headers: { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      ...(allowPrivate ? {} : { lookup: publicLookup }),
    });
    asked.on("error", (error) => failed(signal.aborted ? String(signal.reason) : error.message || "no connection"));
    asked.on("response", (answer) => void read(answer).then(resolve));
    asked.end(body);
  });
}

function read(answer: http.IncomingMessage): Promise<Outcome> {
  const { statusCode: status = 0, headers } = answer;
  let text = "";
  return new Promise((resolve) => {
    const done = (): void => {
      const redirect = `not followed to ${headers.location}: name the final address`;
      resolve({ status, answer: printable(headers.location === undefined ? text : redirect) });
      answer.destroy();
    };
    answer.on("data", (piece: Buffer) => {
      text += piece.toString("latin1", 0, ANSWER_BYTES);
      if (text.length >= ANSWER_BYTES) done();
    });
    answer.on("error", done).on("close", done);
  });
}

/** It is shown in terminals. */
const printable = (text: string): string => text.replace(/[^ -~]+/g, " ").slice(0, ANSWER_BYTES);
