// SPDX-License-Identifier: Apache-2.0
// The cloud half of the fixture. It takes labels of units that this fixture lit.

http.onrequest((request, response) => {
  if (!request.authenticated) return response.send(403, "not a unit that this fixture lit");
  device.send("show", http.jsondecode(request.body));
  response.send(200, "OK");
});
