// SPDX-License-Identifier: Apache-2.0
// Single-shot timers.

export interface Timers {
  after(ms: number, run: () => void): number;
  cancel(id: number): void;
}
