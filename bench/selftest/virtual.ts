// SPDX-License-Identifier: Apache-2.0
// A virtual board behind a port, in a world where every phase finds what it looks for: light, a wire, a button, a network, a server.
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ConsoleBoard } from "../../emulator/console-board.js";
import { LedSource, LightChannel } from "../../hal/sim/models/light-channel.js";
import type { Board } from "../build/boards.js";
import type { Pair } from "../build/phases.js";

/** The network and the server that are there. */
export const VIRTUAL_NETWORK = { ssid: "virtual", password: "virtual network", url: "http://virtual.local:80/" };

const ROOM = { ambient: 0.12, swing: 0.55, noise: 0.01, ripple: 0.02 };
/** What is at a product's analogue pins, of full scale: half of 3.3 V, and 0.73 V, as examples/hello-sensor has it. */
const ANALOG = { pinA: 0.458, pinB: 0.203 };
/** Nothing of a phase takes so long. */
const LONGEST_TURN_MS = 2000;

export interface VirtualBoard {
  readonly port: string;
  readonly nowMs: () => number;
  close(): Promise<void>;
}

/** Time on it goes so many times faster. */
export async function startVirtualBoard(board: Board, loopback: readonly Pair[], speed: number): Promise<VirtualBoard> {
  const server = await answerAnything();
  const virtual = await ConsoleBoard.start({
    speed,
    longestTurnMs: LONGEST_TURN_MS,
    says: { BOARD: board.chip.builds[0] as string },
  });
  const { ssid, password, url } = VIRTUAL_NETWORK;
  virtual.radio.accessPoints.push({ ssid, password });
  const { hostname, port } = new URL(url);
  virtual.network.hosts.set(`${hostname}:${port || 80}`, { port: (server.address() as AddressInfo).port, up: true });
  furnish(virtual, board, loopback);
  return {
    port: virtual.port,
    // Its own: it keeps this machine's pace only in the mean.
    nowMs: () => virtual.clock.nowUs / 1000,
    close: async () => {
      virtual.close();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Its light sensor sees its LEDs, pins are wired, and the chip's Espruino does its own ways. */
function furnish(
  { board: { world } }: ConsoleBoard,
  { light, led, emitter, pins, chip }: Board,
  wires: readonly Pair[],
): void {
  world.negated = chip.negated;
  world.converter = chip.analog;
  for (const [pin, share] of Object.entries(ANALOG)) if (pins[pin] !== undefined) world.analog.set(pins[pin], share);
  for (const [out, into] of wires) world.wires.set(pins[into] as number, pins[out] as number);
  const source = new LedSource();
  const channel = new LightChannel(ROOM);
  channel.source = source;
  world.light.set(light.pin, channel);
  const lamps = new Set([led.red, led.green, emitter?.pin]);
  const lit = new Set<number>();
  world.onWrite = (gpio, level) => {
    const { activeLow } = gpio === emitter?.pin ? emitter : led;
    if (!lamps.has(gpio)) return;
    if (level === activeLow) lit.delete(gpio);
    else lit.add(gpio);
    source.lit = lit.size > 0;
  };
}

async function answerAnything(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    response.end("here");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
