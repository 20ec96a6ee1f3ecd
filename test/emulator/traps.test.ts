// SPDX-License-Identifier: Apache-2.0
// What Espruino and its ESP32 port do their own way, the emulator does too: one test a trap.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { EmulatedBoard } from "../../emulator/emulated-board.js";
import { Network } from "../../hal/sim/models/network.js";
import { NorFlash } from "../../hal/sim/models/nor-flash.js";
import { Radio } from "../../hal/sim/models/radio.js";
import { VirtualClock } from "../../hal/sim/models/virtual-clock.js";

interface Bench {
  readonly board: EmulatedBoard;
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly radio: Radio;
  readonly flash: NorFlash;
  readonly lines: string[];
  readonly names: BenchOptions["names"];
}

interface BenchOptions {
  readonly firmware?: "2v27";
  readonly storage?: { readonly [name: string]: string };
  readonly names?: { readonly [name: string]: unknown };
  readonly collectEveryMs?: number;
}

/** Powers the board, if it is not yet, and lets so much virtual time pass. */
async function passed({ board, clock }: Bench, ms: number): Promise<void> {
  if (!board.isOn) board.powerOn();
  const endUs = clock.nowUs + ms * 1000;
  clock.after(ms * 1000, () => undefined);
  await clock.run(() => clock.nowUs >= endUs);
}

/** A board whose boot file is this code. */
function power(code: string, options: BenchOptions = {}): Bench {
  const clock = new VirtualClock();
  const network = new Network(clock);
  const radio = new Radio(clock);
  const flash = NorFlash.blank(0x310000, 65536);
  const { storage = {}, ...rest } = options;
  const files = { ".bootcde": code, ...storage };
  const board = new EmulatedBoard({
    clock,
    network,
    radio,
    flash,
    storage: files,
    mac: "30aea4001122",
    seed: 3,
    ...rest,
  });
  const lines: string[] = [];
  board.onConsole = (line) => lines.push(line);
  return { board, clock, network, radio, flash, lines, names: rest.names };
}

/** What the code printed within a second of virtual time. */
async function said(code: string, options: Parameters<typeof power>[1] = {}): Promise<string[]> {
  const bench = power(code, options);
  await passed(bench, 1000);
  return bench.lines;
}

describe("the emulator's language", () => {
  for (const [what, expression] of [
    ["Map", "typeof Map"],
    ["Set", "typeof Set"],
    ["Proxy", "typeof Proxy"],
    ["structuredClone", "typeof structuredClone"],
    ["Math.trunc", "typeof Math.trunc"],
    ["Math.imul", "typeof Math.imul"],
    ["Number.isInteger", "typeof Number.isInteger"],
    ["Object.freeze", "typeof Object.freeze"],
    ["Array.from", "typeof Array.from"],
    ["lastIndexOf of an array", "typeof [].lastIndexOf"],
    ["codePointAt", "typeof ''.codePointAt"],
    ["Promise.race", "typeof Promise.race"],
    ["Date.UTC", "typeof Date.UTC"],
  ] as const)
    it(`lacks ${what}`, async () => assert.deepEqual(await said(`print(${expression})`), ["undefined"]));

  it("gives a plain array for a slice of a typed one", async () => {
    assert.deepEqual(await said("print(Array.isArray(new Uint8Array([1, 2, 3]).slice(1)))"), ["true"]);
  });
  it("refuses a subarray past the end, which would read what lies behind", async () => {
    assert.match((await said("new Uint8Array(4).subarray(1, 9)"))[0] ?? "", /past the end/);
  });
  it("takes at most 256 arguments by apply", async () => {
    assert.match((await said("Math.min.apply(null, new Uint8Array(257))"))[0] ?? "", /256/);
  });
  it("knows latin-1 only in JSON", async () => {
    assert.match(
      (await said('JSON.parse(\'"\\u20ac"\'.replace("\\\\u20ac", String.fromCharCode(8364)))'))[0] ?? "",
      /latin-1/,
    );
  });
  it("repeats Math.random at every start", async () => {
    const [first] = await said("print(Math.random())");
    assert.deepEqual(await said("print(Math.random())"), [first]);
  });
  it("evaluates a timer's text at root scope", async () => {
    assert.deepEqual(await said('(function () { setTimeout("var x = 5; print(typeof x)", 1); })(); '), ["number"]);
  });
  it("refuses clearTimeout() without an id, which clears every timer there is", async () => {
    assert.match((await said("clearTimeout()"))[0] ?? "", /every timer/);
  });
});

