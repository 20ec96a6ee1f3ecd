// SPDX-License-Identifier: Apache-2.0
// The fixture's agent: what it is told of a unit that this fixture lit goes on to the fixture.

http.onrequest((request, response) => {
  if (!request.authenticated) {
    response.send(403, "Not a unit that this fixture lit");
    return;
  }
  if (request.path !== "/verdict" && request.path !== "/label") {
    response.send(404, "Ask for /verdict or /label");
    return;
  }
  device.send(request.path.slice(1), http.jsondecode(request.body));
  response.send(200, "OK");
});
