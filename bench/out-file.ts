// SPDX-License-Identifier: Apache-2.0
// The file that a command makes: it can be written before the work begins, and nothing is written over unless asked to.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { UserError } from "./errors.js";

/** @throws UserError FILE_EXISTS or FILE_NOT_WRITABLE */
export function checkOutFile(file: string, force: boolean | undefined): void {
  if (existsSync(file) && statSync(file).isFile() && !force)
    throw new UserError("FILE_EXISTS", `${file} is there already: name another file, or say --force to write it over.`);
  try {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
    if (existsSync(file) && statSync(file).isDirectory()) throw new Error("it is a folder");
  } catch (error) {
    throw notWritable(file, error);
  }
}

/** One JSON object, named after the file. @throws UserError FILE_NOT_WRITABLE */
export function writeOutFile(file: string, content: object): void {
  const named = { name: basename(file).replace(/\.json$/, ""), ...content };
  try {
    writeFileSync(file, JSON.stringify(named, undefined, 1) + "\n");
  } catch (error) {
    throw notWritable(file, error);
  }
}

/** For its owner's eyes alone before a byte of it is written. @throws UserError FILE_NOT_WRITABLE */
export function writePrivateFile(file: string, content: Uint8Array): void {
  try {
    const fd = openSync(file, "a", 0o600);
    try {
      if (fstatSync(fd).isFile()) {
        fchmodSync(fd, 0o600);
        ftruncateSync(fd);
      }
      writeFileSync(fd, content);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw notWritable(file, error);
  }
}

export const notWritable = (file: string, error: unknown): UserError =>
  new UserError("FILE_NOT_WRITABLE", `${file} cannot be written (${(error as Error).message}): name another file.`);
