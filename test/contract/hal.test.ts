// SPDX-License-Identifier: Apache-2.0
// What each HAL interface promises, held by both implementations.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ErrorCode } from "../../hal/error.js";
import { PinMode } from "../../hal/pins.js";
import { LedSource } from "../../hal/sim/models/light-channel.js";
import type { Bench, MakeChip } from "./hal-under-test.js";
import { data, emulatedChip, MAC, openBench, simChip } from "./hal-under-test.js";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const plain = (view: ArrayLike<number>): number[] => Array.from(view);

/** A rig that the promises are checked on. */
type Open = () => Bench;

function timersAndClock(open: Open): void {
  it("timers run once, in order of time, unless cancelled", async () => {
    const { hal, pass } = open();
    const ran: string[] = [];
    hal.timers.after(20, () => ran.push("b"));
    hal.timers.after(10, () => ran.push("a"));
    hal.timers.cancel(hal.timers.after(15, () => ran.push("never")));
    hal.timers.cancel(0);
    assert.deepEqual(ran, []);
    await pass(100);
    assert.deepEqual(ran, ["a", "b"]);
  });
  it("the clock counts from the start of the board", async () => {
    const bench = open();
    await bench.pass(50);
    assert.equal(bench.hal.clock.millis(), 50);
    assert.equal(bench.hal.clock.micros(), 50000);
    assert.throws(() => bench.hal.system.restart());
    await bench.pass(1000);
    assert.ok(bench.hal.clock.millis() < 1000);
  });
}

function flashRegion(open: Open): void {
  it("flash clears bits, erases pages, and reads copies", () => {
    const { settings } = open().hal;
    assert.equal(settings.program(4, Uint8Array.of(0xf0, 1, 2, 3)), ErrorCode.Ok);
    assert.equal(settings.program(4, Uint8Array.of(0x3f, 0xff, 0xff, 0xff)), ErrorCode.Ok);
    const copy = settings.read(4, 4);
    assert.deepEqual(plain(copy), [0x30, 1, 2, 3]);
    copy[0] = 9;
    assert.equal(settings.read(4, 1)[0], 0x30);
    assert.equal(settings.erase(0), ErrorCode.Ok);
    assert.deepEqual(plain(settings.read(0, 8)), new Array(8).fill(0xff));
  });
  it("flash refuses what lies outside its region", () => {
    const { identity, settings } = open().hal;
    const size = settings.pageCount * settings.pageSize;
    assert.equal(settings.program(size - 4, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)), ErrorCode.NoSpace);
    assert.equal(settings.erase(settings.pageCount), ErrorCode.NoSpace);
    assert.deepEqual(plain(identity.read(0, 8)), new Array(8).fill(0xff));
  });
}

function digestAndEntropy(open: Open): void {
  it("the PRF is HMAC-SHA256 over the message and a block number; CRC-32 is zlib's", () => {
    const { digest } = open().hal;
    const expected = createHmac("sha256", "key").update("message\0\0\0\x01").digest();
    assert.deepEqual(plain(digest.prf(bytes("key"), bytes("message"))), plain(expected));
    assert.equal(digest.crc32(bytes("123456789")) >>> 0, 0xcbf43926);
  });
  it("entropy does not repeat, not even over a restart", async () => {
    const bench = open();
    const draw = (): string => {
      const into = new Uint8Array(16);
      bench.hal.entropy.fill(into);
      return Buffer.from(into).toString("hex");
    };
    const first = [draw(), draw()];
    assert.throws(() => bench.hal.system.restart());
    await bench.pass(1000);
    assert.equal(new Set([...first, draw()]).size, 3);
  });
  it("a clock that was shifted shows it, and entropy after a restart differs by it; without power it is gone", async () => {
    const drawnAfter = async (shiftUs: number, leave: (bench: Bench) => void): Promise<number> => {
      const bench = open();
      bench.hal.shiftClock(shiftUs);
      assert.ok(Math.abs(bench.hal.clock.micros() - shiftUs) < 2);
      leave(bench);
      await bench.pass(200);
      bench.chip.powerOn();
      const drawn = new Uint8Array(1);
      bench.hal.entropy.fill(drawn);
      return drawn[0]!;
    };
    const restart = (bench: Bench): void => assert.throws(() => bench.hal.system.restart());
    const cut = (bench: Bench): void => bench.chip.powerOff();
    assert.notEqual(await drawnAfter(100, restart), await drawnAfter(0, restart));
    assert.equal(await drawnAfter(100, cut), await drawnAfter(0, cut));
  });
}

