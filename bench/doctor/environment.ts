// SPDX-License-Identifier: Apache-2.0
// This machine: Node, the package for serial ports, the ports and who may open them.
import { accessSync, constants, readFileSync } from "node:fs";
import { listPorts } from "../board/board-port.js";
import type { Finding } from "./finding.js";
import { ok, warn, wrong, wrongBy } from "./finding.js";

const PACKAGE = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  engines: { node: string };
};

export function checkNode(version = process.versions.node): Finding {
  const least = PACKAGE.engines.node.replace(/^\D*/, "");
  const [major, minor] = version.split(".").map(Number) as [number, number];
  const [leastMajor, leastMinor] = least.split(".").map(Number) as [number, number];
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
    ? ok("node", version)
    : wrong("node", `${version} is too old: install ${least} or later.`);
}

/** A port that was named is opened later, and says then what is wrong with it. */
export async function checkPorts(named: boolean, list = listPorts): Promise<Finding> {
  try {
    const ports = await list();
    if (!ports.length)
      return (named ? ok : warn)("serial ports", "none here: plug a board in with a cable that carries data.");
    const closed = ports.filter((port) => !mayOpen(port));
    return closed.length
      ? warn("serial ports", `${ports.join(", ")}; you may not open ${closed.join(", ")}: join its group (dialout).`)
      : ok("serial ports", ports.join(", "));
  } catch (error) {
    return named ? warn("serial ports", (error as Error).message) : wrongBy("serial ports", error);
  }
}

function mayOpen(port: string): boolean {
  try {
    accessSync(port, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    // Names that are no files, as on Windows, have no such permission.
    return (error as NodeJS.ErrnoException).code !== "EACCES";
  }
}
