// SPDX-License-Identifier: Apache-2.0
// Tells of changes in a folder, a whole edit at once: editors write a file in steps.
import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { watch } from "chokidar";

const SETTLE_MS = 30;

export class Changes {
  private readonly watcher;
  private readonly seen = new Set<string>();
  private wake = (): void => undefined;

  constructor(dir: string) {
    this.watcher = watch(dir, { ignoreInitial: true }).on("all", (_event, file) => {
      this.seen.add(relative(dir, file));
      this.wake();
    });
  }

  /** Names of what has changed since the last time, or that changes next. */
  async next(): Promise<ReadonlySet<string>> {
    if (!this.seen.size) await new Promise<void>((resolve) => (this.wake = resolve));
    await sleep(SETTLE_MS);
    const changed = new Set(this.seen);
    this.seen.clear();
    return changed;
  }

  close(): Promise<void> {
    return this.watcher.close();
  }
}