function light(open: Open): void {
  it("light comes in blocks of evenly spaced samples, brighter is higher, until it is stopped", async () => {
    const bench = open();
    const blocks: number[] = [];
    let atLeast = 255;
    const onBlock = (samples: Uint8Array, count: number): void => {
      blocks.push(count);
      atLeast = Math.min(atLeast, ...samples.subarray(0, count));
    };
    assert.equal(bench.hal.samples.start(onBlock), ErrorCode.Ok);
    assert.equal(bench.hal.samples.start(onBlock), ErrorCode.Busy);
    await bench.pass(1000);
    const samples = blocks.reduce((sum, count) => sum + count, 0);
    assert.ok(Math.abs(samples - data.light.sampleHz) < 130, `${samples} samples in a second`);
    assert.ok(atLeast > 55 && atLeast < 70, `level ${atLeast}`);
    bench.hal.samples.stop();
    const before = blocks.length;
    await bench.pass(1000);
    assert.equal(blocks.length, before);
    assert.equal(bench.hal.samples.start(onBlock), ErrorCode.Ok);
    assert.equal(bench.hal.samples.lost, 0);
  });
  it("a block of light is taken in the program's own turn, which may print", async () => {
    const { hal, chip, lines, pass } = open();
    hal.samples.start(() => {
      chip.current?.timer.refuseInTask("a block");
      hal.system.print("block");
    });
    await pass(1000);
    assert.deepEqual([...new Set(lines)], ["block"]);
  });
  it("blocks that nobody took in time wait; when too many do, the oldest are lost whole, and counted", async () => {
    const bench = open();
    const { samples } = bench.hal;
    bench.light.source = { driveAt: (timeUs) => timeUs / 4e6 };
    const blocks: number[][] = [];
    samples.start((block, count) => {
      blocks.push(plain(block.subarray(0, count)));
      // What falls due meanwhile follows at once: four blocks wait; nine are too many.
      if (blocks.length === 1) bench.chip.current?.stall(600_000);
      if (blocks.length === 8) bench.chip.current?.stall(1_200_000);
    });
    await bench.pass(1000);
    assert.equal(samples.lost, 0);
    await bench.pass(2000);
    assert.equal(samples.lost, 1);
    const all = Math.floor((3 * data.light.sampleHz) / 128);
    assert.ok(blocks.length < all - 5 && blocks.length > all - 12, `${blocks.length} of ${all}`);
    for (const block of blocks)
      assert.deepEqual(
        block,
        [...block].sort((a, b) => a - b),
        "two blocks in one",
      );
  });
  it("edges come as runs of light, some at a time, soon after they were", async () => {
    const { hal, light, pass } = open();
    const lamp = new LedSource();
    light.source = lamp;
    const runs: number[] = [];
    let most = 0;
    const onRuns = (batch: Int32Array, count: number): void => {
      runs.push(...batch.subarray(0, count));
      most = Math.max(most, count);
    };
    assert.equal(hal.edges.start(onRuns), ErrorCode.Ok);
    assert.equal(hal.edges.start(onRuns), ErrorCode.Busy);
    const lengthsMs = Array.from({ length: 201 }, (_, i) => (i % 100 === 0 ? 20 : i % 9 === 0 ? 1 : 0.5));
    for (const ms of lengthsMs) {
      await pass(ms);
      lamp.lit = !lamp.lit;
    }
    const heard = (): number[] => runs.map((run) => Math.round(run / 10) / 100);
    await pass(60);
    assert.equal(most, 32);
    assert.deepEqual(
      heard(),
      lengthsMs.map((ms, i) => (i % 2 ? ms : -ms)),
    );
    await pass(1040);
    assert.equal(runs.length, 202, "what has passed since, once in a while");
    const still = runs.at(-1) as number;
    assert.ok(still > 1_000_000 && still < 1_100_000, `a lit run of ${still} us`);
    lamp.lit = false;
    await pass(100);
    assert.ok(Math.abs((runs.at(-2) as number) + (runs.at(-1) as number) - 1_100_000) < 10);
    hal.edges.stop();
    lamp.lit = true;
    await pass(2000);
    assert.equal(runs.length, 203);
    assert.equal(hal.edges.lost, 0);
    assert.equal(hal.edges.start(onRuns), ErrorCode.Ok);
  });
  it("edges that were too many for the program are known to be lost", async () => {
    const { hal, light, chip, pass } = open();
    const lamp = new LedSource();
    light.source = lamp;
    let runs = 0;
    hal.edges.start((_batch, count) => (runs += count));
    chip.current?.stall(990_000);
    for (let edge = 0; edge < 1000; edge++) {
      lamp.lit = !lamp.lit;
      await pass(0.5);
    }
    await pass(520);
    assert.equal(runs, 680);
    assert.equal(hal.edges.lost, 1);
  });
  it("the light level is one reading", async () => {
    const { hal, light, pass } = open();
    const dark = hal.light.level();
    light.source = { driveAt: () => 1 };
    await pass(10);
    assert.ok(Math.abs(dark - 0.25 * 65535) < 100);
    assert.ok(hal.light.level() > dark + 30000);
  });
  it("the emitter lights each run for its time, ends dark, and tells once", async () => {
    const bench = open();
    const edges: { us: number; level: boolean }[] = [];
    const done: ErrorCode[] = [];
    bench.chip.world.onWrite = (gpio, level) => {
      if (gpio === data.emitter.pin && level !== edges.at(-1)?.level) edges.push({ us: bench.clock.nowUs, level });
    };
    const play = () =>
      bench.hal.emitter.play(data.emitter.pin, 1, Uint16Array.of(1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 2, 4), 10000, (error) =>
        done.push(error),
      );
    assert.equal(play(), ErrorCode.Ok);
    assert.equal(play(), ErrorCode.Busy);
    assert.deepEqual(done, []);
    await bench.pass(1000);
    const lit = edges.slice(1);
    const runs = lit.slice(1).map(({ us }, i) => Math.round((us - lit[i]!.us) / 10000));
    assert.deepEqual(runs, [1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 2]);
    assert.equal(lit.at(-1)!.level, false);
    assert.deepEqual(done, [ErrorCode.Ok]);
    assert.equal(play(), ErrorCode.Ok);
  });
}

