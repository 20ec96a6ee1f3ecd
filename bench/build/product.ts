// SPDX-License-Identifier: Apache-2.0
// A product folder: product.json, and its scripts under their conventional names.
import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Type } from "@sinclair/typebox";
import type { Static, TObject, TProperties } from "@sinclair/typebox";
import { UserError } from "../errors.js";
import { SCRIPT_CONSTANTS } from "../../firmware/api/constants.js";
import type { Board } from "./boards.js";
import { listBoards, loadBoard } from "./boards.js";
import { measurementsOf, NOT_AT_THE_LINE, PHASE_NAMES } from "./phases.js";
import { readJson, schemaCheck, shownPath } from "./schema.js";

/** The stages that run a script of the product. */
export const SCRIPT_ROLES = ["dut", "fixture", "application"] as const;
export type ScriptRole = (typeof SCRIPT_ROLES)[number];

const closed = <T extends TProperties>(properties: T, description: string): TObject<T> =>
  Type.Object(properties, { additionalProperties: false, description });

// A device holds strings as bytes, so what is linked into it is ASCII.
const text = (description: string) =>
  Type.String({ pattern: "^[ -~]{1,32}$", description: `${description}, in 1 to 32 ASCII characters` });
const oneOf = <T extends string>(...values: T[]) =>
  Type.Unsafe<T>({ enum: values, description: values.map((value) => `"${value}"`).join(" or ") });
const limit = (which: string) => Type.Number({ description: `the ${which} value that passes, as a number` });
const origins = (description: string, others: string) =>
  Type.Array(Type.String({ pattern: `^(https?://[a-z0-9.:\\[\\]-]+${others})$`, description }), { description });
const seconds = (what: string, maximum: number) =>
  Type.Integer({ minimum: 30, maximum, description: `${what} in whole seconds, 30 to ${maximum}` });

const Measurement = closed(
  {
    phase: text("the self-test phase"),
    name: text("the measurement's name"),
    unit: text('its unit ("1" for a count)'),
    min: Type.Optional(limit("least")),
    max: Type.Optional(limit("greatest")),
    marginal: Type.Optional(
      Type.Number({ minimum: 0, description: "how near to a limit a value is told, as a number of 0 or more" }),
    ),
  },
  'a measurement as { "phase", "name", "unit", "min", "max", "marginal" }',
);

const LINKABLE = PHASE_NAMES.filter((name) => !NOT_AT_THE_LINE.includes(name));
const pin = Type.String({ pattern: "^pin[A-Z][A-Z0-9]?$", description: 'a pin such as "pinC"' });

const SelfTest = closed(
  {
    phases: Type.Array(oneOf(...LINKABLE), { uniqueItems: true, description: "a list of built-in phases" }),
    loopback: Type.Optional(
      Type.Array(Type.Tuple([pin, pin]), { description: 'pins that a wire joins, as [["pinC", "pinD"], ...]' }),
    ),
  },
  'the built-in phases that the DUT runs before its own, as { "phases", "loopback" }',
);

const ProductFile = closed(
  {
    name: Type.String({
      pattern: "^[a-z0-9][a-z0-9-]{0,31}$",
      description: "lower-case letters, digits and dashes, 32 at most",
    }),
    board: Type.String({ description: "the name of a board in boards/" }),
    serialFormat: Type.String({
      pattern: "^[ -~]*#{1,12}[ -~]*$",
      description: 'the serial number with # for each digit that counts, such as "HS-######"',
    }),
    serverUrl: Type.String({
      pattern: "^http://[!-~]+$",
      maxLength: 128,
      description: 'the factory server\'s address, such as "http://lightline.local:8080"',
    }),
    measurements: Type.Array(Measurement, { maxItems: 200, description: "a list of measurements" }),
    waveform: closed(
      {
        flags: Type.Array(oneOf("BLINKUP_FAST", "BLINKUP_ACTIVEHIGH", "BLINKUP_BURST"), {
          uniqueItems: true,
          description: "a list",
        }),
      },
      'the fixture\'s light as { "flags" }',
    ),
    leaseS: seconds("the time of one run", 86400),
    tokenS: seconds("the life of an enrolment token", 3600),
    wipe: oneOf("auto", "script"),
    selfTest: Type.Optional(SelfTest),
    agents: Type.Optional(
      closed(
        {
          allow: Type.Optional(
            origins('a list of origins such as "https://mes.example", or "*" for any public one', "|[*]"),
          ),
          allowPrivate: Type.Optional(origins('a list of origins such as "http://10.0.0.7:9000"', "")),
        },
        'what agents may call as { "allow", "allowPrivate" }',
      ),
    ),
    wipeOnFail: Type.Boolean({ description: "true to wipe a unit that failed, else false" }),
  },
  "a product",
);

