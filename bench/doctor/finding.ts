// SPDX-License-Identifier: Apache-2.0
// One thing that was looked at: whether it is as it should be, and if not, what to do.

export interface Finding {
  readonly what: string;
  readonly state: "ok" | "warn" | "wrong";
  readonly words: string;
  /** Lines to follow, in their order. */
  readonly steps?: readonly string[];
}

export const ok = (what: string, words: string): Finding => ({ what, state: "ok", words });

export const warn = (what: string, words: string): Finding => ({ what, state: "warn", words });

export const wrong = (what: string, words: string, steps: readonly string[] = []): Finding => ({
  what,
  state: "wrong",
  words,
  ...(steps.length ? { steps } : {}),
});

/** What was thrown, as a finding: its sentence says what to do. */
export const wrongBy = (what: string, error: unknown): Finding => {
  const { code, message } = error as { code?: string; message: string };
  return wrong(what, code ? `${code}: ${message}` : message);
};