function pins(open: Open): void {
  it("pins write, read what they are wired to, and convert", () => {
    const bench = open();
    const { pinA, pinC, pinD } = data.pins as { pinA: number; pinC: number; pinD: number };
    bench.chip.world.wires.set(pinD, pinC);
    bench.chip.world.analog.set(pinA, 0.5);
    bench.hal.pins.configure(pinC, PinMode.Output);
    bench.hal.pins.configure(pinD, PinMode.Input);
    for (const level of [1, 0, 1]) {
      bench.hal.pins.write(pinC, level);
      assert.equal(bench.hal.pins.read(pinD), level);
    }
    assert.ok(Math.abs(bench.hal.pins.analog(pinA) - 32768) < 20);
  });
  it("the status LED shows its colours", () => {
    const bench = open();
    const shown = (colour: string): string => {
      const levels = new Map<number, boolean>();
      bench.chip.world.onWrite = (gpio, level) => levels.set(gpio, level !== data.led.activeLow);
      bench.hal.led.show(colour);
      return (levels.get(data.led.red) ? "r" : "") + (levels.get(data.led.green) ? "g" : "");
    };
    assert.deepEqual(["R", "G", "A", "-"].map(shown), ["r", "g", "rg", ""]);
  });
  it("the button calls once a press, however it bounces", async () => {
    const bench = open();
    let presses = 0;
    const { pin, activeLow } = data.button;
    bench.chip.drive(pin, activeLow);
    bench.hal.button.onPress(() => presses++);
    for (let press = 0; press < 2; press++) {
      for (let bounce = 0; bounce < 5; bounce++) {
        bench.chip.drive(pin, !activeLow);
        await bench.pass(1);
        bench.chip.drive(pin, activeLow);
        await bench.pass(1);
      }
      bench.chip.drive(pin, !activeLow);
      await bench.pass(100);
      bench.chip.drive(pin, activeLow);
      await bench.pass(100);
    }
    assert.equal(presses, 2);
  });
  it("the rescue pin is held while it is low", () => {
    const bench = open();
    assert.equal(bench.hal.button.rescueHeld(undefined), false);
    bench.chip.drive(data.rescue, false);
    assert.equal(bench.hal.button.rescueHeld(undefined), true);
  });
}