describe("the emulator's chip", () => {
  it("only clears bits of flash", () => {
    const bench = power('require("Flash").write([0x0f], 0x310000); require("Flash").write([0xf1], 0x310000)');
    bench.board.powerOn();
    assert.equal(bench.flash.bytes[0], 0x01);
  });
  it("gives an ArrayBuffer from PBKDF2", async () => {
    const code = 'var r = require("crypto").PBKDF2([1], [2], { keySize: 8, iterations: 1, hasher: "SHA256" });';
    assert.deepEqual(await said(code + "print(r instanceof ArrayBuffer, r.byteLength)"), ["true"]);
  });
  it("has fifteen timer slots", async () => {
    const code =
      'for (var i = 0; i < 16; i++) require("timer").add({ type: "EXEC", fn: function () {}, time: 1, interval: 1 });';
    assert.match((await said(code))[0] ?? "", /Timeout on Utility Timer/);
    assert.deepEqual(await said(code.replace("16", "15")), []);
  });
  it("has no timer module before 2v29", async () => {
    assert.match((await said('require("timer")', { firmware: "2v27" }))[0] ?? "", /not found/);
  });
  it("restarts at once: what follows ESP32.reboot() does not run", async () => {
    const lines = await said(
      "print('start'); setTimeout(function () { print('late'); }, 50); ESP32.reboot(); print('after')",
    );
    assert.deepEqual([...new Set(lines)], ["start"]);
  });
  it("keeps the other timers when one throws, and tells uncaughtException", async () => {
    const code =
      "process.on('uncaughtException', function (e) { print('caught ' + e.message); });" +
      "setTimeout(function () { throw new Error('x'); }, 1); setTimeout(function () { print('on'); }, 2);";
    assert.deepEqual(await said(code), ["caught x", "on"]);
  });
  it("will not rewrite the Storage file whose code runs", async () => {
    const code = 'eval(require("Storage").read("ll.a"))';
    const lines = await said(code, { storage: { "ll.a": 'require("Storage").write("ll.a", "x")' } });
    assert.match(lines[0] ?? "", /running/);
  });
  it("reads a missing Storage file as undefined, and cuts names at 28", async () => {
    assert.deepEqual(await said('print(require("Storage").read("none"))'), ["undefined"]);
    const name = "n".repeat(29);
    const code = `require("Storage").write("${name}", "x"); print(require("Storage").list().join())`;
    assert.deepEqual(await said(code), [".bootcde," + "n".repeat(28)]);
  });
  it("cannot evaluate what 0xFF pads", async () => {
    assert.match((await said('eval("1;\xff\xff")'))[0] ?? "", /SyntaxError|not defined/);
  });
  it("may never call back from Wifi.connect", async () => {
    const bench = power('require("Wifi").connect("a", {}, function () { print("joined"); })');
    bench.radio.mute = true;
    bench.board.powerOn();
    bench.clock.after(60e6, () => undefined);
    await bench.clock.run(() => bench.clock.nowUs >= 60e6);
    assert.deepEqual(bench.lines, []);
  });
});

