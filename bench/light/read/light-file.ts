// SPDX-License-Identifier: Apache-2.0
// A file's light: JSON as test/vectors/README.md has it, text forms a line each, or bare samples. Read as it is asked for.
import type { Part } from "./json-members.js";
import { membersOf, NotJson, parseJson } from "./json-members.js";
import type { Light, Samples } from "./light.js";
import { RUNS_ALLOWED, runOf } from "./runs-text.js";
import { Base64Parts, isRate, RATE_ALLOWED } from "./samples-text.js";
import type { Source } from "./source.js";
import { invalid } from "./source.js";
import { FORMS, parseLine } from "../text-form.js";

export interface NamedLight {
  readonly name: string;
  readonly light: Light;
}

/** `symbols` files are played at 60 symbols a second into a noiseless sensor of 1 kHz. */
const SYMBOL_HZ = 60;
const SENSOR_HZ = 1000;

/** Keys whose values may be of any length. */
const SAMPLES = "samplesU8";
const RUNS = "runsUs";
/** Keys that must be known whole. */
const HEAD = ["kind", "sampleHz", "levels", "symbols"];
const LONGEST_VALUE_BYTES = 1 << 20;
const LONGEST_LINE_BYTES = 32 << 20;

const NOT_JSON = "it must be one JSON object, or text forms a line each";

/** `rawHz` is the rate of files without JSON. @throws UserError CAPTURE_UNREADABLE or CAPTURE_INVALID, also while light is read */
export function* lightsOf(source: Source, rawHz?: number): Generator<NamedLight> {
  const name = source.file;
  if (isRaw(name, rawHz)) yield { name, light: rawSamples(source, rawHz) };
  else if (firstWord(source).startsWith("{")) yield { name, light: jsonLight(source) };
  else yield* textLights(source);
}

/** Bare bytes have no rate in them: their name tells, or the rate that is given. */
const isRaw = (file: string, rawHz: number | undefined): boolean =>
  file.endsWith(".u8") || (rawHz !== undefined && !/\.(json|txt)$/.test(file));

function rawSamples(source: Source, rawHz: number | undefined): Samples {
  if (!isRate(rawHz)) throw invalid(source.file, `bare samples have no rate in them: say --sample-hz, ${RATE_ALLOWED}`);
  return { form: "samples", sampleHz: rawHz, pieces: nonEmpty(source) };
}

function* nonEmpty(source: Source): Generator<Uint8Array> {
  yield* source.pieces();
  if (!source.bytesRead) throw invalid(source.file, "it is empty");
}

/** At most so much of it that a form's name is there whole. */
function firstWord(source: Source): string {
  let text = "";
  for (const piece of source.preview()) {
    text = (text + Buffer.from(piece.subarray(0, 1000)).toString("latin1")).trimStart();
    if (text) break;
  }
  return text.slice(0, 100);
}

// Text forms.

