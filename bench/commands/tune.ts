// SPDX-License-Identifier: Apache-2.0
// lightline tune FILE: what light is like at the sensor, as a page to look at.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { Command } from "commander";
import { UserError } from "../errors.js";
import { examine } from "../light/watch/examine.js";
import { lightsOf } from "../light/read/light-file.js";
import type { LightReport } from "../light/tune/light-report.js";
import { invalid, openSource, STANDARD_INPUT } from "../light/read/source.js";
import { GENERATOR, tunePage } from "../light/tune/tune-page.js";
import { wholeNumber } from "../options.js";

/** No frame came through. */
const EXIT_INCOMPLETE = 1;
const PAGE = "tune.html";
const GENERATOR_WITHIN = 500;

interface Options {
  readonly out?: string;
  readonly sampleHz?: number;
  readonly resistor?: number;
  readonly json?: true;
}

export function tuneCommand(): Command {
  return new Command("tune")
    .description(
      "say how good light is at the sensor, and what to change; exit 0 when a frame came through, 1 otherwise",
    )
    .argument("<file>", "a capture of samples or edges, as lightline decode takes it; - is standard input")
    .option("--out <page>", `write the page there (without --json: ${PAGE})`)
    .option("--resistor <ohm>", "the sensor's load, for advice on another", wholeNumber("--resistor", 1, 100_000_000))
    .option(
      "--sample-hz <rate>",
      "the capture is bare samples, so many a second",
      wholeNumber("--sample-hz", 100, 20_000),
    )
    .option("--json", "print one JSON object; the page only with --out")
    .action((file: string, options: Options) => {
      const report = reportOn(file, options);
      const page = options.out ?? (options.json ? undefined : PAGE);
      if (page !== undefined) writePage(page, tunePage(basename(shownName(file)), report));
      process.stdout.write(
        (options.json ? JSON.stringify({ file, ...report }) : describe(file, report, page ?? "")) + "\n",
      );
      if (report.frames[0]?.ended !== "complete") process.exitCode = EXIT_INCOMPLETE;
    });
}

function reportOn(file: string, { sampleHz, resistor }: Options): LightReport {
  for (const { name, light } of lightsOf(openSource(file), sampleHz)) {
    if (light.form === "samples" || light.form === "edges") return examine(light, resistor).report;
    throw invalid(name, "tune looks at samples or edges, as a sensor saw them");
  }
  throw invalid(file, "there is no light in it");
}

/** Nothing is written over but an older page. */
function writePage(page: string, html: string): void {
  try {
    if (existsSync(page) && !readFileSync(page, "utf8").slice(0, GENERATOR_WITHIN).includes(GENERATOR))
      throw new Error("it is there already and no page of tune's");
    writeFileSync(page, html);
  } catch (error) {
    throw new UserError(
      "FILE_NOT_WRITABLE",
      `${page} cannot be written (${(error as Error).message}): name another with --out.`,
    );
  }
}

function describe(file: string, report: LightReport, page: string): string {
  const { levels, swing, marginDb, noise, ripple, timing, frames, advice } = report;
  const facts = [
    ...levels.map(({ name, percentOfFullScale }) => `${name} ${percentOfFullScale} %`),
    ...(swing ? [`swing ${swing.percentOfFullScale} % of full scale`] : []),
    ...(marginDb === undefined ? [] : [`margin ${marginDb} dB`]),
    ...(noise ? [`noise ${noise.percentOfSwing} % of the swing`] : []),
    ...(ripple ? [`flicker ${ripple.percentOfSwing} % at ${ripple.hz} Hz`] : []),
    ...(timing ? [`${timing.symbolHz} symbols a second, jitter ${timing.jitterPercent} %`] : []),
  ];
  return [
    `${shownName(file)}: ${frames.length ? frames.map(({ waveform, ended }) => `${waveform} ${ended}`).join(", ") : "no frame"}`,
    ...(facts.length ? [`  ${facts.join(", ")}`] : []),
    ...advice.map(({ text }) => `  ${text}`),
    `  page: ${page}`,
  ].join("\n");
}

const shownName = (file: string): string => (file === STANDARD_INPUT ? "standard input" : file);
