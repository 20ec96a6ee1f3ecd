// SPDX-License-Identifier: Apache-2.0
// The cloud half of a unit under test. A label goes on to the fixture that lit it.

device.on("label", (label) => {
  const url = imp.configparams.factory_fixture_url;
  if (url) http.post(url, {}, http.jsonencode(label)).sendasync((answer) => server.log("label: " + answer.statuscode));
});

device.on("report", (report) => {
  server.log(report);
});
