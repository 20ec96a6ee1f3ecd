// SPDX-License-Identifier: Apache-2.0
// Lint: the usual rules everywhere, and for what runs on a board the same table that checks the finished bundles.
import js from "@eslint/js";
import tslint from "typescript-eslint";
import { tsImport } from "tsx/esm/api";

const { espruinoPlugin, espruinoRules } = await tsImport("./bench/build/espruino-rules.ts", import.meta.url);
const espruinoErrors = espruinoRules
  .filter(({ bundleOnly }) => !bundleOnly)
  .map(({ id }) => [`espruino/${id}`, "error"]);

export default [
  { ignores: ["dist/", "coverage/", "test/build/fixtures/"] },
  js.configs.recommended,
  ...tslint.configs.strict,
  {
    rules: {
      "no-undef": "off", // TypeScript knows each environment's globals
      eqeqeq: "error",
      "preserve-caught-error": "off", // a user reads one sentence
      "no-var": "error",
      "prefer-const": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-duplicate-enum-values": "off", // two states may show one pattern
      "@typescript-eslint/no-unused-vars": ["error", { caughtErrors: "none" }],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/triple-slash-reference": ["error", { path: "always" }],
      "@typescript-eslint/unified-signatures": "off",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Export by name: a name is the same wherever it is used." },
      ],
    },
  },
  { files: ["*.config.mjs", "**/*.d.ts"], rules: { "no-restricted-syntax": "off" } },
  { files: ["emulator/prelude/**/*.js"], rules: { "no-var": "off", "@typescript-eslint/no-require-imports": "off" } },
  {
    files: ["firmware/**/*.ts", "hal/espruino/**/*.ts", "examples/**/*.ts", "bench/espruino/device/*.ts"],
    ignores: ["**/*.d.ts", "**/*.agent.ts"],
    plugins: { espruino: espruinoPlugin },
    rules: {
      ...Object.fromEntries(espruinoErrors),
      "@typescript-eslint/no-require-imports": "off",
      "no-restricted-syntax": [
        "error",
        { selector: "ForOfStatement", message: "ES5 types have no iterators: count, or use for-in." },
        { selector: "ExportDefaultDeclaration", message: "Export by name." },
      ],
    },
  },
];
