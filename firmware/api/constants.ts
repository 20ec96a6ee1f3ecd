// SPDX-License-Identifier: Apache-2.0
// Electric Imp's constants, global in a script. The build writes their values in, so that a board holds none of them.
import { PinMode } from "../../hal/pins.js";

export const SCRIPT_CONSTANTS: { readonly [name: string]: number } = {
  DIGITAL_IN: PinMode.Input,
  DIGITAL_IN_PULLUP: PinMode.InputPullUp,
  DIGITAL_IN_PULLDOWN: PinMode.InputPullDown,
  DIGITAL_OUT: PinMode.Output,
  DIGITAL_OUT_OD: PinMode.OpenDrain,
  ANALOG_IN: PinMode.Analog,
  CONFIG_WIFI: 1,
  CONFIG_STATIC_NETWORK: 2,
  CONFIG_PROXY: 4,
  CONFIG_ALL: 7,
  BLINKUP_FAST: 1,
  BLINKUP_ACTIVEHIGH: 2,
  BLINKUP_BURST: 4,
  NOT_CONNECTED: 0,
  NO_WIFI: 1,
  NO_IP_ADDRESS: 2,
  NOT_RESOLVED: 3,
  NO_SERVER: 4,
  SERVER_CONNECTED: 5,
};
