// SPDX-License-Identifier: Apache-2.0
// The radio through the Wifi module; its connect callback may never come.
import { ErrorCode } from "../error.js";
import type { WifiStation } from "../wifi-station.js";
import { toText } from "./bytes.js";

/** The port's callback of an attempt that was given up may still come. */
let attempt = 0;
let joining = false;

export const wifiStation: WifiStation = {
  join(ssid, password, timeoutMs, done) {
    if (joining) return ErrorCode.Busy;
    joining = true;
    const mine = ++attempt;
    const end = (error: ErrorCode) => {
      if (!joining || mine !== attempt) return;
      joining = false;
      clearTimeout(deadline);
      done(error);
    };
    const deadline = setTimeout(() => end(ErrorCode.Timeout), timeoutMs);
    require("Wifi").connect(toText(ssid), { password: toText(password) }, (reason) =>
      end(reason ? ErrorCode.Unreachable : ErrorCode.Ok),
    );
    return ErrorCode.Ok;
  },
  leave() {
    require("Wifi").disconnect();
  },
  isJoined: () => require("Wifi").getStatus().station === "connected",
  channel: () => Number(require("Wifi").getStatus().channel) || 0,
  rssi: () => require("Wifi").getStatus().rssi || 0,
};
