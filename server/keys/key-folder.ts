// SPDX-License-Identifier: Apache-2.0
// The folder of keys: one file a key, named by the key's id, for its owner's eyes alone.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ServerError } from "../errors.js";

const OTHERS = 0o077;
/** It knows no such modes, and syncs no folders. */
const IS_WINDOWS = process.platform === "win32";

export class KeyFolder {
  readonly dir: string;

  constructor(dataDir: string) {
    this.dir = join(dataDir, "keys");
  }

  /** It is on disk when this returns: the database names it next. */
  write(name: string, content: Uint8Array | string): void {
    if (!existsSync(this.dir)) mkdirSync(this.dir, { mode: 0o700 });
    const path = join(this.dir, name);
    const unfinished = `${path}.new`;
    rmSync(unfinished, { force: true });
    writeFileSync(unfinished, content, { mode: 0o600, flag: "wx", flush: true });
    renameSync(unfinished, path);
    if (IS_WINDOWS) return;
    const dir = openSync(this.dir, "r");
    fsyncSync(dir);
    closeSync(dir);
  }

  /** @throws ServerError KEYS_MISSING */
  read(name: string): Buffer {
    const path = join(this.dir, name);
    if (existsSync(path)) return readFileSync(path);
    throw new ServerError("KEYS_MISSING", `${path} is missing, and the database needs it: put it back from your copy.`);
  }

  forget(name: string): void {
    rmSync(join(this.dir, name), { force: true });
  }

  /** @throws ServerError KEYS_EXPOSED */
  ensurePrivate(): void {
    if (IS_WINDOWS || !existsSync(this.dir)) return;
    const files = readdirSync(this.dir).map((name) => join(this.dir, name));
    const exposed = [this.dir, ...files].find((path) => statSync(path).mode & OTHERS);
    if (exposed === undefined) return;
    const all = files.length ? ` && chmod 600 "${this.dir}"/*` : "";
    throw new ServerError(
      "KEYS_EXPOSED",
      `${exposed} is open to other users: run  chmod 700 "${this.dir}"${all}  and ask yourself who has read it (SECURITY.md).`,
    );
  }
}
