// SPDX-License-Identifier: Apache-2.0
// Webhooks over HTTP, for engineers: an address may hold a secret of the receiver's, so nobody else sees them.
import { Type } from "@sinclair/typebox";
import type { Asked, Route } from "../operators/operator-route.js";
import { exactly, named, PageFields, pageOf } from "../operators/operator-route.js";
import { DELIVERY_STATES, DeliveryRow, NewWebhook, TestOutcome, WebhookRow } from "./webhooks.js";

const Params = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });
const State = Type.Union(DELIVERY_STATES.map((state) => Type.Literal(state)));
const idOf = ({ id }: Asked): number => Number(id);

export const WEBHOOK_ROUTES: readonly Route[] = [
  {
    method: "GET",
    url: "/v1/webhooks",
    role: "engineer",
    querystring: exactly(PageFields),
    response: pageOf("webhooks", WebhookRow),
    answer: ({ webhooks }, { page }) => named("webhooks", webhooks.list(page)),
  },
  {
    method: "POST",
    url: "/v1/webhooks",
    role: "engineer",
    body: NewWebhook,
    response: Type.Object({ webhook: WebhookRow, secret: Type.String({ description: "shown this once" }) }),
    answer: ({ webhooks }, { body, by }) => webhooks.add(body as unknown as NewWebhook, by),
  },
  {
    method: "DELETE",
    url: "/v1/webhooks/:id",
    role: "engineer",
    params: Params,
    response: Type.Object({ id: Type.Integer(), removed: Type.Boolean() }),
    async answer({ webhooks }, asked) {
      await webhooks.remove(idOf(asked), asked.by);
      return { id: idOf(asked), removed: true };
    },
  },
  {
    method: "GET",
    url: "/v1/webhooks/:id/deliveries",
    role: "engineer",
    params: Params,
    querystring: exactly({ ...PageFields, state: Type.Optional(State) }),
    response: pageOf("deliveries", DeliveryRow),
    answer: ({ webhooks }, asked) =>
      named("deliveries", webhooks.deliveries({ webhook: idOf(asked), state: asked.filter.state }, asked.page)),
  },
  {
    method: "POST",
    url: "/v1/webhooks/:id/test",
    role: "engineer",
    params: Params,
    response: TestOutcome,
    answer: ({ webhooks }, asked) => webhooks.test(idOf(asked)),
  },
  {
    method: "POST",
    url: "/v1/webhooks/:id/retry",
    role: "engineer",
    params: Params,
    response: Type.Object({ id: Type.Integer(), messages: Type.Integer() }),
    answer: async ({ webhooks }, asked) => ({
      id: idOf(asked),
      messages: await webhooks.retry(idOf(asked), asked.by),
    }),
  },
];
