// SPDX-License-Identifier: Apache-2.0
// server and agent: log lines and named messages over the link, the same in every role.
import type { NetworkBoard } from "../../hal/board.js";
import type { Link } from "../device/link.js";

export class ServerApi {
  _board: NetworkBoard;
  _link: Link;

  constructor(board: NetworkBoard, link: Link) {
    this._board = board;
    this._link = link;
  }

  log(message: unknown): void {
    this._say("log", message);
  }

  error(message: unknown): void {
    this._say("error", message);
  }

  isconnected(): boolean {
    return this._link.joined;
  }

  /** Calls back with true once joined. */
  connect(callback: ((connected: boolean) => void) | undefined): void {
    this._link.join((joined) => {
      if (callback) callback(joined);
      this._link._next();
    });
  }

  disconnect(): void {
    this._link.joined = false;
    this._link.away = true;
    this._board.wifi.leave();
  }

  /** Items leave as soon as the line is free: there is nothing to wait for. */
  flush(): void {
    return;
  }

  _say(name: string, message: unknown): void {
    this._board.system.print(name + ": " + message);
    this._link.say(name, JSON.stringify(message));
  }
}

export class AgentApi {
  _link: Link;
  /** By "." and name: an object has names of its own. */
  _handlers: { [name: string]: (data: unknown) => void };

  constructor(link: Link) {
    this._link = link;
    this._handlers = {};
    link.onItem = (name, data) => {
      const handler = this._handlers["." + name];
      if (handler) handler(JSON.parse(data));
    };
  }

  on(name: string, handler: (data: unknown) => void): void {
    this._handlers["." + name] = handler;
  }

  send(name: string, data: unknown): void {
    this._link.say(name, JSON.stringify(data));
  }
}

/** Calls that this stage cannot serve do nothing but say so. */
export function refuseCalls(target: object, names: string, log: (line: string) => void): void {
  const list = names.split(" ");
  for (let i = 0; i < list.length; i++)
    (target as { [name: string]: unknown })[list[i] as string] = refusal(list[i] as string, log);
}

function refusal(name: string, log: (line: string) => void): () => void {
  return () => log(name + " was refused: this firmware does not have it");
}
