// SPDX-License-Identifier: Apache-2.0
// lightline send: every waveform comes back as it was said, from a file and from a board's lamp; what cannot be sent is refused.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fieldsOf } from "../../bench/decode.js";
import { receiveLight } from "../../bench/light/reception.js";
import { Progress } from "../../bench/progress.js";
import { playShow } from "../../bench/send/lamp.js";
import { entriesOf } from "../../bench/send/settings.js";
import { showOf } from "../../bench/send/show.js";
import { ConsoleBoard } from "../../emulator/console-board.js";
import { decodeFile, runCommand } from "../tools/run-command.js";

const ROOT = new URL("../../", import.meta.url).pathname;
const VECTORS = join(ROOT, "test/vectors/blinkup");

const TOKEN = "00112233445566778899aabbccddeeff";
const SERVER = "http://lightline.local:8080";
const PASSWORD = "höchst geheim";
const SETTINGS = ["--ssid", "Fabrik Süd", "--password", PASSWORD, "--token", TOKEN, "--server", SERVER];
/** Two halves, each last byte first. */
const FIELDS = {
  ssid: "Fabrik Süd",
  password: PASSWORD,
  planId: "7766554433221100",
  token: "ffeeddccbbaa9988",
  serverUrl: SERVER,
};
const SHORT = ["--ssid", "ab", "--password", ""];

