// SPDX-License-Identifier: Apache-2.0
// A dump for people.
import type { FlashDump, LogDump } from "./dump.js";
import type { PageDump, RecordDump } from "./pages.js";
import type { Secret } from "./secret.js";

const NAME_COLUMN = 24;

export function formatDump({ settings, identity }: FlashDump): string {
  const { origin, entries } = settings.current ?? { origin: undefined, entries: {} };
  const current = origin === undefined ? {} : { origin, ...entries };
  return [...logLines("settings", settings, current), ...logLines("identity", identity, identity.current)].join("\n");
}

function logLines(name: string, log: LogDump<unknown>, current: object): string[] {
  const { address, bytes, blank, writtenBytes, pages } = log;
  const content = blank ? "blank: each byte is 0xFF" : `not blank: ${writtenBytes} of ${bytes} bytes are not 0xFF`;
  const values = valueLines("", current);
  const none = blank ? [] : ["  no value counts"];
  return [`${name} at ${address}, ${content}`, ...pages.flatMap(pageLines), ...(values.length ? values : none)];
}

function pageLines({ page, state, version, sequence, records }: PageDump): string[] {
  const facts = [
    state,
    ...(sequence === null ? [] : [`sequence ${sequence}`]),
    ...(version === null ? [] : [`version ${version}`]),
  ];
  return [`  page ${page}: ${facts.join(", ")}`, ...records.map(recordLine)];
}

function recordLine({ offset, name, length, state, fault }: RecordDump): string {
  const at = `0x${offset.toString(16).padStart(4, "0")}`;
  return `    ${at}  ${name.padEnd(8)}  ${length} bytes, ${state}${fault ? `: ${fault}` : ""}`;
}

/** One line a value, by the names that lead to it. */
function valueLines(path: string, values: object): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const whole = path ? `${path} ${name}` : name;
    if (typeof value !== "object" || value === null || Array.isArray(value) || isSecret(value))
      return [`  ${whole.padEnd(NAME_COLUMN)}${shown(value)}`];
    return valueLines(whole, value as object);
  });
}

const isSecret = (value: object): value is Secret => "sha256" in value;

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null && isSecret(value)) {
    const { bytes, sha256, value: itself } = value;
    return `${bytes} bytes, SHA-256 ${sha256}...${itself === undefined ? "" : ` ${shown(itself)}`}`;
  }
  if (Array.isArray(value)) return value.join(", ");
  // A network's name may hold what a terminal would obey.
  return JSON.stringify(value).replace(/[\x7f-\x9f]/g, "?");
}
