// SPDX-License-Identifier: Apache-2.0
// lightline boards: the list, and what stands on one board's card.
import assert from "node:assert/strict";
import { listBoards, loadBoard } from "../../bench/build/boards.js";
import { runCommand } from "../tools/run-command.js";

interface Card {
  readonly wiring: readonly { readonly what: string; readonly gpio: number }[];
  readonly send: readonly string[];
  readonly open: readonly string[];
}

describe("lightline boards", () => {
  it("lists every board", async () => {
    const { boards } = JSON.parse((await runCommand("boards", "--json")).out) as { boards: { name: string }[] };
    assert.deepEqual(
      boards.map(({ name }) => name),
      listBoards(),
    );
    const { out } = await runCommand("boards");
    for (const name of listBoards()) assert.ok(out.includes(`\n${name} `), name);
  });

  for (const name of listBoards())
    it(`says of ${name} what goes to each pin, and what to send of it`, async () => {
      const { light, led, button, pins, tier, open = [] } = loadBoard(name);
      const card = JSON.parse((await runCommand("boards", name, "--json")).out) as Card;
      const gpios = card.wiring.map(({ gpio }) => gpio);
      for (const pin of [light.pin, led.red, led.green, button.pin, ...Object.values(pins)])
        assert.equal(gpios.filter((gpio) => gpio === pin).length, 1, `GPIO ${pin}`);
      assert.deepEqual(card.open, open);
      assert.equal(card.send.length > 0, tier > 1);
      const { out } = await runCommand("boards", name);
      for (const line of [...open, ...card.send]) assert.ok(out.includes(line), line);
    });

  it("answers a board that is none in one sentence, exit 2", async () => {
    const { code, out, err } = await runCommand("boards", "none");
    assert.match(err, /^BOARD_UNKNOWN: .*esp32-devkitc/);
    assert.deepEqual([code, out], [2, ""]);
  });
});
