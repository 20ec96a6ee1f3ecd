// SPDX-License-Identifier: Apache-2.0
// The cloud half of a unit under test. Agents are kept with the product; this server does not run them yet.

device.on("report", (report) => {
  server.log(report);
});
