// SPDX-License-Identifier: Apache-2.0
// A network that does to one message what the fault says, and brings all others straight to the server.
//
// No socket and no time: the clock stands while a request is under way, so that the same fault gives the same life.
import type { HttpEvents } from "../../hal/sim/models/network.js";
import { CONNECTION_CLOSED, Network, NetworkError } from "../../hal/sim/models/network.js";
import type { VirtualClock } from "../../hal/sim/models/virtual-clock.js";
import type { Mishap } from "./fault.js";

export interface Reply {
  readonly status: number;
  readonly bytes: Buffer;
}

/** What befalls one message, and who it may strike besides. */
export interface Strike {
  readonly how: Mishap;
  powerOff(): void;
  restartServer(): Promise<void>;
}

export interface Surroundings {
  /** Asked for each message. */
  next(): Strike | undefined;
  deliver(path: string, request: Buffer): Promise<Reply>;
}

/** Long after the device has given a request up. */
const LATE_US = 45_000_000;

export class MishapNetwork extends Network {
  constructor(
    clock: VirtualClock,
    private readonly surroundings: Surroundings,
  ) {
    super(clock);
  }

  override post(_host: string, _port: number, path: string, body: Buffer, _headers: object, events: HttpEvents): void {
    const strike = this.surroundings.next();
    if (strike?.how === "refuse") throw new NetworkError("Unable to create socket");
    this.count(1);
    void this.carry(strike, path, body, events).finally(() => this.count(-1));
  }

  protected override hold(): () => void {
    return this.clock.stop();
  }

  private async carry(strike: Strike | undefined, path: string, body: Buffer, events: HttpEvents): Promise<void> {
    const { surroundings } = this;
    const deliver = (request = body) => surroundings.deliver(path, request);
    if (strike?.how.endsWith("-before")) await hit(strike);
    switch (strike?.how) {
      case "lose-request":
      case "power-before":
      case "both-before":
        return;
      case "late":
        this.clock.after(LATE_US, () => {
          this.count(1);
          void deliver().finally(() => this.count(-1));
        });
        return;
      case "corrupt-request":
        return show(await deliver(flipped(body)), events);
      case "double":
        await deliver();
    }
    const reply = await deliver();
    if (strike?.how.endsWith("-after")) await hit(strike);
    switch (strike?.how) {
      case "lose-answer":
      case "power-after":
      case "both-after":
        return;
      case "reset":
      case "server-after":
        return events.failed(CONNECTION_CLOSED);
      case "cut-short":
        return show(reply, events, reply.bytes.subarray(0, reply.bytes.length >> 1));
      case "corrupt-answer":
        return show(reply, events, flipped(reply.bytes));
    }
    show(reply, events);
  }
}

async function hit(strike: Strike): Promise<void> {
  if (/^(power|both)-/.test(strike.how)) strike.powerOff();
  if (/^(server|both)-/.test(strike.how)) await strike.restartServer();
}

function show({ status, bytes }: Reply, events: HttpEvents, shown: Buffer = bytes): void {
  events.answered(String(status), { "content-length": String(bytes.length) });
  if (shown.length) events.data(shown);
  events.closed();
}

/** One bit in the middle is another. */
function flipped(bytes: Buffer): Buffer {
  const wrong = Buffer.from(bytes);
  if (wrong.length) wrong[wrong.length >> 1]! ^= 0x10;
  return wrong;
}
