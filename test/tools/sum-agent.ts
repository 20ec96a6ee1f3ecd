// SPDX-License-Identifier: Apache-2.0
// An agent that keeps a sum: what is lost, or heard twice, shows in it.

export const SUM_AGENT = `device.on("add", (n) => {
  const saved = server.load();
  saved.sum = (saved.sum || 0) + n;
  server.save(saved);
  device.send("sum", saved.sum);
});`;
