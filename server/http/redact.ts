// SPDX-License-Identifier: Apache-2.0
// What a log never shows, wherever it may stand in what is logged: nothing of the server's says it, and nothing added later may.

const NAMES = [
  "ssid",
  "password",
  "network",
  "token",
  "key",
  "secret",
  "seed",
  "salt",
  "body",
  "authorization",
  "cookie",
];
/** From the root of a log line: deeper than anything that is logged here. */
const DEEPEST = 3;

/** For pino. */
export const REDACT: { readonly paths: string[]; readonly censor: string } = {
  paths: NAMES.flatMap((name) => Array.from({ length: DEEPEST + 1 }, (_, depth) => "*.".repeat(depth) + name)),
  censor: "[secret]",
};
