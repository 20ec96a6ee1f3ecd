// SPDX-License-Identifier: Apache-2.0
// One request of the server's to somebody else's: no redirect is followed, and no more of the answer is read than is wanted.
import * as http from "node:http";
import * as https from "node:https";
import { isPrivateHost, PrivateAddress, publicLookup } from "./addresses.js";

export interface Asked {
  readonly method: string;
  /** http: or https:. */
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  /** False looks at the address of the very connection, so that no name leads inside. */
  readonly allowPrivate: boolean;
  /** Its reason, a text, is said where no answer came before. */
  readonly signal: AbortSignal;
  readonly mostBytes: number;
}

export interface Answered {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** There was more, or it broke off. */
  readonly isCut: boolean;
}

/** Rejects with why there is no answer; PrivateAddress, or as Node has it. */
export function ask({ method, url, headers, body, allowPrivate, signal, mostBytes }: Asked): Promise<Answered> {
  const target = new URL(url);
  if (!allowPrivate && isPrivateHost(target.hostname)) return Promise.reject(new PrivateAddress());
  const { request } = target.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request(target, {
      method,
      agent: false,
      signal,
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      ...(allowPrivate ? {} : { lookup: publicLookup }),
    });
    asked.on("error", (error) => reject(signal.aborted ? new Error(String(signal.reason)) : error));
    asked.on("response", (answer) => void read(answer, mostBytes).then(resolve));
    asked.end(body);
  });
}

function read(answer: http.IncomingMessage, mostBytes: number): Promise<Answered> {
  const { statusCode: status = 0, headers } = answer;
  const pieces: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const done = (): void => {
      const body = Buffer.concat(pieces).subarray(0, mostBytes);
      resolve({ status, headers, body, isCut: bytes > mostBytes || !answer.complete });
      answer.destroy();
    };
    answer.on("data", (piece: Buffer) => {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > mostBytes) done();
    });
    answer.on("error", done).on("close", done);
  });
}
