// SPDX-License-Identifier: Apache-2.0
// The server's time, which a line of virtual boards replaces by its own.

export interface ServerClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that only pass, from any beginning. */
  steady(): number;
  /** Runs once; the returned function cancels. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: ServerClock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
