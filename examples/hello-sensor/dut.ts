// SPDX-License-Identifier: Apache-2.0
// The device under test: measure, then ask to be blessed.
import { phases } from "./selftest.js";

imp.onidle(() => {
  server.log("under test, lit by " + imp.configparams.factory_imp_device_id);
  selftest.run(phases, (passed) => {
    server.bless(passed, (blessed) => {
      server.log(blessed ? "blessed" : "not blessed");
    });
  });
});