function* textLights(source: Source): Generator<NamedLight> {
  const first = firstWord(source).split(/\s/)[0] ?? "";
  if (first[0] !== "#" && !FORMS.includes(first)) throw invalid(source.file, NOT_JSON);
  let number = 0;
  let any = false;
  for (const line of linesOf(source)) {
    const name = `${source.file}:${++number}`;
    if (!/^\s*[^#\s]/.test(line)) continue;
    any = true;
    yield { name, light: parseLine(name, line) };
  }
  if (!any) throw invalid(source.file, "it has remarks only");
}

function* linesOf(source: Source): Generator<string> {
  let begun: string[] = [];
  let length = 0;
  for (const piece of source.pieces()) {
    const [first = "", ...others] = Buffer.from(piece).toString("latin1").split("\n");
    begun.push(first);
    length += first.length;
    if (length > LONGEST_LINE_BYTES) throw invalid(source.file, "a line is too long: use the capture it came from");
    if (!others.length) continue;
    yield begun.join("");
    yield* others.slice(0, -1);
    begun = [others.at(-1) as string];
    length = 0;
  }
  yield begun.join("");
}

// JSON.

type Head = Map<string, unknown>;

function jsonLight(source: Source): Light {
  const head = headOf(source);
  switch (head.get("kind")) {
    case "symbols":
      return { form: "samples", sampleHz: SENSOR_HZ, pieces: [play(source.file, head)] };
    case "samples":
      return { form: "samples", sampleHz: rateOf(source.file, head), pieces: samplesIn(source) };
    case "edges":
      return { form: "edges", pieces: runsIn(source) };
  }
  throw invalid(source.file, 'its kind must be "symbols", "samples" or "edges"');
}

function rateOf(file: string, head: Head): number {
  const sampleHz = head.get("sampleHz");
  if (isRate(sampleHz)) return sampleHz;
  throw invalid(file, `sampleHz must be ${RATE_ALLOWED}`);
}

/** What must be known before the light is looked at; keys may stand in any order. */
function headOf(source: Source): Head {
  const head: Head = new Map();
  for (const [key, value] of smallMembers(source, source.preview())) {
    head.set(key, value);
    const kind = head.get("kind");
    if (kind === "edges" || (kind === "samples" && head.has("sampleHz"))) break;
  }
  return head;
}

function* smallMembers(source: Source, pieces: Iterable<Uint8Array>): Generator<[string, unknown]> {
  const small = new SmallValues(source.file);
  for (const part of partsOf(source, pieces)) {
    if (part.key === SAMPLES || part.key === RUNS) continue;
    const value = small.add(part);
    if (value !== undefined) yield [part.key, value];
  }
}

/** Values that are needed whole; of others that are too long nothing is kept. */
class SmallValues {
  private parts: Buffer[] = [];
  private length = 0;

  constructor(private readonly file: string) {}

  /** The value that this part completes. */
  add({ key, text, ends }: Part): unknown {
    this.length += text.length;
    const isLong = this.length > LONGEST_VALUE_BYTES;
    if (isLong && HEAD.includes(key)) throw invalid(this.file, `${key} is too long`);
    if (isLong) this.parts = [];
    else this.parts.push(Buffer.from(text));
    if (!ends) return undefined;
    const whole = Buffer.concat(this.parts).toString("utf8");
    this.parts = [];
    this.length = 0;
    return isLong ? undefined : parse(this.file, whole);
  }
}

function* partsOf({ file }: Source, pieces: Iterable<Uint8Array>): Generator<Part> {
  try {
    yield* membersOf(pieces);
  } catch (error) {
    throw error instanceof NotJson ? invalid(file, NOT_JSON) : error;
  }
}

function parse(file: string, text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw invalid(file, NOT_JSON);
  }
}

/** One key's value in parts, once; all others are looked at, so that a file that is no JSON is found out. */
function* valueIn(source: Source, wanted: string): Generator<Part> {
  const seen = new Set<string>();
  const small = new SmallValues(source.file);
  for (const part of partsOf(source, source.pieces())) {
    if (part.ends && seen.has(part.key)) throw invalid(source.file, `${part.key} stands in it twice`);
    if (part.ends) seen.add(part.key);
    if (part.key === wanted) yield part;
    else if (part.key !== SAMPLES && part.key !== RUNS) small.add(part);
  }
}

function* samplesIn(source: Source): Generator<Uint8Array> {
  const base64 = new Base64Parts();
  const wrong = () => invalid(source.file, `${SAMPLES} must hold samples, unsigned 8 bits each, in base64`);
  for (const text of stringIn(source, SAMPLES, wrong)) {
    const bytes = base64.push(text);
    if (!bytes) throw wrong();
    yield bytes;
  }
  const last = base64.end();
  if (!last) throw wrong();
  yield last;
}

/** A string's text in parts; an escape is never cut. */
function* stringIn(source: Source, key: string, wrong: () => Error): Generator<string> {
  let written = "";
  let begun = false;
  for (const { text, ends } of valueIn(source, key)) {
    written += Buffer.from(text).toString("latin1");
    if (!begun && written && !written.startsWith('"')) throw wrong();
    if (!begun) written = written.slice(1);
    begun = true;
    const escape = written.indexOf("\\", Math.max(0, written.length - 6));
    const cut = ends ? written.length - 1 : escape < 0 ? written.length : escape;
    const part = written.slice(0, cut);
    yield part.includes("\\") ? String(parse(source.file, `"${part}"`)) : part;
    written = written.slice(cut);
  }
}

function* runsIn(source: Source): Generator<Int32Array> {
  const wrong = () => invalid(source.file, `${RUNS} ${RUNS_ALLOWED}`);
  let any = false;
  for (const list of listIn(source, RUNS, wrong)) {
    const runs = list.map(runOf);
    if (!runs.every((run) => run !== undefined)) throw wrong();
    any ||= runs.length > 0;
    yield Int32Array.from(runs);
  }
  if (!any) throw wrong();
}

/** A list's elements, some at a time; they must not be lists themselves. */
function* listIn(source: Source, key: string, wrong: () => Error): Generator<unknown[]> {
  let written = "";
  let begun = false;
  for (const { text, ends } of valueIn(source, key)) {
    written += Buffer.from(text).toString("latin1");
    if (!begun && !/^\[/.test(written)) throw wrong();
    if (ends && !written.endsWith("]")) throw wrong();
    // Cut behind a comma, so that each part is a list of its own.
    const cut = ends ? written.length : written.lastIndexOf(",");
    if (cut <= 0 && written.length > LONGEST_VALUE_BYTES) throw wrong();
    if (cut <= 0) continue;
    const part = written.slice(0, cut) + (ends ? "" : "]");
    yield parse(source.file, begun && !/^\s*\]/.test(part) ? `[${part}` : part) as unknown[];
    written = written.slice(cut + 1);
    begun = true;
  }
}

function play(file: string, head: Head): Uint8Array {
  const [symbols, levels] = [head.get("symbols"), head.get("levels")];
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