describe("the emulator's time", () => {
  it("stops all for a garbage collection, and a timer catches up in a clump", async () => {
    const bench = power("setInterval(function () { times.push(getTime()); }, 1);", {
      names: { times: [] as number[] },
      collectEveryMs: 50.5,
    });
    const { times } = bench.names as { times: number[] };
    await passed(bench, 100);
    const gaps = times.slice(1).map((time, i) => Math.round((time - times[i]!) * 1e6));
    assert.ok(
      gaps.some((gap) => gap > 2500),
      "no gap of the collection's length",
    );
    assert.ok(gaps.filter((gap) => gap === 0).length >= 2, "no clump");
  });
  it("loses edges over 680 that no one had time for, and says FIFO_FULL", async () => {
    const bench = power(
      'var n = 0; setWatch(function () { n++; }, new Pin(4), { repeat: true, edge: "both" });' +
        'setTimeout(function () { print(n + " " + E.getErrorFlags().join()); print(E.getErrorFlags().length); }, 900);',
    );
    bench.board.powerOn();
    bench.board.current?.stall(500_000);
    for (let edge = 0; edge < 1000; edge++) bench.board.drive(4, edge % 2 === 1);
    await passed(bench, 1000);
    assert.deepEqual(bench.lines, ["680 FIFO_FULL", "0"]);
  });
  it("calls a debounced watch once for a press that bounces", async () => {
    const bench = power(
      'setWatch(function (e) { print(e.state); }, new Pin(4), { repeat: true, edge: "falling", debounce: 25 });',
    );
    bench.board.powerOn();
    for (let edge = 0; edge < 9; edge++) bench.board.drive(4, edge % 2 === 1);
    await passed(bench, 200);
    assert.deepEqual(bench.lines, ["false"]);
  });
  it("tells each edge's own time, and no last time at the first", async () => {
    const bench = power(
      'setWatch(function (e) { print([e.time, e.lastTime, e.state].join()); }, new Pin(4), { repeat: true, edge: "both", debounce: 0 });',
    );
    bench.board.powerOn();
    bench.board.current?.stall(100_000);
    for (let edge = 0; edge < 2; edge++) {
      await passed(bench, 10);
      bench.board.drive(4, edge % 2 === 1);
    }
    await passed(bench, 100);
    assert.deepEqual(bench.lines, ["0.01,,false", "0.02,0.01,true"]);
  });
  it("tells a watch that was cleared nothing of what is still in the queue", async () => {
    const bench = power(
      'var w = setWatch(function () { print("edge"); clearWatch(w); }, new Pin(4), { repeat: true, edge: "both" });',
    );
    bench.board.powerOn();
    bench.board.current?.stall(100_000);
    for (let edge = 0; edge < 5; edge++) bench.board.drive(4, edge % 2 === 1);
    await passed(bench, 200);
    assert.deepEqual(bench.lines, ["edge"]);
    assert.match((await said("clearWatch()"))[0] ?? "", /every watch/);
  });
  it("restarts by the watchdog when a hanging connect holds up the program", async () => {
    const bench = power(
      'E.enableWatchdog(60, true); require("Wifi").connect("a", {}, function () {' +
        'var q = require("http").request(url.parse("http://host/"), function () {}); q.on("error", function () {});' +
        'try { q.end(""); } catch (e) { print(e.message); } }); setTimeout(function () { print("alive"); }, 5000);',
    );
    bench.radio.accessPoints.push({ ssid: "a", password: "" });
    bench.network.hangs = () => bench.board.starts === 1;
    bench.board.powerOn();
    await passed(bench, 60_400);
    assert.equal(bench.board.starts, 1);
    await passed(bench, 1600);
    assert.equal(bench.board.starts, 2);
    await passed(bench, 6000);
    assert.deepEqual(bench.lines, ["Unable to locate host", "alive"]);
  });
  it("fails a hanging connect when no watchdog cuts it", async () => {
    const bench = power(
      'require("Wifi").connect("a", {}, function () {' +
        'var q = require("http").request(url.parse("http://host/"), function () {});' +
        'q.on("error", function (e) { print(getTime() > 75 ? e.code : "early"); }); q.end(""); });',
    );
    bench.radio.accessPoints.push({ ssid: "a", password: "" });
    bench.network.hangs = () => true;
    await passed(bench, 80_000);
    assert.deepEqual(bench.lines, ["-15"]);
  });
  it("repeats E.hwRand at every start", async () => {
    const draw = "print(E.hwRand()); print(E.hwRand())";
    const [first, again] = [await said(draw), await said(draw)];
    assert.deepEqual(first, again);
    assert.notEqual(first[0], first[1]);
  });
});

