// SPDX-License-Identifier: Apache-2.0
// The chip as a whole: identity, restart, watchdog, console.
import type { System } from "../system.js";

const WATCHDOG_S = 60;
const DEVICE_ID_BYTES = 8;

/** getSerial() gives the MAC address as hex digits with a dash after each four bytes. */
function readDeviceId(): Uint8Array {
  const id = new Uint8Array(DEVICE_ID_BYTES);
  const digits = getSerial().split("-").join("").slice(0, 12);
  for (let at = 0; at < 6; at++) id[at + 2] = parseInt(digits.substr(at * 2, 2), 16);
  return id;
}

/** At the root, so that its functions keep no scope of whoever opens the board. */
const system: System = {
  deviceId: /* @__PURE__ */ readDeviceId(),
  restart: () => ESP32.reboot(),
  chained() {
    const entries = typeof chainedEntries === "undefined" ? undefined : chainedEntries;
    chainedEntries = undefined;
    return entries;
  },
  print: (line) => print(line),
  lockConsole(password) {
    E.setPassword(password);
    E.lockConsole();
  },
  onUncaught(handler) {
    // A stage that chained this one had its own.
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => handler(typeof error === "string" ? error : error.message || "unknown"));
  },
};

export function openSystem(): System {
  E.enableWatchdog(WATCHDOG_S, true);
  return system;
}
