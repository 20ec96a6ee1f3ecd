// SPDX-License-Identifier: Apache-2.0
// What comes in from outside, checked at the edge.
import { Type } from "@sinclair/typebox";
import type { Static } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { ServerError } from "./errors.js";

const Limit = Type.Object({
  phase: Type.String({ minLength: 1 }),
  name: Type.String({ minLength: 1 }),
  unit: Type.String(),
  min: Type.Optional(Type.Number()),
  max: Type.Optional(Type.Number()),
});
export type Limit = Static<typeof Limit>;

/** What a product's agents may call beside each other. */
const AgentReach = Type.Object({
  /** Origins with public addresses; "*" for all of them. */
  allow: Type.Optional(Type.Array(Type.String())),
  /** Origins that may have any address, private ones and this machine's too. */
  allowPrivate: Type.Optional(Type.Array(Type.String())),
});
export type AgentReach = Static<typeof AgentReach>;

/** The part of product.json that the server judges by; other keys are left out. */
export const ProductConfig = Type.Object({
  name: Type.String({ minLength: 1 }),
  /** One run of # stands for the digits of the count. */
  serialFormat: Type.String({ pattern: "^[ -~]*#[ -~]*$" }),
  measurements: Type.Array(Limit),
  leaseS: Type.Number({ minimum: 1 }),
  tokenS: Type.Number({ minimum: 1 }),
  agents: Type.Optional(AgentReach),
});
export type ProductConfig = Static<typeof ProductConfig>;

export const MessageParams = Type.Object({ type: Type.Integer({ minimum: 1, maximum: 255 }) });
export type MessageParams = Static<typeof MessageParams>;

/** The part of `product` that the server keeps. @throws ServerError PRODUCT_REJECTED */
export function checkProduct(product: ProductConfig): ProductConfig {
  const fault = Value.Errors(ProductConfig, product).First();
  if (fault)
    throw new ServerError(
      "PRODUCT_REJECTED",
      `The product's "${fault.path.slice(1)}" cannot be used: ${fault.message}.`,
    );
  return Value.Clean(ProductConfig, Value.Clone(product)) as ProductConfig;
}