function wifi(open: Open): void {
  const join = (bench: Bench, ssid: string, password: string, into: ErrorCode[]): ErrorCode =>
    bench.hal.wifi.join(bytes(ssid), bytes(password), 5000, (error) => into.push(error));
  it("WiFi joins a network it has the key of, and tells when it is lost", async () => {
    const bench = open();
    const ends: ErrorCode[] = [];
    assert.equal(bench.hal.wifi.isJoined(), false);
    assert.equal(join(bench, "factory", "secret", ends), ErrorCode.Ok);
    assert.equal(join(bench, "factory", "secret", ends), ErrorCode.Busy);
    assert.deepEqual(ends, []);
    await bench.pass(1000);
    assert.deepEqual(ends, [ErrorCode.Ok]);
    assert.equal(bench.hal.wifi.isJoined(), true);
    assert.ok(bench.hal.wifi.rssi() < 0);
    bench.radio.drop();
    assert.equal(bench.hal.wifi.isJoined(), false);
    assert.equal(bench.hal.wifi.rssi(), 0);
  });
  it("WiFi says that a network is not there, or that the key is wrong", async () => {
    const bench = open();
    const ends: ErrorCode[] = [];
    join(bench, "elsewhere", "", ends);
    await bench.pass(1000);
    join(bench, "factory", "wrong", ends);
    await bench.pass(1000);
    assert.deepEqual(ends, [ErrorCode.Unreachable, ErrorCode.Unreachable]);
    assert.equal(bench.hal.wifi.isJoined(), false);
  });
  it("WiFi gives up at its deadline, and a late answer to that is not the next one's", async () => {
    const bench = open();
    const ends: ErrorCode[] = [];
    bench.radio.mute = true;
    join(bench, "factory", "secret", ends);
    await bench.pass(6000);
    assert.deepEqual(ends, [ErrorCode.Timeout]);
    bench.radio.mute = false;
    bench.radio.joinMs = 5500;
    join(bench, "elsewhere", "", ends);
    await bench.pass(5100);
    bench.radio.joinMs = 1000;
    join(bench, "factory", "secret", ends);
    await bench.pass(2000);
    assert.deepEqual(ends, [ErrorCode.Timeout, ErrorCode.Timeout, ErrorCode.Ok]);
  });
}

