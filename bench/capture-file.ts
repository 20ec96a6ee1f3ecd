// SPDX-License-Identifier: Apache-2.0
// Light in a file: symbols as a sender shows them, or samples as a converter saw them (test/vectors/README.md).
import { readFileSync } from "node:fs";
import type { LightSource } from "../hal/sim/models/light-channel.js";
import { UserError } from "./errors.js";

export interface Capture {
  readonly file: string;
  readonly sampleHz: number;
  /** 0 to 255 each. */
  readonly samples: Uint8Array;
}

/** `symbols` files are played at 60 symbols a second into a noiseless sensor of 1 kHz. */
const SYMBOL_HZ = 60;
const SENSOR_HZ = 1000;
const LOWEST_HZ = 100;
const HIGHEST_HZ = 20_000;

/** @throws UserError CAPTURE_UNREADABLE or CAPTURE_INVALID */
export function readCapture(file: string): Capture {
  const vector = parse(file);
  if (vector.kind === "symbols") return { file, sampleHz: SENSOR_HZ, samples: play(file, vector) };
  if (vector.kind !== "samples") throw invalid(file, 'its kind must be "symbols" or "samples"');
  const { sampleHz, samplesU8 } = vector;
  if (typeof sampleHz !== "number" || !(sampleHz >= LOWEST_HZ && sampleHz <= HIGHEST_HZ))
    throw invalid(file, `sampleHz must be a number from ${LOWEST_HZ} to ${HIGHEST_HZ}`);
  if (typeof samplesU8 !== "string" || !/^[A-Za-z0-9+/]+={0,2}$/.test(samplesU8))
    throw invalid(file, "samplesU8 must hold samples, unsigned 8 bits each, in base64");
  return { file, sampleHz, samples: new Uint8Array(Buffer.from(samplesU8, "base64")) };
}

/** The capture as light that begins at a time and stays at its last level. */
export function captureLight(capture: Capture, startUs: number): LightSource {
  const { samples, sampleHz } = capture;
  const last = samples.length - 1;
  return {
    driveAt(timeUs) {
      const at = Math.floor(((timeUs - startUs) * sampleHz) / 1e6);
      return (samples[Math.min(last, Math.max(0, at))] as number) / 255;
    },
  };
}

interface Vector {
  readonly [key: string]: unknown;
}

function parse(file: string): Vector {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(
      "CAPTURE_UNREADABLE",
      `${file} cannot be read (${(error as Error).message}): name a capture file.`,
    );
  }
  try {
    const vector: unknown = JSON.parse(text);
    if (typeof vector === "object" && vector !== null) return vector as Vector;
  } catch {
    // Said below, for whatever is no object.
  }
  throw invalid(file, "it must be one JSON object");
}

function play(file: string, { symbols, levels }: Vector): Uint8Array {
  const ladder = levels as unknown[];
  if (!Array.isArray(levels) || !ladder.every((level) => typeof level === "number" && level >= 0 && level <= 255))
    throw invalid(file, "levels must list the drive of each symbol, 0 to 255");
  if (
    typeof symbols !== "string" ||
    !/^[0-9]+$/.test(symbols) ||
    [...symbols].some((digit) => Number(digit) >= ladder.length)
  )
    throw invalid(file, "symbols must be digits, one a symbol, each an index into levels");
  const samples = new Uint8Array(Math.ceil((symbols.length * SENSOR_HZ) / SYMBOL_HZ));
  return samples.map((_, i) => ladder[Number(symbols.charAt(Math.floor((i * SYMBOL_HZ) / SENSOR_HZ)))] as number);
}

const invalid = (file: string, what: string): UserError =>
  new UserError("CAPTURE_INVALID", `${file} is no capture: ${what}.`);
