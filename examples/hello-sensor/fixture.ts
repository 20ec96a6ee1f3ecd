// SPDX-License-Identifier: Apache-2.0
// The fixture: one press, one unit. The factory's network comes from the server, so no password stands here.

fixture.onbutton(() => {
  server.factoryblinkup(null, null, fixture.emitter, fixture.flags);
});

agent.on("unit", (data) => {
  server.log("unit: " + JSON.stringify(data));
});
