// SPDX-License-Identifier: Apache-2.0
// The cloud half of the fixture. Agents are kept with the product; this server does not run them yet.

http.onrequest((request, response) => {
  device.send("show", request.body);
  response.send(200, "OK");
});
