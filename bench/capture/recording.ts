// SPDX-License-Identifier: Apache-2.0
// A light sensor of a real board, and one way to read it: a program for the board, and what its lines come to.
import type { Captured } from "./captured.js";

export interface SensorChoice {
  /** The board's name. */
  readonly board: string;
  readonly sensor: "analog" | "edges";
  readonly gpio: number;
  readonly sampleHz: number;
  /** More light takes the pin lower. */
  readonly inverted: boolean;
}

export interface Recording {
  /** One ES5 expression. */
  readonly program: string;
  /** What is kept so far, by the board's clock. */
  readonly seconds: number;
  /** False when the line is another's. */
  take(line: string): boolean;
  /** Undefined while there is too little. */
  captured(provenance: string): Captured | undefined;
}
