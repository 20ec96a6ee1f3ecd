// SPDX-License-Identifier: Apache-2.0
// Turns that come at once share a commit, and nothing else.
import assert from "node:assert/strict";
import { onEachDatabase } from "../tools/test-database.js";
import { TestServer } from "../tools/test-server.js";

onEachDatabase("turns that come at once", () => {
  let server: TestServer;
  beforeEach(async () => void (server = await TestServer.open()));
  afterEach(() => server.close());

  it("are all kept, in their order, but for those that fail, of which nothing is", async () => {
    const turns = Array.from({ length: 200 }, (_, n) =>
      n % 10 === 5 ? server.apiKeys.add("one of twenty", "viewer") : server.admin.send("00", "count", n),
    );
    const ends = await Promise.allSettled(turns);
    const failed = ends.flatMap((end, n) =>
      end.status === "rejected" ? [[n, (end.reason as { code: string }).code]] : [],
    );
    const again = Array.from({ length: 19 }, (_, n) => [n * 10 + 15, "KEY_EXISTS"]);
    assert.deepEqual(failed, again);
    const items = await server.database.rows<{ data: string }>("select data from items order by id");
    const expected = Array.from({ length: 200 }, (_, n) => n).filter((n) => n % 10 !== 5);
    assert.deepEqual(
      items.map(({ data }) => Number(data)),
      expected,
    );
    assert.equal((await server.database.rows("select id from api_keys")).length, 1);
    assert.deepEqual(await server.admin.verifyAudit(), []);
  });
});