describe("the emulator's Storage", () => {
  const run = (code: string, storage: { readonly [name: string]: string } = {}): string[] => {
    const bench = power(`var S = require("Storage"); ${code}`, { storage });
    bench.board.powerOn();
    return bench.lines;
  };

  it("takes a file in parts, each once, where nothing is yet", () => {
    const text = "String.fromCharCode.apply(null, new Uint8Array(S.readArrayBuffer('a')))";
    const parts = `S.write("a", "one", 0, 6); print(${text}.charCodeAt(3)); S.write("a", "two", 3);`;
    assert.deepEqual(run(`${parts} print(S.write("a", "two", 3)); print(${text});`), ["255", "true", "onetwo"]);
    const refused = (call: string) => run(`${parts} try { ${call} } catch (e) { print(e.message); }`).at(-1);
    assert.equal(refused('S.write("a", "too", 3)'), "File already written with different data");
    assert.equal(refused('S.write("a", "long", 3)'), "Too much data for file size");
    assert.equal(refused('S.write("b", "part", 3)'), "Unable to find or create file");
  });

  it("makes a file anew from its first byte on, and keeps the old one as rubbish", () => {
    const taken = "print(free - S.getFree());";
    const twice = `S.write("a", "x", 0, 100); ${taken} S.write("a", "x", 0, 100); ${taken}`;
    assert.deepEqual(run(`var free = S.getFree(); ${twice} S.erase("a"); ${taken}`), ["132", "264", "264"]);
  });

  it("leaves alone what is the same, compacts when it is full, and then says so", () => {
    const same = 'S.write("a", "same"); print(S.getStats().trashBytes);';
    assert.deepEqual(run(same, { a: "same" }), ["0"]);
    const full = 'S.write("b", "x", 0, 800000); S.write("b", "y", 0, 800000); print(S.getStats().trashBytes);';
    assert.deepEqual(run(full), ["0"]);
    assert.match(run('try { S.write("b", "x", 0, 917500); } catch (e) { print(e.message); }')[0] as string, /^Unable/);
  });
});