function http(open: Open): void {
  let server: Server;
  let port = 0;
  before(async () => {
    server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        if (request.url === "/never") return;
        response.statusCode = request.url === "/refused" ? 403 : 200;
        response.end(Buffer.concat(pieces).reverse());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  type End = [ErrorCode, number[]];
  async function joined(): Promise<Bench> {
    const bench = open();
    bench.network.hosts.set("host:80", { port, up: true });
    bench.hal.wifi.join(bytes("factory"), bytes("secret"), 5000, () => undefined);
    await bench.pass(1000);
    return bench;
  }
  const post = (bench: Bench, path: string, into: End[], body = Uint8Array.of(0, 200, 255)): ErrorCode =>
    bench.hal.http.post("http://host" + path, body, 2000, (error, answer) => into.push([error, plain(answer)]));
  const until = (bench: Bench, ends: End[], count = 1): Promise<void> => bench.clock.run(() => ends.length >= count);

  it("HTTP carries any byte both ways, one request at a time", async () => {
    const bench = await joined();
    const ends: End[] = [];
    const body = Uint8Array.from({ length: 1400 }, (_, i) => i & 255);
    assert.equal(post(bench, "/", ends, body), ErrorCode.Ok);
    assert.equal(post(bench, "/", ends), ErrorCode.Busy);
    await until(bench, ends);
    assert.deepEqual(ends, [[ErrorCode.Ok, [...body].reverse()]]);
    assert.equal(post(bench, "/", ends), ErrorCode.Ok);
    await until(bench, ends, 2);
  });
  it("HTTP says when it was refused, broken, cut short, or no HTTP at all", async () => {
    const bench = await joined();
    const ends: End[] = [];
    post(bench, "/refused", ends);
    await until(bench, ends);
    for (const fault of ["refuse", "reset", "truncate", "garbage"] as const) {
      bench.network.fault = () => fault;
      const before = ends.length;
      assert.equal(post(bench, "/", ends), ErrorCode.Ok);
      assert.equal(ends.length, before, "called back from within the call");
      await until(bench, ends, before + 1);
    }
    assert.deepEqual(
      ends.map(([error]) => error),
      [ErrorCode.Denied, ErrorCode.Unreachable, ErrorCode.Unreachable, ErrorCode.Unreachable, ErrorCode.Denied],
    );
  });
  it("HTTP keeps its own deadline, and can be given up before", async () => {
    const bench = await joined();
    const ends: End[] = [];
    bench.network.fault = () => "hang";
    post(bench, "/", ends);
    await bench.pass(1900);
    assert.equal(ends.length, 0);
    await bench.pass(200);
    post(bench, "/", ends);
    bench.hal.http.abort();
    assert.equal(ends.length, 1);
    await bench.pass(10);
    assert.deepEqual(
      ends.map(([error]) => error),
      [ErrorCode.Timeout, ErrorCode.Timeout],
    );
    bench.hal.http.abort();
    await bench.pass(10);
    assert.equal(ends.length, 2);
  });
  it("HTTP cannot be had without WiFi", async () => {
    const bench = await joined();
    bench.radio.drop();
    const ends: End[] = [];
    assert.equal(post(bench, "/", ends), ErrorCode.Ok);
    await until(bench, ends);
    assert.deepEqual(ends, [[ErrorCode.Unreachable, []]]);
  });
}

function system(open: Open): void {
  it("the system has the MAC address, and a restart begins anew", async () => {
    const bench = open();
    assert.equal(Buffer.from(bench.hal.system.deviceId).toString("hex"), "0000" + MAC);
    bench.hal.timers.after(10, () => bench.lines.push("of the last start"));
    assert.throws(() => bench.hal.system.restart());
    await bench.pass(1000);
    assert.equal(bench.chip.starts, 2);
    assert.deepEqual(bench.lines, []);
  });
  it("another stage runs in the same start, and gets what it was handed once", async () => {
    const bench = open();
    assert.equal(bench.hal.system.chained(), undefined);
    bench.hal.chain("ll.dut", Uint8Array.of(1, 2, 3));
    assert.deepEqual(bench.chained, []);
    await bench.pass(10);
    assert.deepEqual(bench.chained, ["ll.dut"]);
    assert.deepEqual(plain(bench.hal.system.chained()!), [1, 2, 3]);
    assert.equal(bench.hal.system.chained(), undefined);
  });
  it("what no one caught is told, and the other timers go on", async () => {
    const bench = open();
    const told: string[] = [];
    bench.hal.system.onUncaught((what) => told.push(what));
    bench.hal.timers.after(1, () => {
      throw new Error("oh");
    });
    bench.hal.timers.after(2, () => bench.hal.system.print("still here"));
    await bench.pass(10);
    assert.deepEqual(told, ["oh"]);
    assert.equal(bench.lines.at(-1), "still here");
  });
  it("what no one caught is told to the last who asked", async () => {
    const bench = open();
    const told: string[] = [];
    bench.hal.system.onUncaught((what) => told.push("first " + what));
    bench.hal.system.onUncaught((what) => told.push("last " + what));
    bench.hal.timers.after(1, () => {
      throw new Error("oh");
    });
    await bench.pass(10);
    assert.deepEqual(told, ["last oh"]);
  });
}

const SUITE = [timersAndClock, flashRegion, digestAndEntropy, light, pins, wifi, http, system];

for (const name of ["hal/sim", "hal/espruino over the emulator"])
  describe(`the contract of ${name}`, function () {
    this.timeout(60_000);
    let makeChip: MakeChip;
    before(async () => {
      makeChip = name === "hal/sim" ? simChip : await emulatedChip();
    });
    for (const promises of SUITE) promises(() => openBench(makeChip));
  });
