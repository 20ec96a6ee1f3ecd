// SPDX-License-Identifier: Apache-2.0
// Single-shot timers over setTimeout.
import type { Timers } from "../timers.js";

export const timers: Timers = {
  after: (ms, run) => setTimeout(run, ms),
  cancel: (id) => {
    // clearTimeout(undefined) would clear every timer there is.
    if (id) clearTimeout(id);
  },
};
