// SPDX-License-Identifier: Apache-2.0
// The radio's model as a station; its answer may never come.
import { ErrorCode } from "../error.js";
import type { WifiStation } from "../wifi-station.js";
import type { Start } from "./models/chip.js";
import type { Station } from "./models/radio.js";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

export function openWifiStation(start: Start, station: Station): WifiStation {
  let attempt = 0;
  let joining = false;
  return {
    join(ssid, password, timeoutMs, done) {
      if (joining) return ErrorCode.Busy;
      joining = true;
      const mine = ++attempt;
      const end = (error: ErrorCode): void => {
        if (!joining || mine !== attempt) return;
        joining = false;
        start.cancel(deadline);
        done(error);
      };
      const deadline = start.later(timeoutMs * 1000, () => end(ErrorCode.Timeout));
      station.join(text(ssid), text(password), (reason) =>
        start.later(0, () => end(reason ? ErrorCode.Unreachable : ErrorCode.Ok)),
      );
      return ErrorCode.Ok;
    },
    leave: () => station.leave(),
    isJoined: () => station.joined,
    channel: () => station.channel,
    rssi: () => (station.joined ? station.radio.rssi : 0),
  };
}
