// SPDX-License-Identifier: Apache-2.0
// Routes' schemas, compiled. An address is all text, so numbers are read out of it; a body has types of its own, and `true` is no reason.
import { Ajv } from "ajv";
import formats from "ajv-formats";
import type { FastifySchemaCompiler } from "fastify";

/** A field that is not known is refused: a misspelt filter, left out, would list everything. */
const OPTIONS = { useDefaults: true, removeAdditional: false } as const;

const ofAddresses = new Ajv({ ...OPTIONS, coerceTypes: true });
const ofBodies = new Ajv(OPTIONS);
for (const ajv of [ofAddresses, ofBodies]) formats.default(ajv);

export const compileSchema: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === "body" ? ofBodies : ofAddresses).compile(schema);
