// SPDX-License-Identifier: Apache-2.0
// The networks that the radio hears, and how loud: the one that was named, or the loudest.
import { options } from "lightline:selftest-options";
import type { Phase } from "../device/self-test.js";

function wifiModule(): EspruinoModules["Wifi"] | undefined {
  try {
    return require("Wifi");
  } catch (error) {
    return undefined;
  }
}

export const phase: Phase = {
  name: "wifi",
  timeoutMs: 15000,
  retries: 1,
  run(test) {
    const wifi = wifiModule();
    if (!wifi) {
      test.absent("a WiFi module");
      return;
    }
    wifi.scan((found) => {
      let loudest = -Infinity;
      for (let i = 0; i < found.length; i++)
        if (!options.ssid || found[i]!.ssid === options.ssid) loudest = Math.max(loudest, found[i]!.rssi);
      test.measure("networks", found.length);
      if (loudest === -Infinity) {
        test.fail(options.ssid ? "the network that was named is not heard" : "no network is heard");
        return;
      }
      test.measure("loudest", loudest);
      test.done();
    });
  },
};
