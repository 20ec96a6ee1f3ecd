// SPDX-License-Identifier: Apache-2.0
// The way to a board: a serial port, or tcp://host:port where something passes one on. What fails says what to do about it.
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { UserError } from "../errors.js";

const BAUD = 115200;
const TELNET_PORT = 23;
const CONNECT_MS = 5000;

/** @throws UserError PORT_UNKNOWN, PORT_DENIED, PORT_BUSY or PORT_UNSUPPORTED */
export function openPort(port: string): Promise<Duplex> {
  return port.startsWith("tcp://") ? openTcp(port) : openSerial(port);
}

function openTcp(port: string): Promise<Duplex> {
  const address = URL.canParse(port) ? new URL(port) : undefined;
  if (!address?.hostname) throw new UserError("PORT_UNKNOWN", `${port} is no address: write tcp://host:port.`);
  const socket = connect(Number(address.port || TELNET_PORT), address.hostname.replace(/^\[|\]$/g, ""));
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      socket.destroy();
      reject(new UserError("PORT_UNKNOWN", `Nothing answers at ${port} (${why}): check the address.`));
    };
    const deadline = setTimeout(() => fail("no connection in 5 s"), CONNECT_MS);
    const settle = (then: () => void) => {
      clearTimeout(deadline);
      socket.removeAllListeners();
      then();
    };
    socket.once("connect", () => settle(() => resolve(socket.setNoDelay())));
    socket.once("error", (error: NodeJS.ErrnoException) => settle(() => fail(error.code ?? error.message)));
  });
}

/** The serial ports of this machine. @throws UserError PORT_UNSUPPORTED */
export const listPorts = (): Promise<string[]> => portsOf(serialPortPackage().SerialPort);

/** What is used of the package serialport. */
interface SerialPortPackage {
  readonly SerialPort: {
    new (options: object, opened: (error: Error | null) => void): Duplex;
    list(): Promise<{ path: string }[]>;
  };
}

/** The one that the package espruino brings along where it can. */
function serialPortPackage(): SerialPortPackage {
  try {
    const espruino = createRequire(import.meta.url).resolve("espruino");
    return createRequire(espruino)("serialport") as SerialPortPackage;
  } catch (error) {
    throw new UserError(
      "PORT_UNSUPPORTED",
      "Serial ports need the package serialport, which is not installed here: npm install --include=optional, or use tcp://host:port.",
    );
  }
}

async function openSerial(path: string): Promise<Duplex> {
  const { SerialPort } = serialPortPackage();
  try {
    return await new Promise((resolve, reject) => {
      // The board stops the sender when its input fills: the driver obeys.
      const options = { path, baudRate: BAUD, xon: true };
      const port = new SerialPort(options, (error) => (error ? reject(error) : resolve(port)));
    });
  } catch (error) {
    throw portFault(path, (error as Error).message, await portsOf(SerialPort));
  }
}

async function portsOf(serial: SerialPortPackage["SerialPort"]): Promise<string[]> {
  try {
    return (await serial.list()).map(({ path }) => path);
  } catch {
    return [];
  }
}

/** What the operating systems say, in one sentence that helps. */
function portFault(path: string, said: string, ports: readonly string[]): UserError {
  if (/permission denied/i.test(said))
    return new UserError("PORT_DENIED", `You may not open ${path}: ${remedy(path)}.`);
  if (/cannot lock|busy|temporarily unavailable|access denied/i.test(said))
    return new UserError("PORT_BUSY", `${path} is in use: close the other program, perhaps a terminal or an IDE.`);
  const there = ports.length
    ? `the ports here are ${ports.join(", ")}`
    : "there is no serial port here: plug the board in";
  return new UserError("PORT_UNKNOWN", `${path} is no serial port (${said.replace(/^Error:? /, "")}): ${there}.`);
}

/** Ports belong to a group for their users, dialout or uucp on most systems. */
function remedy(path: string): string {
  const group = groupOf(path);
  return group ? `join its group, sudo usermod -aG ${group} $USER, and log in again` : "change its permissions";
}

function groupOf(path: string): string | undefined {
  try {
    const { gid } = statSync(path);
    const line = readFileSync("/etc/group", "utf8")
      .split("\n")
      .find((group) => group.split(":")[2] === String(gid));
    const name = line?.split(":")[0];
    return name === "root" ? undefined : name;
  } catch {
    return undefined;
  }
}
