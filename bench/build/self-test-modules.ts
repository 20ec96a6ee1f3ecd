// SPDX-License-Identifier: Apache-2.0
// The modules that the build makes of the self-test: lightline:phases and lightline:selftest-options.
import type { Plugin } from "rollup";
import type { SelfTestOptions } from "../../firmware/selftest/options.js";
import { phaseFile } from "./phases.js";

const PHASES = "lightline:phases";
const OPTIONS = "lightline:selftest-options";

export function selfTestModules(phases: readonly string[], options: SelfTestOptions): Plugin {
  return {
    name: "lightline-self-test",
    resolveId: (source) => (source === PHASES || source === OPTIONS ? `\0${source}` : null),
    load(id) {
      if (id === `\0${OPTIONS}`) return `export const options = ${JSON.stringify(options)};`;
      return id === `\0${PHASES}` ? phasesModule(phases) : null;
    },
  };
}

function phasesModule(phases: readonly string[]): string {
  const imports = phases.map((name, i) => `import { phase as p${i} } from ${JSON.stringify(phaseFile(name))};`);
  return `${imports.join("\n")}\nexport const phases = [${phases.map((_, i) => `p${i}`).join()}];`;
}
