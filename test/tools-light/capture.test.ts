// SPDX-License-Identifier: Apache-2.0
// lightline capture: what a virtual board sees decodes, what a real one sees is measured, and every way to fail says what to do.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import Module from "node:module";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BoardConsole } from "../../bench/board/board-console.js";
import { loadBoard } from "../../bench/build/boards.js";
import { captureBoard, chooseSensor } from "../../bench/capture/board-capture.js";
import { EdgeRecording } from "../../bench/capture/edge-watch.js";
import { SampleRecording } from "../../bench/capture/sampler.js";
import { fileLight } from "../../bench/capture/timed-light.js";
import { Progress } from "../../bench/progress.js";
import { LightChannel } from "../../hal/sim/models/light-channel.js";
import { ConsoleBoard } from "../../emulator/console-board.js";
import { openPty } from "../tools/pty.js";
import { decodeFile, runCommand } from "../tools/run-command.js";

const VECTORS = new URL("../vectors/blinkup", import.meta.url).pathname;
const SETTINGS = ["--ssid", "Fabrik Süd", "--password", "geheim123", "--token", "00112233445566778899aabbccddeeff"];
const FIELDS = {
  status: "complete",
  ssid: "Fabrik Süd",
  password: "geheim123",
  planId: "7766554433221100",
  token: "ffeeddccbbaa9988",
};
const LIGHT_GPIO = 34;
const EDGE_GPIO = 4;

interface Facts {
  readonly kind: string;
  readonly seconds: number;
  readonly complete: boolean;
  readonly sampleHz: number;
  readonly askedHz: number;
  readonly ticks: string;
  readonly jitterUs: { readonly rms: number; readonly most: number };
  readonly blocks: number;
  readonly lostBlocks: number;
  readonly level: { readonly min: number; readonly max: number };
  readonly edges: number;
  readonly board: object;
}

