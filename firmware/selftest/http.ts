// SPDX-License-Identifier: Apache-2.0
// Joins a network and calls a server: any answer will do, since it is the way there that is tested.
import { options } from "lightline:selftest-options";
import { ErrorCode } from "../../hal/error.js";
import { httpClient } from "../../hal/espruino/http-client.js";
import { wifiStation } from "../../hal/espruino/wifi-station.js";
import { asciiBytes } from "../core/protocol/bytes.js";
import type { Phase, Test } from "../device/self-test.js";

const JOIN_MS = 20000;
const ANSWER_MS = 10000;

let joined = false;

function call(test: Test): void {
  const from = getTime();
  httpClient.post(options.url, asciiBytes("self-test"), ANSWER_MS, (error) => {
    if (error === ErrorCode.Unreachable || error === ErrorCode.Timeout) {
      test.fail(options.url + " does not answer");
      return;
    }
    test.measure("round trip", (getTime() - from) * 1000);
    test.done();
  });
}

export const phase: Phase = {
  name: "http",
  timeoutMs: JOIN_MS + ANSWER_MS + 1000,
  retries: 1,
  after: ["wifi"],
  run(test) {
    if (!options.ssid || !options.url) {
      test.absent("a network to join and a server to call");
      return;
    }
    const from = getTime();
    wifiStation.join(asciiBytes(options.ssid), asciiBytes(options.password), JOIN_MS, (error) => {
      if (error !== ErrorCode.Ok) {
        test.fail("the network cannot be joined");
        return;
      }
      joined = true;
      test.measure("join", (getTime() - from) * 1000);
      call(test);
    });
  },
  teardown() {
    httpClient.abort();
    if (joined) wifiStation.leave();
    joined = false;
  },
};