describe("lightline send", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-send-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  let files = 0;
  const fresh = () => join(dir, `${++files}.json`);

  const content = (file: string) => JSON.parse(readFileSync(file, "utf8")) as { kind: string; levels?: number[] };

  for (const [how, kind] of [
    ["bi-level --rate 30", "edges"],
    ["bi-level --rate 60", "edges"],
    ["bi-level --rate 142 --sample-hz 600", "samples"],
    ["burst --rate 120 --sample-hz 600", "samples"],
    ["burst", "edges"],
    ["burst --rate 2000", "edges"],
    ["burst --rate 1000 --repeat 3", "edges"],
    ["tri-level", "symbols"],
    ["tri-level --rate 15", "symbols"],
    ["tri-level --sample-hz 1000", "samples"],
    ["ternary", "symbols"],
    ["ternary --sample-hz 600", "samples"],
  ] as const)
    it(`says ${how} as ${kind}, and the same fields come back`, async () => {
      const out = fresh();
      const ended = await runCommand("send", "--out", out, ...SETTINGS, "--json", "--waveform", ...how.split(" "));
      assert.deepEqual([ended.code, ended.err], [0, ""]);
      assert.equal((JSON.parse(ended.out) as { kind: string }).kind, kind);
      assert.equal(content(out).kind, kind);
      assert.ok(!ended.out.includes(PASSWORD));
      assert.deepEqual(await decodeFile(out), { status: "complete", ...FIELDS });
    });

  it("takes its levels from the waveform", async () => {
    const [tri, ternary] = [fresh(), fresh()];
    await runCommand("send", "--out", tri, ...SHORT, "--waveform", "tri-level");
    await runCommand("send", "--out", ternary, ...SHORT, "--waveform", "ternary");
    assert.deepEqual(
      [content(tri).levels, content(ternary).levels],
      [
        [0, 191, 255],
        [0, 153, 255],
      ],
    );
  });

  it("sends a file's frame in another waveform", async () => {
    const [first, second] = [fresh(), fresh()];
    await runCommand("send", "--out", first, "--vector", join(VECTORS, "tri-utf8.json"), "--waveform", "burst");
    await runCommand("send", "--out", second, "--vector", first, "--waveform", "ternary");
    const { expect } = JSON.parse(readFileSync(join(VECTORS, "tri-utf8.json"), "utf8")) as { expect: object };
    assert.deepEqual(await decodeFile(second), expect);
  });

  it("takes the password from the environment", async () => {
    const out = fresh();
    process.env.LIGHTLINE_PASSWORD = "from-outside";
    try {
      assert.equal((await runCommand("send", "--out", out, "--ssid", "ab", "--password", "-")).code, 0);
    } finally {
      delete process.env.LIGHTLINE_PASSWORD;
    }
    assert.deepEqual(await decodeFile(out), { status: "complete", ssid: "ab", password: "from-outside" });
  });

  it("takes the password from standard input, and does not say it", async () => {
    const out = fresh();
    const args = [join(ROOT, "bench/lightline.mjs"), "send", "--out", out, "--ssid", "ab", "--password", "-"];
    const child = spawn(process.execPath, args, { cwd: ROOT });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (said += piece));
    child.stdin.end("from-a-pipe\n");
    assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
    assert.ok(!said.includes("from-a-pipe"));
    assert.deepEqual(await decodeFile(out), { status: "complete", ssid: "ab", password: "from-a-pipe" });
  });

  const there = join(dir, "there.json");
  writeFileSync(there, "{}");
  const dark = join(VECTORS, "adc-dark.json");
  const lamp = ["--port", "tcp://127.0.0.1:1", "--board"];
  for (const [what, args, code, said] of [
    ["an SSID of 33 bytes", ["--ssid", "ü".repeat(16) + "x", "--password", ""], "SETTINGS_SSID", /33 bytes/],
    ["no SSID at all", ["--ssid", "", "--password", ""], "SETTINGS_SSID", /1 to 32/],
    ["a password of 7", ["--ssid", "ab", "--password", "1234567"], "SETTINGS_PASSWORD", /8 to 63/],
    ["a password of 64 that is no key", ["--ssid", "ab", "--password", "x".repeat(64)], "SETTINGS_PASSWORD", /64 hex/],
    ["a short token", [...SHORT, "--token", "0011"], "SETTINGS_TOKEN", /32 hex digits/],
    ["a token of other letters", [...SHORT, "--token", "g".repeat(32)], "SETTINGS_TOKEN", /32 hex digits/],
    ["a server that is none", [...SHORT, "--server", "ftp://host"], "SETTINGS_SERVER", /http:\/\/host/],
    ["a rate that bi-level has not", [...SHORT, "--rate", "50"], "SETTINGS_RATE", /30, 40, 60 or 142/],
    [
      "a rate that ternary has not",
      [...SHORT, "--waveform", "ternary", "--rate", "30"],
      "SETTINGS_RATE",
      /--rate 60\.$/m,
    ],
    ["too few samples", [...SHORT, "--rate", "142", "--sample-hz", "400"], "SETTINGS_RATE", /--sample-hz 568/],
    [
      "more than a burst holds",
      ["--waveform", "burst", ...SHORT, "--server", "http://" + "x".repeat(230)],
      "SETTINGS_TOO_LONG",
      /240 at most/,
    ],
    [
      "more than an entry holds",
      [...SHORT, "--server", "http://" + "x".repeat(250)],
      "SETTINGS_TOO_LONG",
      /255 at most/,
    ],
    ["nothing to say", [], "SETTINGS_MISSING", /--ssid/],
    ["no password", ["--ssid", "ab"], "SETTINGS_MISSING", /--password/],
    ["a file without a frame", ["--vector", dark], "VECTOR_NO_FRAME", /lightline decode/],
    ["a file that is there", [...SHORT, "--out", there], "FILE_EXISTS", /--force/],
    ["a folder that is not there", [...SHORT, "--out", join(dir, "no/x.json")], "FILE_NOT_WRITABLE", /name another/],
    ["a lamp without a board", [...SHORT, "--port", "tcp://127.0.0.1:1"], "SETTINGS_MISSING", /--board/],
    [
      "a screen's waveform for a lamp",
      [...SHORT, "--waveform", "ternary", ...lamp, "virtual"],
      "SETTINGS_WAVEFORM",
      /grey/,
    ],
    ["a pin that is an input", [...SHORT, ...lamp, "virtual", "--pin", "34"], "BOARD_NO_EMITTER", /GPIO 34/],
    ["a pin of the console", [...SHORT, ...lamp, "virtual", "--pin", "1"], "BOARD_NO_EMITTER", /GPIO 1 /],
    ["a port without a name", [...SHORT, "--port", "", "--board", "virtual"], "PORT_UNKNOWN", /no serial port/],
    ["an unknown board", [...SHORT, ...lamp, "nope"], "BOARD_UNKNOWN", /virtual/],
    ["an unknown waveform", [...SHORT, "--waveform", "morse"], "", /bi-level/],
  ] as const)
    it(`refuses ${what}`, async () => {
      const where = (args as readonly string[]).some((arg) => ["--out", "--port"].includes(arg))
        ? []
        : ["--out", fresh()];
      const ended = await runCommand("send", ...args, ...where);
      assert.match(ended.err, said);
      assert.ok(ended.err.includes(code && `${code}: `), ended.err);
      assert.deepEqual([ended.code, ended.out], [2, ""]);
    });

  it("refuses to send nowhere", async () => {
    assert.match((await runCommand("send", ...SHORT)).err, /SETTINGS_MISSING: Where is the light to go/);
  });

  it("writes over a file when asked to", async () => {
    assert.equal((await runCommand("send", ...SHORT, "--out", there, "--force")).code, 0);
    assert.equal(content(there).kind, "edges");
  });

  it("takes a network's key of 64 hex digits", async () => {
    const out = fresh();
    const key = "0f".repeat(32);
    assert.equal((await runCommand("send", "--ssid", "ab", "--password", key, "--out", out)).code, 0);
    assert.deepEqual(await decodeFile(out), { status: "complete", ssid: "ab", password: key });
  });

  for (const [how, firmware, by] of [
    ["burst --rate 2000 --repeat 2", "2v29", "pulses"],
    ["bi-level --rate 142", "2v29", "timer"],
    ["bi-level --rate 142 --repeat 2", "2v27", "interval"],
    ["burst --rate 120", "2v29", "timer"],
  ] as const)
    it(`shows ${how} by the lamp of a ${firmware} board`, async () => {
      const fake = await ConsoleBoard.start({ firmware, speed: 30 });
      try {
        const lit = lampOf(fake, 27);
        const where = ["--port", fake.port, "--board", "esp32-devkitc"];
        const ended = await runCommand("send", ...where, ...SETTINGS, "--json", "--waveform", ...how.split(" "));
        assert.deepEqual([ended.code, ended.err], [0, ""]);
        const facts = JSON.parse(ended.out) as { by: string; board: object; seconds: number };
        assert.deepEqual([facts.by, facts.board], [by, { name: "esp32-devkitc", gpio: 27, firmware, chip: "ESP32" }]);
        const { entries } = receiveLight({ form: "edges", pieces: [Int32Array.from(lit.runs())] });
        assert.ok(entries);
        assert.deepEqual(fieldsOf(entries), FIELDS);
      } finally {
        fake.close();
      }
    });

  it("tells how the lamp did, and starts the board's own program again", async () => {
    const fake = await ConsoleBoard.start({ speed: 30, program: 'print("my program")' });
    try {
      const ended = await runCommand(
        "send",
        "--port",
        fake.port,
        "--board",
        "virtual",
        ...SHORT,
        "--waveform",
        "burst",
      );
      assert.match(
        ended.out,
        /^Sent 6 bytes of entries as burst at 1000 a second, once, 0\.[0-9] s by GPIO 27 of virtual/,
      );
      assert.equal(fake.said.filter((line) => line === "my program").length, 2);
    } finally {
      fake.close();
    }
  });

  it("shows darkness as the level that it is, where a low pin lights the lamp", async () => {
    const fake = await ConsoleBoard.start({ speed: 30 });
    try {
      const levels: boolean[] = [];
      fake.board.world.onWrite = (_gpio, level) => levels.push(level);
      const show = showOf(entriesOf({ ssid: "ab", password: "" }), { waveform: "burst", rateHz: 1000, repeat: 1 });
      await playShow(fake.port, { pin: 27, activeLow: true }, show, 1, new Progress());
      assert.deepEqual([levels[0], levels[1], levels.at(-1)], [true, false, true]);
    } finally {
      fake.close();
    }
  });

  it("says when the board goes half way, exit 1", async () => {
    const fake = await ConsoleBoard.start({
      speed: 30,
      line: (line) => (line.startsWith("#p") && fake.unplug(), line),
    });
    try {
      const ended = await runCommand("send", "--port", fake.port, "--board", "virtual", ...SHORT);
      assert.match(ended.err, /^BOARD_LOST: /);
      assert.deepEqual([ended.code, ended.out], [1, ""]);
    } finally {
      fake.close();
    }
  });
});

/** What a comparator at the lamp sees. */
function lampOf({ board, clock }: ConsoleBoard, gpio: number) {
  const edges: { us: number; lit: boolean }[] = [{ us: 0, lit: false }];
  board.world.onWrite = (pin, lit) => {
    if (pin === gpio && edges.at(-1)?.lit !== lit) edges.push({ us: clock.nowUs, lit });
  };
  return {
    runs: () => {
      const ends = [...edges.slice(1).map(({ us }) => us), clock.nowUs];
      return edges.map(({ us, lit }, i) => Math.round((ends[i]! - us) * (lit ? 1 : -1))).filter((run) => run !== 0);
    },
  };
}