export interface Product extends Static<typeof ProductFile> {
  /** Absolute. */
  readonly dir: string;
}

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
/** From here on a clean frame at 142 symbols a second comes in every time; at 420 samples a second 4 of 10 do. */
const FAST_SAMPLE_HZ = 450;
const checkShape = schemaCheck<Static<typeof ProductFile>>(ProductFile, "PRODUCT_INVALID");

/** @throws UserError when the folder is no product, or when its product.json or its files are not right. */
export function loadProduct(dir: string): Product {
  const path = join(dir, "product.json");
  if (!existsSync(path)) {
    const known = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, "product.json")));
    throw new UserError(
      "PRODUCT_UNKNOWN",
      `${shownPath(dir)} has no product.json; name one of ${known.map((name) => `examples/${name}`).join(", ")}, or make it: lightline init ${basename(dir)}.`,
    );
  }
  const file = checkShape(readJson(path, "PRODUCT_INVALID"), path);
  const product = { ...file, measurements: withBuiltIn(file), dir: resolve(dir) };
  const fault = fieldFault(product) ?? fileFault(product);
  if (fault) throw new UserError("PRODUCT_INVALID", `${shownPath(path)}: ${fault}.`);
  return product;
}

/** A built-in phase's own limits hold where the file has none for its measurement. */
function withBuiltIn({ measurements, selfTest }: Static<typeof ProductFile>): Product["measurements"] {
  const own = new Set(measurements.map(({ phase, name }) => `${phase}\n${name}`));
  const builtIn = (selfTest?.phases ?? []).flatMap(measurementsOf);
  return [...measurements, ...builtIn.filter(({ phase, name }) => !own.has(`${phase}\n${name}`))];
}

/** The script that a stage runs. */
export const scriptPath = (product: Product, role: ScriptRole): string => join(product.dir, `${role}.ts`);

/** What its fixtures' scripts see as fixture.flags. */
export const lightFlags = ({ waveform }: Product): number =>
  waveform.flags.reduce((sum, flag) => sum + SCRIPT_CONSTANTS[flag], 0);

function fieldFault({ board, measurements, waveform }: Product): string | undefined {
  if (!listBoards().includes(board)) return `"board" is "${board}"; write one of ${listBoards().join(", ")}`;
  const fault = waveformFault(waveform.flags, loadBoard(board));
  if (fault) return fault;
  const seen = new Map<string, number>();
  for (const [index, { phase, name, min, max }] of measurements.entries()) {
    if (min !== undefined && max !== undefined && min > max) {
      return `"measurements.${index}" passes nothing, since "min" ${min} is above "max" ${max}; exchange them`;
    }
    const other = seen.get(`${phase}\n${name}`);
    if (other !== undefined) {
      return `"measurements.${index}" repeats "measurements.${other}" (phase "${phase}", name "${name}"); rename one`;
    }
    seen.set(`${phase}\n${name}`, index);
  }
  return undefined;
}

/** Light that the product's own boards would hardly ever take. */
function waveformFault(flags: readonly string[], { title, light }: Board): string | undefined {
  if (!flags.includes("BLINKUP_FAST") || light.sensor === "edges") return undefined;
  if (flags.includes("BLINKUP_BURST"))
    return `"waveform.flags" has BLINKUP_FAST with BLINKUP_BURST, which only a comparator follows, and ${title} has none; leave one out`;
  const { sampleHz = 0 } = light;
  return sampleHz < FAST_SAMPLE_HZ
    ? `"waveform.flags" has BLINKUP_FAST, 142 symbols a second, and ${title} samples ${sampleHz} a second; leave it out, or add samples up to ${FAST_SAMPLE_HZ}`
    : undefined;
}

function fileFault(product: Product): string | undefined {
  const missing = SCRIPT_ROLES.find((role) => !existsSync(scriptPath(product, role)));
  return missing && `${missing}.ts is missing beside it; write the script that the ${missing} stage runs`;
}
