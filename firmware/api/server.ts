// SPDX-License-Identifier: Apache-2.0
// server and agent: log lines and named messages over the link, the same in every role.
import type { NetworkBoard } from "../../hal/board.js";
import type { Link } from "../device/link.js";
import { NetworkReason } from "../device/link.js";

const CONNECT_TIMEOUT_S = 60;

export class ServerApi {
  _board: NetworkBoard;
  _link: Link;
  _deadline: number;

  constructor(board: NetworkBoard, link: Link) {
    this._board = board;
    this._link = link;
    this._deadline = 0;
  }

  log(message: unknown): void {
    this._say("log", message);
  }

  error(message: unknown): void {
    this._say("error", message);
  }

  isconnected(): boolean {
    return this._link.connected();
  }

  /** Calls back with SERVER_CONNECTED, or a reason why not; of two calls with the later's callback only. */
  connect(callback: ((reason: NetworkReason) => void) | undefined, timeoutS: number | undefined): void {
    const timers = this._board.timers;
    const link = this._link;
    timers.cancel(this._deadline);
    link.onReason = (reason) => {
      timers.cancel(this._deadline);
      link.onReason = undefined;
      if (callback) callback(reason);
    };
    this._deadline = timers.after((timeoutS || CONNECT_TIMEOUT_S) * 1000, () =>
      link.tell(link.joined ? NetworkReason.NoServer : NetworkReason.NoWifi),
    );
    link.connect();
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
    // Who listens to nothing need hold no poll.
    this._link.polling = true;
    this._link._next();
  }

  /** 0 once it is queued; 1 when no message can carry it. */
  send(name: string, data: unknown): number {
    return this._link.say(name, JSON.stringify(data)) ? 0 : 1;
  }
}

/** Calls that this stage does not serve do nothing but say so; one function for all, since RAM goes by function. */
export function refuseCalls(target: object, names: string, log: (line: string) => void): void {
  const list = names.split(" ");
  const refuse = () => log("refused, this firmware has no " + names.split(" ").join(", no "));
  for (let i = 0; i < list.length; i++) (target as { [name: string]: unknown })[list[i] as string] = refuse;
}
