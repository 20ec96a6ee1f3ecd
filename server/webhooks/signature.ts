// SPDX-License-Identifier: Apache-2.0
// How a receiver knows that a message is ours: headers as Standard Webhooks has them, so that its libraries verify them.
import { createHmac } from "node:crypto";

const PREFIX = "whsec_";

/** As the receiver is given it. */
export const secretText = (secret: Uint8Array): string => PREFIX + Buffer.from(secret).toString("base64");

export interface SignedMessage {
  /** The same at every attempt. */
  readonly id: string;
  readonly atMs: number;
  readonly body: string;
}

export function signedHeaders(secret: Uint8Array, { id, atMs, body }: SignedMessage): { [name: string]: string } {
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
