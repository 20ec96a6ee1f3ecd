// SPDX-License-Identifier: Apache-2.0
// What the tests of the store's commands share: a folder, a flash with values in it, and a search for secrets.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../bench/build/boards.js";
import { firmwareBoard } from "../../bench/build/boards.js";
import { LogName } from "../../firmware/store/kinds.js";
import { RecordLog } from "../../firmware/store/record-log.js";
import { digest } from "../../hal/sim/digest.js";
import { openFlashRegion } from "../../hal/sim/flash-region.js";
import type { NorFlash } from "../../hal/sim/models/nor-flash.js";

export const PRODUCT_DIR = "examples/hello-sensor";
export const PRODUCT = "hello-sensor";
export const board = loadBoard("esp32-devkitc");
export const ADDRESS = Number(board.chip.rawFlash.address);

export class Folder {
  readonly dir = mkdtempSync(join(tmpdir(), "lightline-store-"));
  private files = 0;

  path(name = `${++this.files}`): string {
    return join(this.dir, name);
  }

  write(content: string | Uint8Array, name?: string): string {
    const path = this.path(name);
    writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The firmware's own store over a flash. */
export function logOf(flash: NorFlash, which: "settings" | "identity"): RecordLog {
  const { address, pages } = firmwareBoard(board)[which];
  const name = which === "settings" ? LogName.Settings : LogName.Identity;
  return new RecordLog(openFlashRegion(flash, address, pages), digest, name);
}

/** The forms in which a secret could leak: as it is, in hex, and in base64 wherever in a longer text it may begin. */
function formsOf(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64url");
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const texts = [
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replace(/-/g, "+").replace(/_/g, "/")),
  ];
  return [bytes, ...texts.map((text) => Buffer.from(text))];
}

export function assertHides(where: string | Uint8Array, secrets: { readonly [name: string]: Uint8Array }): void {
  const haystack = Buffer.from(where as string);
  for (const [name, secret] of Object.entries(secrets)) {
    assert.ok(secret.length >= 6, `${name} is too short to look for`);
    for (const form of formsOf(secret))
      assert.ok(!haystack.includes(form), `${name} is there as ${form.toString("latin1")}`);
  }
}

/** That assertHides would have found it. */
export function assertShows(where: string | Uint8Array, secret: Uint8Array): void {
  assert.throws(() => assertHides(where, { secret }));
}
