// SPDX-License-Identifier: Apache-2.0
// A frame's fields for other eyes: how long a secret is, and no more.
import type { Fields } from "../../decode.js";

const hidden = (secret: string): string => (secret ? `(${Buffer.byteLength(secret)} bytes, not shown)` : "");

export function masked(fields: Fields): Fields {
  const { password, planId, token, proxy } = fields;
  return {
    ...fields,
    ...(password !== undefined && { password: hidden(password) }),
    // In a factory both halves are the token's.
    ...(planId !== undefined && { planId: "(not shown)" }),
    ...(token !== undefined && { token: "(not shown)" }),
    ...(proxy?.password !== undefined && { proxy: { ...proxy, password: hidden(proxy.password) } }),
  };
}