describe("lightline capture", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-capture-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  let files = 0;
  const fresh = () => join(dir, `${++files}.json`);
  const content = (file: string) => JSON.parse(readFileSync(file, "utf8")) as { [key: string]: unknown };

  describe("of a virtual board", () => {
    for (const how of [
      "--waveform bi-level --rate 30",
      "--waveform bi-level --noise 0.1 --ripple 0.1 --mains 120",
      "--waveform bi-level --rate 142",
      "--waveform burst",
      "--waveform burst --rate 60 --swing 0.2 --ambient 0.6",
      "--waveform tri-level --panel 4",
      "--waveform tri-level --sample-hz 1000",
      "--waveform ternary --noise 0.03 --seed 7",
      "--sensor edges --waveform bi-level",
      "--sensor edges --waveform bi-level --rate 142",
      "--sensor edges --waveform burst --noise 0.02",
      "--sensor edges --waveform burst --rate 2000 --repeat 2",
    ])
      it(`decodes ${how}`, async () => {
        const out = fresh();
        const ended = await runCommand("capture", "--virtual", "--out", out, "--json", ...SETTINGS, ...how.split(" "));
        assert.deepEqual([ended.code, ended.err], [0, ""]);
        const facts = JSON.parse(ended.out) as Facts;
        assert.equal(facts.kind, how.includes("edges") ? "edges" : "samples");
        assert.equal(content(out).kind, facts.kind);
        assert.deepEqual(await decodeFile(out), FIELDS);
      });

    it("samples 600 times a second, and says what it saw", async () => {
      const out = fresh();
      const vector = join(VECTORS, "tri-utf8.json");
      const ended = await runCommand("capture", "--virtual", "--out", out, "--vector", vector);
      assert.match(
        ended.out,
        /s of a virtual board\n {2}rate {2}600 samples a second\n {2}level {2}25 to 152 of 255\n$/,
      );
      assert.deepEqual(await decodeFile(out), content(vector).expect);
    });

    it("is the same for the same seed, and another for another", async () => {
      const samples = async (seed: string) => {
        const out = fresh();
        await runCommand("capture", "--virtual", "--out", out, ...SETTINGS, "--noise", "0.1", "--seed", seed);
        return content(out).samplesU8;
      };
      assert.equal(await samples("3"), await samples("3"));
      assert.notEqual(await samples("3"), await samples("4"));
    });

    it("sees the light of a file of edges", async () => {
      const [sent, seen] = [fresh(), fresh()];
      await runCommand("send", "--out", sent, ...SETTINGS, "--waveform", "burst", "--rate", "2000");
      await runCommand("capture", "--virtual", "--out", seen, "--vector", sent, "--sensor", "edges");
      assert.deepEqual(await decodeFile(seen), FIELDS);
    });
  });

  describe("of a real board", () => {
    let fake: ConsoleBoard | undefined;
    afterEach(() => {
      fake?.close();
      fake = undefined;
    });
    const start = async (options: Parameters<typeof ConsoleBoard.start>[0] = {}) =>
      (fake = await ConsoleBoard.start({ speed: 30, ...options }));
    const captured = (out: string, port: string, ...args: string[]) =>
      runCommand("capture", "--out", out, "--port", port, "--board", "esp32-devkitc", "--json", ...args);

    for (const [firmware, ticks] of [
      ["2v29", "timer"],
      ["2v27", "interval"],
    ] as const)
      it(`samples ${firmware} by its ${ticks}, and what it saw decodes`, async () => {
        const [sent, seen] = [fresh(), fresh()];
        await runCommand("send", "--out", sent, "--ssid", "ab", "--password", "", "--sample-hz", "1000");
        const board = await start({ firmware });
        shineAtFirstBlock(board, sent);
        const ended = await captured(seen, board.port, "--seconds", "6");
        assert.deepEqual([ended.code, ended.err], [0, ""]);
        const facts = JSON.parse(ended.out) as Facts;
        assert.deepEqual(facts.board, { name: "esp32-devkitc", gpio: LIGHT_GPIO, firmware, chip: "ESP32" });
        assert.deepEqual([facts.ticks, facts.askedHz, facts.lostBlocks], [ticks, 600, 0]);
        assert.ok(Math.abs(facts.sampleHz - 600) < 0.1, `${facts.sampleHz} Hz`);
        assert.ok(facts.seconds >= 5.9 && facts.jitterUs.most < 5);
        assert.ok(facts.level.min < 30 && facts.level.max > 150);
        assert.deepEqual(await decodeFile(seen), { status: "complete", ssid: "ab", password: "" });
      });

    it("measures the jitter that garbage collections make, and the true rate behind it", async () => {
      const board = await start({ collectEveryMs: 97 });
      const ended = await captured(fresh(), board.port, "--seconds", "8");
      const { sampleHz, jitterUs } = JSON.parse(ended.out) as Facts;
      assert.ok(Math.abs(sampleHz - 600) < 1, `${sampleHz} Hz`);
      assert.ok(jitterUs.most > 500 && jitterUs.most < 3500 && jitterUs.rms < jitterUs.most, JSON.stringify(jitterUs));
    });

    it("counts lost blocks, holds the light over them, exit 1", async () => {
      const board = await start({ line: (line) => (/#s timer (8|9|13) /.test(line) ? line.slice(0, 40) : line) });
      const out = fresh();
      const ended = await captured(out, board.port, "--seconds", "2", "--sample-hz", "1000");
      const facts = JSON.parse(ended.out) as Facts;
      assert.deepEqual([ended.code, facts.lostBlocks, facts.complete], [1, 3, false]);
      assert.equal(Buffer.from(content(out).samplesU8 as string, "base64").length, facts.blocks * 48);
    });

    it("takes edges, and what it saw decodes", async () => {
      const [sent, seen] = [fresh(), fresh()];
      await runCommand("send", "--out", sent, ...SETTINGS, "--waveform", "burst", "--rate", "1000");
      const board = await start({ speed: 10 });
      driveAtFirstTime(board, content(sent).runsUs as number[]);
      const ended = await captured(seen, board.port, "--seconds", "4", "--sensor", "edges", "--pin", String(EDGE_GPIO));
      assert.deepEqual([ended.code, ended.err], [0, ""]);
      const facts = JSON.parse(ended.out) as Facts;
      assert.ok(facts.edges > 500 && facts.complete, ended.out);
      assert.deepEqual(await decodeFile(seen), FIELDS);
    });

    it("turns the light up again where more of it takes the pin lower", () => {
      const choice = { board: "x", gpio: LIGHT_GPIO, sampleHz: 600, inverted: true } as const;
      const [samples, edges] = [
        new SampleRecording({ ...choice, sensor: "analog" }),
        new EdgeRecording({ ...choice, sensor: "edges" }),
      ];
      for (const number of [1, 2])
        samples.take(`#s timer ${number} ${number * 80_000} ${Buffer.alloc(48, 200).toString("base64")}`);
      edges.take("#r -500,1000,-250");
      edges.take("#t 2000 1750 1 0");
      assert.deepEqual(samples.captured("")?.facts.level, { min: 55, max: 55 });
      assert.deepEqual(edges.captured("")?.content, { kind: "edges", provenance: "", runsUs: [500, -1000, 250, -250] });
    });

    it("leaves the board's program out while it looks, and starts it again", async () => {
      const board = await start({ program: 'print("my program"); setInterval(function () { print("noise"); }, 5);' });
      const ended = await captured(fresh(), board.port, "--seconds", "1");
      assert.equal(ended.code, 0, ended.err);
      const first = board.said.findIndex((line) => line.startsWith("#s"));
      const samples = board.said.filter((line) => line.startsWith("#s")).length;
      assert.ok(board.said.slice(first, first + samples).every((line) => line.startsWith("#s")));
      assert.equal(board.said.filter((line) => line === "my program").length, 2);
    });

    it("keeps what it has when the board goes half way, exit 1", async () => {
      const board = await start({ line: (line) => (/#s timer 30 /.test(line) && fake?.unplug(), line) });
      const out = fresh();
      const ended = await captured(out, board.port, "--seconds", "10");
      assert.match(ended.err, /^BOARD_LOST: .*2\.[34] s before that are in /);
      assert.deepEqual([ended.code, (JSON.parse(ended.out) as Facts).complete], [1, false]);
      assert.ok((content(out).samplesU8 as string).length > 1000);
    });

    it("says so when the board goes before there is anything to keep", async () => {
      const board = await start({ line: (line) => (line.startsWith("#s") && fake?.unplug(), line) });
      const out = fresh();
      const ended = await captured(out, board.port);
      assert.match(ended.err, /^BOARD_LOST: /);
      assert.deepEqual([ended.code, ended.out, existsSync(out)], [1, "", false]);
    });

    it("refuses a pin that the board itself cannot read", async () => {
      const board = await start({ always: "analogRead = function () { return NaN; }" });
      const ended = await captured(fresh(), board.port);
      assert.match(ended.err, /^BOARD_NO_SENSOR: .*GPIO 34/);
      assert.equal(ended.code, 2);
    });

    it("says what the board said of a program that it cannot run", async () => {
      const board = await start({ always: "setWatch = function () { throw new Error('no watches left'); }" });
      const ended = await captured(fresh(), board.port, "--sensor", "edges", "--pin", String(EDGE_GPIO));
      assert.match(ended.err, /^BOARD_FAULT: .*no watches left/);
      assert.equal(ended.code, 1);
    });

    for (const [what, args, code, said] of [
      ["edges of a board with a level", ["--sensor", "edges"], "BOARD_NO_SENSOR", /--pin/],
      ["a pin without a converter", ["--pin", "4"], "BOARD_NO_SENSOR", /32, 33/],
      ["a pin that is not watched", ["--sensor", "edges", "--pin", "36"], "BOARD_NO_SENSOR", /GPIO 36/],
      ["more samples than a board takes", ["--sample-hz", "4000"], "SETTINGS_RATE", /2000/],
    ] as const)
      it(`refuses ${what}`, async () => {
        const ended = await captured(fresh(), "tcp://127.0.0.1:1", ...args);
        assert.ok(ended.err.startsWith(`${code}: `), ended.err);
        assert.match(ended.err, said);
        assert.deepEqual([ended.code, ended.out], [2, ""]);
      });
  });

  describe("says of a port", () => {
    const captured = (port: string) => runCommand("capture", "--out", fresh(), "--port", port, "--board", "virtual");
    /** Something else that listens. */
    type Answer = (socket: Socket, text: string) => void;
    const answering = async (answer: Answer, run: (port: string) => Promise<void>) => {
      const sockets: Socket[] = [];
      const server = createServer((socket) => {
        sockets.push(socket.on("error", () => undefined));
        answer(socket, "");
        socket.on("data", (bytes) => answer(socket, bytes.toString("latin1")));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        await run(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
      } finally {
        for (const socket of sockets) socket.destroy();
        server.close();
      }
    };

    for (const [what, port, said] of [
      ["that it is not there", "/dev/lightline-none", /PORT_UNKNOWN: .*(the ports here are|there is no serial port)/],
      ["that nothing listens there", "tcp://127.0.0.1:1", /PORT_UNKNOWN: .*ECONNREFUSED/],
      ["that it is no address", "tcp://", /PORT_UNKNOWN: .*tcp:\/\/host:port/],
    ] as const)
      it(what, async () => {
        const ended = await captured(port);
        assert.match(ended.err, said);
        assert.equal(ended.code, 2);
      });

    it("that nothing answers there, not any more, or something else, with its first line, exit 1", async () => {
      const fake = await ConsoleBoard.start({ speed: 30, line: (line) => (line.startsWith("#s") ? "" : line) });
      const choice = chooseSensor(loadBoard("virtual"), {});
      const silent = () => undefined;
      const stranger = (socket: Socket, text: string) => socket.write(text ? "" : "\r\nlogin: ");
      const echo = (socket: Socket, text: string) => socket.write(text);
      const open = (answer: Answer, code: string, message: RegExp) =>
        answering(answer, (port) => assert.rejects(BoardConsole.open(port), { code, message, exitCode: 1 }));
      // They take their time, so all at once.
      await Promise.all([
        assert.rejects(captureBoard(fake.port, choice, 10, new Progress()), {
          code: "BOARD_LOST",
          message: /says nothing any more/,
          exitCode: 1,
        }),
        open(silent, "BOARD_SILENT", /reset button/),
        open(stranger, "BOARD_NOT_ESPRUINO", /says "login:"/),
        open(echo, "BOARD_NOT_ESPRUINO", /says "try\{print/),
      ]);
      fake.close();
    });

    it("that its console is locked, exit 1", async () => {
      await answering(
        (socket, text) => text.includes("\n") && socket.write("\r\n  Invalid password\r\npassword>"),
        async (port) => {
          const ended = await captured(port);
          assert.match(ended.err, /^BOARD_LOCKED: .*not blessed/);
          assert.equal(ended.code, 1);
        },
      );
    });

    it("that it needs a package, where that is not installed", async () => {
      const loader = Module as unknown as { _load: (name: string, ...rest: unknown[]) => unknown };
      const { _load: load } = loader;
      loader._load = (name, ...rest) => {
        if (name === "serialport") throw new Error("not installed");
        return load.call(Module, name, ...rest);
      };
      try {
        assert.match((await captured("/dev/ttyUSB0")).err, /^PORT_UNSUPPORTED: .*npm install/);
      } finally {
        loader._load = load;
      }
    });

    it("what a serial port is: the board behind it, busy, or not for everybody", async function () {
      const fake = await ConsoleBoard.start({ speed: 30 });
      const pty = await openPty(fake.tcpPort);
      try {
        if (!pty) return this.skip();
        const first = captured(pty.path);
        await until(() => fake.said.some((line) => line.startsWith("#s")));
        const second = await captured(pty.path);
        assert.match(second.err, /^PORT_BUSY: /);
        assert.equal(second.code, 2);
        assert.equal((await first).code, 0);
        const denied = await asStranger(pty.path, () => captured(pty.path));
        assert.match(denied.err, /^PORT_DENIED: .*(usermod -aG \w+|permissions)/);
        assert.equal(denied.code, 2);
      } finally {
        pty?.close();
        fake.close();
      }
    });
  });

  it("refuses to capture nothing", async () => {
    assert.match((await runCommand("capture", "--out", fresh())).err, /^SETTINGS_MISSING: Whose light/);
    assert.match((await runCommand("capture", "--out", fresh(), "--virtual")).err, /^SETTINGS_MISSING: .*--ssid/);
    assert.match((await runCommand("capture", "--out", fresh(), "--port", "x")).err, /^SETTINGS_MISSING: Which board/);
    const grey = ["--sensor", "edges", "--waveform", "ternary"];
    const ended = await runCommand("capture", "--out", fresh(), "--virtual", ...SETTINGS, ...grey);
    assert.match(ended.err, /^SETTINGS_WAVEFORM: /);
  });
});

/** The light of a file, from when the board's sampler has begun. */
function shineAtFirstBlock({ board, clock }: ConsoleBoard, file: string): void {
  const channel = new LightChannel({ noise: 0.01 });
  board.world.light.set(LIGHT_GPIO, channel);
  const { onConsole } = board;
  board.onConsole = (line) => {
    if (line.startsWith("#s")) channel.source ??= fileLight(file).source(clock.nowUs);
    onConsole?.(line);
  };
}

/** A comparator's runs on a pin, from when the board has told the time. */
function driveAtFirstTime({ board, clock }: ConsoleBoard, runs: readonly number[]): void {
  const { onConsole } = board;
  let begun = false;
  board.drive(EDGE_GPIO, false);
  board.onConsole = (line) => {
    onConsole?.(line);
    if (begun || !line.startsWith("#t")) return;
    begun = true;
    let us = 0;
    for (const run of runs) {
      clock.after(us, () => board.drive(EDGE_GPIO, run > 0));
      us += Math.abs(run);
    }
  };
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** As somebody who may not open the port: root becomes nobody, others take it from themselves. */
async function asStranger<Result>(path: string, run: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) {
    chmodSync(path, 0);
    return run();
  }
  process.seteuid?.("nobody");
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}
