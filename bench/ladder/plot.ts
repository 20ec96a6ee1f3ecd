// SPDX-License-Identifier: Apache-2.0
// The ladder as a picture: a row for each waveform and rate, a column for each impairment, frames received over its levels.
import type { Result } from "./climb.js";
import { laddersOf } from "./report.js";

const PANEL = { width: 112, height: 64, gapX: 20, gapY: 34 };
const MOST_LABELS = 8;
const MARGIN = { left: 150, top: 64 };

const LINES = [
  { who: "limit", name: "limit", colour: "#8a8a8a" },
  { who: "plain", name: "plain slicer", colour: "#d9822b" },
  { who: "received", name: "receiver", colour: "#1f6fb2" },
] as const;

const STYLE =
  "text{font:9px sans-serif;fill:#333}.name{font-size:11px;font-weight:bold}.level{font-size:6.5px;text-anchor:middle}" +
  ".frame{fill:#fafafa;stroke:#ccc}.short{fill:#d33;opacity:.16}polyline{fill:none;stroke-width:1.6}";

export function plotOf(results: readonly Result[]): string {
  const links = distinct(results.map(({ rung }) => rung.link.name));
  const impairments = distinct(results.map(({ rung }) => rung.impairment));
  const xOf = (column: number) => MARGIN.left + column * (PANEL.width + PANEL.gapX);
  const yOf = (row: number) => MARGIN.top + row * (PANEL.height + PANEL.gapY);
  const panels = laddersOf(results).map(([, ladder]) => {
    const { link, impairment } = (ladder[0] as Result).rung;
    return panelOf(ladder, xOf(impairments.indexOf(impairment)), yOf(links.indexOf(link.name)));
  });
  const width = xOf(impairments.length);
  const height = yOf(links.length);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<style>${STYLE}</style><rect width="100%" height="100%" fill="#fff"/>`,
    ...LINES.map(({ name, colour }, i) => text(20 + i * 90, 24, "name", name, colour)),
    text(
      20 + LINES.length * 90,
      24,
      "",
      "frames received, 0 to 100 %; red: what the limit has and the receiver has not",
    ),
    ...impairments.map((name, column) => text(xOf(column), MARGIN.top - 10, "name", name)),
    ...links.map((name, row) => text(12, yOf(row) + PANEL.height / 2, "name", name)),
    ...panels,
    "</svg>\n",
  ].join("\n");
}

function panelOf(ladder: readonly Result[], left: number, top: number): string {
  const x = (i: number) => left + (PANEL.width * (i + 0.5)) / ladder.length;
  const line = (who: "received" | "limit" | "plain") =>
    ladder.map(
      (result, i) => `${x(i).toFixed(1)},${(top + PANEL.height * (1 - result[who] / result.seeds)).toFixed(1)}`,
    );
  const every = Math.ceil(ladder.length / MOST_LABELS);
  const short = [...line("limit"), ...line("received").reverse()].join(" ");
  return [
    `<rect class="frame" x="${left}" y="${top}" width="${PANEL.width}" height="${PANEL.height}"/>`,
    `<polygon class="short" points="${short}"/>`,
    ...LINES.map(({ who, colour }) => `<polyline points="${line(who).join(" ")}" stroke="${colour}"/>`),
    ...line("received").map((point) => dot(point)),
    ...ladder.map(({ rung }, i) => (i % every ? "" : text(x(i), top + PANEL.height + 9, "level", shorten(rung.level)))),
  ].join("");
}

function dot(point: string): string {
  const [x, y] = point.split(",");
  return `<circle cx="${x}" cy="${y}" r="1.8" fill="#1f6fb2"/>`;
}

const text = (x: number, y: number, style: string, words: string, colour = ""): string =>
  `<text x="${x}" y="${y}" class="${style}"${colour && ` style="fill:${colour}"`}>${words}</text>`;

const shorten = (level: number): string => String(level).replace(/^0\./, ".");

const distinct = (names: readonly string[]): string[] => [...new Set(names)];
