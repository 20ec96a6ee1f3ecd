// SPDX-License-Identifier: Apache-2.0
// From one stage to another within a start.

/** Runs a stage, keeping `entries` in RAM only; the running stage must have let go of everything. */
export type Chain = (stage: string, entries: Uint8Array) => void;
