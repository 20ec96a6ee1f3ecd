// SPDX-License-Identifier: Apache-2.0
// What a product's script sees: imp, server, hardware, agent, with Electric Imp's names. Shapes a role: types/*.d.ts.

/** Objects by global name; constants are written in by the build. */
export interface Globals {
  readonly [name: string]: object;
}

/** What the build links into a stage of one product. */
export interface ProductData {
  readonly name: string;
  readonly serverUrl: string;
  readonly wipe: string;
  readonly wipeOnFail: boolean;
  /** BLINKUP_ flags of its light, added up; for a fixture alone. */
  readonly lightFlags?: number;
  readonly measurements: readonly {
    readonly phase: string;
    readonly name: string;
    readonly unit: string;
    readonly min?: number;
    readonly max?: number;
  }[];
  /** 16 hex digits. */
  readonly stageHash: string;
}

/** Puts the objects where the script finds them, and runs it. */
export type RunScript = (globals: Globals) => void;
