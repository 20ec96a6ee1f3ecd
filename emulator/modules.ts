// SPDX-License-Identifier: Apache-2.0
// Espruino's modules for one start of a board, over the models. What the port does wrong is done wrong here too.
import { createHash, pbkdf2Sync } from "node:crypto";
import type { NorFlash } from "../hal/sim/models/nor-flash.js";
import type { HttpEvents, Network } from "../hal/sim/models/network.js";
import { CONNECTION_CLOSED, NetworkError } from "../hal/sim/models/network.js";
import type { Start } from "../hal/sim/models/chip.js";
import type { Station } from "../hal/sim/models/radio.js";
import type { StorageLog } from "./storage.js";

/** The port reads sockets in pieces of so many bytes. */
const SOCKET_PIECE_BYTES = 536;
/** All channels. */
const SCAN_US = 2e6;
const HANGING_CONNECT_US = 75e6;

export type Listener = (value?: unknown) => void;

export interface StartTools {
  readonly start: Start;
  /** Makes byte arrays of the interpreter's own kind. */
  readonly bytes: (data: Uint8Array) => unknown;
  readonly buffer: (data: Uint8Array) => unknown;
}

export function flashModule(flash: NorFlash, tools: StartTools): object {
  return {
    read: (length: number, address: number) => tools.bytes(flash.read(address, length)),
    write: (data: ArrayLike<number>, address: number) => flash.program(address, Uint8Array.from(data)),
    erasePage: (address: number) => flash.erasePage(address),
  };
}

/** `running` is the file that was evaluated last: rewritten, its code would dangle on the chip. */
export function storageModule(log: StorageLog, running: { name: string }, tools: StartTools): object {
  return {
    read(name: string) {
      running.name = name;
      return log.read(name);
    },
    readArrayBuffer(name: string) {
      const data = log.read(name);
      return data === undefined ? undefined : tools.buffer(Buffer.from(data, "latin1"));
    },
    write(name: string, data: string, offset?: number, size?: number) {
      if (name === running.name) throw new Error(`Storage: ${name} is running and cannot be rewritten`);
      return log.write(name, data, offset, size);
    },
    erase: (name: string) => log.erase(name),
    list: () => log.list(),
    getFree: () => log.freeBytes,
    getStats: () => ({ totalBytes: log.bytes, freeBytes: log.freeBytes, trashBytes: log.trashBytes }),
    compact: () => log.compact(),
  };
}

export function wifiModule(station: Station, consoles: { accessPoint: boolean }, { start }: StartTools): object {
  return {
    connect(ssid: string, options: { password?: string }, done: (reason: string | null) => void) {
      station.join(ssid, options.password ?? "", (reason) => start.later(0, () => done(reason)));
    },
    disconnect: () => station.leave(),
    scan(done: (found: readonly object[]) => void) {
      const { accessPoints, rssi } = station.radio;
      const found = accessPoints.map(({ ssid, channel = 1 }) => ({ ssid, rssi, channel: String(channel) }));
      start.later(SCAN_US, () => done(found));
    },
    stopAP: () => (consoles.accessPoint = false),
    getStatus: () =>
      station.joined
        ? { station: "connected", rssi: station.radio.rssi, channel: station.channel }
        : { station: "disconnected" },
  };
}

export function cryptoModule(tools: StartTools): object {
  return {
    SHA256: (data: ArrayLike<number>) => tools.buffer(createHash("sha256").update(Uint8Array.from(data)).digest()),
    PBKDF2(key: ArrayLike<number>, salt: ArrayLike<number>, options: { keySize: number; iterations: number }) {
      const derived = pbkdf2Sync(
        Uint8Array.from(key),
        Uint8Array.from(salt),
        options.iterations,
        options.keySize * 4,
        "sha256",
      );
      return tools.buffer(derived);
    },
  };
}

export function timerModule({ start }: StartTools): object {
  return {
    add: ({ fn, time, interval }: { fn: () => void; time: number; interval?: number }) =>
      interval ? start.timer.add(interval * 1000, fn) : start.timer.addOnce(time * 1000),
    remove: (slot: number) => start.timer.remove(slot),
  };
}

/** A module whose calls take too long for a timer's task. */
export function slowModule<Module extends object>(name: string, module: Module, { start }: StartTools): Module {
  const calls = Object.entries(module as { [call: string]: (...args: unknown[]) => unknown }).map(([call, run]) => [
    call,
    (...args: unknown[]) => {
      start.timer.refuseInTask(`${name}.${call}()`);
      return run.apply(module, args);
    },
  ]);
  return Object.fromEntries(calls) as Module;
}

interface RequestOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers?: { readonly [name: string]: string | number };
}

export function httpModule(network: Network, station: Station, tools: StartTools): object {
  return {
    request(options: RequestOptions, answered: (answer: object) => void) {
      const onError: Listener[] = [];
      return {
        on(event: string, listener: Listener) {
          if (event === "error") onError.push(listener);
        },
        /** Throws for what the port finds out at once. A body without Content-Length reaches the server as nothing. */
        end(body: string) {
          const framed = options.headers && "Content-Length" in options.headers ? body : "";
          const events = deliver(tools, answered, onError);
          if (!station.joined) throw new Error("Unable to locate host");
          // A host that does not answer holds up the whole program, and only then is an error.
          if (network.hangs(options.path)) {
            tools.start.stall(HANGING_CONNECT_US);
            events.failed(CONNECTION_CLOSED);
            return;
          }
          try {
            network.post(
              options.host,
              options.port,
              options.path,
              Buffer.from(framed, "latin1"),
              options.headers ?? {},
              events,
            );
          } catch (error) {
            if (error instanceof NetworkError) throw new Error(error.message);
            throw error;
          }
        },
      };
    },
  };
}

/** Answers as the port gives them: status as text, data in pieces, end before close, errors by number. */
function deliver(tools: StartTools, answered: (answer: object) => void, onError: Listener[]): HttpEvents {
  const listeners: { [event: string]: Listener[] } = { data: [], end: [], close: [] };
  const emit = (event: string, value?: unknown): void => {
    tools.start.later(0, () => listeners[event]?.forEach((listener) => listener(value)));
  };
  return {
    answered(status, headers) {
      const on = (event: string, listener: Listener): void => void listeners[event]?.push(listener);
      tools.start.later(0, () => answered({ statusCode: status, headers, on }));
    },
    data(data) {
      for (let at = 0; at < data.length; at += SOCKET_PIECE_BYTES)
        emit("data", data.toString("latin1", at, Math.min(data.length, at + SOCKET_PIECE_BYTES)));
    },
    closed() {
      emit("end");
      emit("close");
    },
    failed(code) {
      tools.start.later(0, () => onError.forEach((listener) => listener({ code })));
    },
  };
}
