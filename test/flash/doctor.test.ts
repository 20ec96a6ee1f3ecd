// SPDX-License-Identifier: Apache-2.0
// lightline doctor: each thing that can be wrong, found and told.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkNode, checkPorts } from "../../bench/doctor/environment.js";
import type { Finding } from "../../bench/doctor/finding.js";
import { loadProduct } from "../../bench/build/product.js";
import type { ConsoleBoard } from "../../emulator/console-board.js";
import { loadBoard } from "../../bench/build/boards.js";
import { runCommand } from "../tools/run-command.js";
import { TestServer } from "../tools/test-server.js";
import { startBoard } from "./flash-bench.js";

const PRODUCT = "examples/hello-sensor";

describe("lightline doctor", function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), "lightline-doctor-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const ends: (() => void)[] = [];
  afterEach(() => ends.splice(0).forEach((end) => end()));

  /** The example, with a server there. */
  const productAt = (serverUrl: string): string => {
    const product = join(dir, "hello-sensor");
    cpSync(PRODUCT, product, { recursive: true });
    const file = join(product, "product.json");
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), serverUrl }));
    return product;
  };
  const nowhere = () => productAt("http://127.0.0.1:1");
  const examined = async (product: string, ...args: string[]) => {
    const ended = await runCommand("doctor", "--json", "--product", product, ...args);
    const { ok, findings } = JSON.parse(ended.out) as { ok: boolean; findings: Finding[] };
    assert.equal(ended.code, ok ? 0 : 1);
    return { ok, of: (what: string) => findings.find((finding) => finding.what === what) as Finding };
  };
  const board = async (options: Parameters<typeof ConsoleBoard.start>[0]): Promise<string> => {
    const fake = await startBoard(options);
    ends.push(() => fake.close());
    return fake.port;
  };
  const says = async (text: string): Promise<string> => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.push(() => server.close());
    return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const answers = async (body: string): Promise<string> => {
    const server = createHttpServer((_request, answer) => answer.end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.push(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it("finds a board well, and what flash would change on it", async () => {
    const storage = { ".bootcde": "1" };
    const { ok, of } = await examined(nowhere(), "--port", await board({ bluetooth: true, storage }));
    assert.equal(ok, true);
    assert.match(of("board").words, /^Espruino 2v29 for ESP32, 3000 variables and 89\d kB/);
    assert.match(of("bluetooth").words, /lightline flash switches it off/);
    assert.match(of("program").words, /another one starts \(\.bootcde\)/);
    assert.equal(of("clock").state, "ok");
    const fresh = await examined(nowhere(), "--port", await board({}));
    assert.match(fresh.of("program").words, /^none yet/);
  });

  it("says how far the board has been tried, and where to read what to send", async () => {
    const support = async (board: string) => (await examined(nowhere(), "--board", board)).of("support").words;
    assert.match(
      await support("esp32-devkitc"),
      /of tier 2: .*nobody has run it on the board itself; .* boards esp32-devkitc asks/,
    );
    assert.match(await support("xiao-esp32s3"), /of tier 3: /);
    assert.match(await support("virtual"), /of tier 1: .* on a host$/);
  });

  it("finds a board wrong for flash's reasons, and writes nothing", async () => {
    const { ok, of } = await examined(nowhere(), "--port", await board({ says: { VERSION: "2v20" } }));
    assert.equal(ok, false);
    assert.match(of("board").words, /^BOARD_FIRMWARE: /);
    const gone = await examined(nowhere(), "--port", "tcp://127.0.0.1:1");
    assert.match(gone.of("board").words, /^PORT_UNKNOWN: /);
  });

  it("says step by step how a board without Espruino gets it, and knows another chip", async () => {
    const port = await says("ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET)\r\n");
    const ended = await runCommand("doctor", "--product", nowhere(), "--port", port);
    assert.match(ended.out, /^wrong {2}board: It is an esp32 without Espruino/m);
    assert.match(ended.out, /1\. download .*2v29[^]* erase_flash\n[^]*write_flash -z .*0x1000 bootloader\.bin 0x8000/);
    assert.equal(ended.code, 1);
    const other = await examined(nowhere(), "--port", await says("ESP-ROM:esp32c3-api1-20210207\r\n"));
    assert.match(other.of("board").words, /an esp32c3 without Espruino.*--board/);
  });

  for (const [board, files] of [
    ["esp32-c3-supermini", "0x0 bootloader.bin 0x8000 partition-table.bin 0x10000 espruino-esp32c3.bin"],
    ["xiao-esp32s3", "0x0 bootloader.bin 0x8000 partition-table.bin 0x10000 espruino-esp32s3.bin"],
  ] as const)
    it(`says how a ${board} gets Espruino`, async () => {
      const chip = loadBoard(board).chip.name;
      const port = await says(`ESP-ROM:${chip}-20210327\r\nBuild:Mar 27 2021\r\n`);
      const ended = await runCommand("doctor", "--product", nowhere(), "--board", board, "--port", port);
      assert.match(ended.out, new RegExp(`esptool.py --chip ${chip} --port SERIAL-PORT erase_flash`));
      assert.ok(ended.out.includes(files), ended.out);
    });

  it("asks the product's server whether it is one", async () => {
    assert.equal((await examined(nowhere())).of("server").state, "warn");
    const right = await examined(productAt(await answers('{"name":"lightline","version":"1","ok":true}')));
    assert.equal(right.of("server").state, "ok");
    for (const body of ["<html>", '{"name":"printer"}']) {
      const { ok, of } = await examined(productAt(await answers(body)));
      assert.deepEqual([ok, of("server").state], [false, "wrong"]);
    }
  });

  it("looks into the server's data", async () => {
    assert.match((await examined(nowhere(), "--data", join(dir, "none"))).of("data").words, /^DATA_MISSING: /);
    const server = await TestServer.open();
    await server.admin.putProduct(loadProduct(PRODUCT));
    const look = () => examined(nowhere(), "--data", server.dataDir);
    assert.match((await look()).of("data").words, /no fixture of hello-sensor/);
    await server.admin.addFixture("hello-sensor");
    assert.match((await look()).of("data").words, /in use: 1$/);
    await server.close();
  });

  it("knows which Node is too old, and a machine without ports", async () => {
    assert.deepEqual(
      ["18.20.0", "20.18.9", "20.19.0", "22.1.0"].map((version) => checkNode(version).state),
      ["wrong", "wrong", "ok", "ok"],
    );
    const none = () => Promise.resolve([]);
    assert.deepEqual([(await checkPorts(false, none)).state, (await checkPorts(true, none)).state], ["warn", "ok"]);
    const missing = () => Promise.reject(Object.assign(new Error("no package"), { code: "PORT_UNSUPPORTED" }));
    assert.equal((await checkPorts(false, missing)).state, "wrong");
  });
});
