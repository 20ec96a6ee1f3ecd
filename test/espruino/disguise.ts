// SPDX-License-Identifier: Apache-2.0
// A Linux Espruino that lightline flash takes for an ESP32: what its .boot0 runs at every start.
import { readFileSync } from "node:fs";

/** The Linux port loses what is typed while its program is busy, and a virtual hour a second is busy: time goes slowly here. */
const SLOW_PRELUDE = readFileSync(new URL("../../emulator/prelude/prelude.js", import.meta.url), "latin1").replace(
  "setInterval(__pump, 1)",
  "setInterval(__pump, 50)",
);

/** As an ESP32 has it: its own name, and no prelude in its Storage or its memory. */
const DISGUISE = `(function () {
  var all = require, storage = all("Storage"), shown = {}, own = process;
  ["read", "readArrayBuffer", "write", "erase", "getFree", "getStats", "compact"].forEach(function (name) {
    shown[name] = function (a, b, c, d) { return storage[name](a, b, c, d); };
  });
  shown.list = function () { return storage.list().filter(function (name) { return name != ".boot0"; }); };
  global.require = function (name) { return name == "Storage" ? shown : all(name); };
  global.process = {
    env: { VERSION: own.env.VERSION, BOARD: "ESP32" },
    memory: function () {
      var memory = own.memory();
      return { free: 5800 - memory.usage + used, usage: memory.usage, gctime: memory.gctime };
    }
  };
  var used = own.memory().usage;
})();`;

export const DISGUISED_PRELUDE = SLOW_PRELUDE + DISGUISE;