describe("the emulator's hardware timer", () => {
  const exec = (body: string): string =>
    `require("timer").add({ type: "EXEC", fn: function () { ${body} }, time: 10, interval: 10 });`;
  /** Edges of pin 4 by milliseconds, and what the code printed. */
  async function edgesOf(code: string): Promise<{ ms: number[]; lines: string[] }> {
    const bench = power(code);
    const ms: number[] = [];
    bench.board.world.onWrite = (gpio) => gpio === 4 && ms.push(bench.clock.nowUs / 1000);
    await passed(bench, 1000);
    return { ms, lines: bench.lines };
  }

  for (const call of [
    'print("x")',
    'require("Storage").read("x")',
    'require("Flash").read(4, 0x310000)',
    'require("Wifi").getStatus()',
    'require("http").request({})',
    'require("crypto").PBKDF2([1], [2], {})',
    "digitalPulse(new Pin(4), 1, 1)",
  ])
    it(`refuses ${call} inside a task, where every tick is dropped meanwhile`, async () => {
      assert.match((await said(exec(call)))[0] ?? "", /inside a timer's task drops every tick.*setTimeout/);
    });
  it("lets a task store, and ask to be followed", async () => {
    const code =
      "var n = 0;" + exec("analogRead(new Pin(34)); if (++n === 3) setTimeout(function () { print(n) }, 0);");
    assert.deepEqual(await said(code), ["3"]);
  });
  it("loses a task that comes once", async () => {
    assert.deepEqual(await said('require("timer").add({ type: "EXEC", fn: function () { n(); }, time: 10 });'), []);
  });
  it("stands still over pulses until the timer has slots for the rest", async () => {
    const say = "function () { print(getTime()); }";
    const train = Array.from({ length: 20 }, () => 10);
    const call = `digitalPulse(new Pin(4), 1, [${train.join()}]); print(getTime());`;
    const { ms, lines } = await edgesOf(`setTimeout(${say}, 20); ${call} setTimeout(${say}, 10);`);
    assert.deepEqual(lines, ["0.05", "0.05", "0.06"]);
    assert.deepEqual(
      ms,
      Array.from({ length: 21 }, (_, i) => i * 10),
    );
  });
  it("begins a train late behind one that is under way, by the time since it last went off", async () => {
    const second = "setTimeout(function () { digitalPulse(new Pin(4), 1, [10, 10]) }, 14);";
    const { ms } = await edgesOf("digitalPulse(new Pin(4), 1, [10, 10, 10]);" + second);
    assert.deepEqual(ms, [0, 10, 20, 30, 44, 54]);
  });
});

describe("the emulator's consoles", () => {
  it("are open in stock firmware, the access point too, which comes after the boot file", async () => {
    const bench = power('require("Wifi").stopAP();');
    await passed(bench, 1000);
    assert.deepEqual(bench.board.consoles, { bluetooth: true, telnet: true, accessPoint: true, serial: true });
  });
  it("stay open when they are locked without a password", async () => {
    const bench = power("E.lockConsole();");
    await passed(bench, 1000);
    assert.equal(bench.board.consoles.serial, true);
  });
  it("refuse a password that the prompt would not take", async () => {
    const code = 'try { E.setPassword("123456789012345678901"); } catch (error) { print("refused"); }';
    assert.deepEqual(await said(code), ["refused"]);
  });
  it("close one by one", async () => {
    const bench = power(
      'NRF.setServices({}, { uart: false }); require("TelnetServer").setOptions({ mode: "off" });' +
        'setTimeout(function () { require("Wifi").stopAP(); E.setPassword("x"); E.lockConsole(); }, 0);',
    );
    await passed(bench, 1000);
    assert.deepEqual(bench.board.consoles, { bluetooth: false, telnet: false, accessPoint: false, serial: false });
  });
});

describe("the emulator's http", () => {
  const GET = (end: string): string =>
    'var o = url.parse("http://host:80/x"); o.method = "POST"; o.headers = { "Content-Length": 1 };' +
    'var q = require("http").request(o, function (r) { print(typeof r.statusCode + " " + r.statusCode);' +
    'r.on("data", function (d) { print("data " + d.length); }); r.on("end", function () { print("end"); });' +
    'r.on("close", function () { print("close"); }); }); q.on("error", function (e) { print("error " + e.code); });' +
    end;
  let server: Server;
  let port = 0;

  before(async () => {
    server = createServer((_request, response) => response.end("x".repeat(1200)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => server.close());

  async function ask(arrange: (network: Network) => void, end = 'q.end("a")'): Promise<string[]> {
    const bench = power(`require("Wifi").connect("a", {}, function () { ${GET(end)} });`);
    bench.radio.accessPoints.push({ ssid: "a", password: "" });
    bench.network.hosts.set("host:80", { port, up: true });
    arrange(bench.network);
    bench.board.powerOn();
    bench.clock.after(1e6, () => undefined);
    await bench.clock.run(() => bench.clock.nowUs >= 1e6);
    return bench.lines;
  }

  it("gives the status as text, data in pieces of 536, then end, then close", async () => {
    assert.deepEqual(await ask(() => undefined), ["string 200", "data 536", "data 536", "data 128", "end", "close"]);
  });
  it("throws from end() when the connection is refused", async () => {
    const lines = await ask(
      (network) => (network.fault = () => "refuse"),
      'try { q.end("a"); } catch (e) { print("threw " + e.message); }',
    );
    assert.deepEqual(lines, ["threw Unable to create socket"]);
  });
  it("throws from end() when nobody has the name", async () => {
    const lines = await ask(
      (network) => network.hosts.clear(),
      'try { q.end("a"); } catch (e) { print("threw " + e.message); }',
    );
    assert.deepEqual(lines, ["threw Unable to locate host"]);
  });
  it("tells a reset by the number -15", async () => {
    assert.deepEqual(await ask((network) => (network.fault = () => "reset")), ["error -15"]);
  });
  it("shows a cut body as a normal answer", async () => {
    assert.deepEqual(await ask((network) => (network.fault = () => "truncate")), [
      "string 200",
      "data 536",
      "data 64",
      "end",
      "close",
    ]);
  });
  it("gives NaN for a status that is no HTTP", async () => {
    assert.equal((await ask((network) => (network.fault = () => "garbage")))[0], "number NaN");
  });
  it("says nothing for ever when the server hangs", async () => {
    assert.deepEqual(await ask((network) => (network.fault = () => "hang")), []);
  });
});
