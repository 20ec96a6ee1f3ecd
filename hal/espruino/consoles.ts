// SPDX-License-Identifier: Apache-2.0
// Stock Espruino listens to anyone: Bluetooth UART, Telnet, an open access point. Closed before the radio starts.

export function closeConsoles(): void {
  if (typeof NRF !== "undefined") NRF.setServices({}, { uart: false });
  attempt(() => require("TelnetServer").setOptions({ mode: "off" }));
  // The access point starts after the boot code: stop it as soon as there is something to stop.
  setTimeout(() => attempt(() => require("Wifi").stopAP()), 0);
}

/** A port without the module has nothing to close. */
function attempt(close: () => void): void {
  try {
    close();
  } catch (error) {
    return;
  }
}
