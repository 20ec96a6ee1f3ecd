// SPDX-License-Identifier: Apache-2.0
// Who fails to prove itself again and again is not heard for a while.

const FAILURES = 10;
const WINDOW_MS = 60_000;
/** More addresses at once than a factory has: then all begin anew, instead of memory growing with whoever sends. */
const ADDRESSES = 10_000;

export class FailureGate {
  private readonly byAddress = new Map<string, { failures: number; readonly until: number }>();

  /** Milliseconds until this address is heard again, 0 when it is. */
  closedMs(address: string, now: number): number {
    const entry = this.byAddress.get(address);
    if (!entry || now >= entry.until) return 0;
    return entry.failures >= FAILURES ? entry.until - now : 0;
  }

  failed(address: string, now: number): void {
    const entry = this.byAddress.get(address);
    if (entry && now < entry.until) return void entry.failures++;
    if (this.byAddress.size >= ADDRESSES) this.byAddress.clear();
    this.byAddress.set(address, { failures: 1, until: now + WINDOW_MS });
  }
}
