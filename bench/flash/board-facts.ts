// SPDX-License-Identifier: Apache-2.0
// What a board says of itself over its console, before anything is written to it.
import type { BoardConsole, BoardIdentity } from "../board/board-console.js";
import { BOOT_NAME, STAGES } from "../build/build.js";
import { BOOT_FILE, storageName } from "../build/storage-files.js";

export interface StoredFile {
  readonly bytes: number;
  /** CRC-32, computed by the board over what it reads. */
  readonly sum: number;
}

export interface BoardFacts extends BoardIdentity {
  readonly freeVariables: number;
  readonly bluetooth: boolean;
  /** SHA-256 of "abc" and PBKDF2 of "key" and "message", each in base64. */
  readonly digests: string;
  readonly hasFlash: boolean;
  readonly freeBytes: number;
  /** Of files that are there no more. */
  readonly trashBytes: number;
  /** Names in Storage. */
  readonly names: readonly string[];
  /** Those among them that a build has, the boot file too. */
  readonly files: ReadonlyMap<string, StoredFile>;
  /** The boot file is one of ours, perhaps cut short. */
  readonly bootIsOurs: boolean;
}

const OUR_NAMES: readonly string[] = STAGES.map(storageName);
/** An Espruino of before getStats() knows of no trash. */
const SPACE = `(function (s) { return s.getFree() + " " + (s.getStats ? s.getStats().trashBytes : 0); })(require("Storage"))`;
const DIGESTS = `(function () { try { var c = require("crypto"), t = E.toUint8Array;
  return btoa(new Uint8Array(c.SHA256(t("abc")))) + " " +
    btoa(new Uint8Array(c.PBKDF2(t("key"), t("message"), { keySize: 8, iterations: 1, hasher: "SHA256" }))); }
  catch (e) { return "none"; } })()`;
const HAS_FLASH = `(function () { try { return typeof require("Flash").erasePage; } catch (e) { return "none"; } })()`;
/** A build without Bluetooth says that it is on, and cannot switch it off. */
const BLUETOOTH = `typeof ESP32 != "undefined" && ESP32.enableBLE && ESP32.getState().BLE ? 1 : 0`;
const BOOT_BEGINS = `var ${BOOT_NAME}=`;
/** For what looks through all of Storage. */
const SLOW_MS = 20_000;

/** @throws UserError of BoardConsole */
export async function askBoard(board: BoardConsole): Promise<BoardFacts> {
  const freeVariables = Number(await board.evaluate("process.memory().free"));
  const bluetooth = (await board.evaluate(BLUETOOTH)) === "1";
  const digests = await board.evaluate(DIGESTS);
  const hasFlash = (await board.evaluate(HAS_FLASH)) === "function";
  const [freeBytes, trashBytes] = await askSpace(board);
  const list = await board.evaluate(`btoa(require("Storage").list().join("\\n"))`, SLOW_MS);
  const names = Buffer.from(list, "base64").toString("latin1").split("\n").filter(Boolean);
  const files = new Map<string, StoredFile>();
  for (const name of names.filter((name) => OUR_NAMES.includes(name)))
    files.set(name, (await askFile(board, name)) as StoredFile);
  const bootIsOurs = files.has(BOOT_FILE) && (await hasOurBoot(board));
  return {
    ...board.identity,
    freeVariables,
    bluetooth,
    digests,
    hasFlash,
    freeBytes,
    trashBytes,
    names,
    files,
    bootIsOurs,
  };
}

/** Bytes free behind the last file, and bytes that compacting would give back. */
export async function askSpace(board: BoardConsole): Promise<[freeBytes: number, trashBytes: number]> {
  const [free, trash] = (await board.evaluate(SPACE, SLOW_MS)).split(" ").map(Number) as [number, number];
  return [free, trash];
}

/** Undefined when there is no such file. */
export async function askFile(board: BoardConsole, name: string): Promise<StoredFile | undefined> {
  // read() would do too, but code that was read may be running.
  const answer = await board.evaluate(
    `(function (b) { return b ? b.byteLength + " " + E.CRC32(new Uint8Array(b)) : "none"; })
      (require("Storage").readArrayBuffer(${JSON.stringify(name)}))`,
    SLOW_MS,
  );
  if (answer === "none") return undefined;
  const [bytes, sum] = answer.split(" ").map(Number) as [number, number];
  return { bytes, sum: sum >>> 0 };
}

/** By how each build's begins; blank, where the power went before its first byte. */
async function hasOurBoot(board: BoardConsole): Promise<boolean> {
  const head = await board.evaluate(
    `(function (b) { return btoa(new Uint8Array(b, 0, Math.min(b.byteLength, ${BOOT_BEGINS.length}))); })
      (require("Storage").readArrayBuffer("${BOOT_FILE}"))`,
  );
  const found = Buffer.from(head, "base64").toString("latin1");
  return found === BOOT_BEGINS || /^\xff*$/.test(found);
}
