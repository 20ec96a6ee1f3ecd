// SPDX-License-Identifier: Apache-2.0
// Checks a JSON file against a schema and says in one sentence what is wrong and what to write.
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { Ajv } from "ajv";
import type { ErrorObject, SchemaObject } from "ajv";
import { UserError } from "../errors.js";

/** A path as the user would type it. */
export function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") ? path : fromHere;
}

/** @throws UserError with `code` when the file is missing or is not JSON. */
export function readJson(path: string, code: string): unknown {
  if (!existsSync(path)) throw new UserError(code, `${shownPath(path)} does not exist; create it.`);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (error) {
    throw new UserError(code, `${shownPath(path)} is not JSON: ${(error as Error).message}.`);
  }
}

/** Makes a function that returns its argument as `T`, or throws a UserError that names `path` and the field. */
export function schemaCheck<T>(schema: SchemaObject, code: string): (value: unknown, path: string) => T {
  const validate = new Ajv({ verbose: true, strict: true }).compile<T>(schema);
  return (value, path) => {
    if (validate(value)) return value;
    throw new UserError(code, `${shownPath(path)}: ${sentence(validate.errors![0]!)}`);
  };
}

function sentence(error: ErrorObject): string {
  const parent = error.parentSchema as { description?: string; properties?: Record<string, { description?: string }> };
  const field = error.instancePath.slice(1).replaceAll("/", ".");
  const within = (name: string) => `"${field ? `${field}.${name}` : name}"`;
  const found = JSON.stringify(error.data);
  switch (error.keyword) {
    case "required": {
      const missing = String(error.params["missingProperty"]);
      return `${within(missing)} is missing; write ${parent.properties?.[missing]?.description ?? "it"}.`;
    }
    case "additionalProperties":
      return `${within(String(error.params["additionalProperty"]))} is unknown; the fields here are ${Object.keys(parent.properties ?? {}).join(", ")}.`;
    case "enum":
      return `"${field}" is ${found}; write one of ${(error.schema as unknown[]).map((one) => JSON.stringify(one)).join(", ")}.`;
    default:
      return `"${field}" is ${found}; write ${parent.description ?? `what ${error.message ?? "fits"}`}.`;
  }
}
