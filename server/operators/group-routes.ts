// SPDX-License-Identifier: Apache-2.0
// Device Groups over HTTP: everybody looks, engineers make and aim them.
import { Type } from "@sinclair/typebox";
import type { TObject } from "@sinclair/typebox";
import type { NewGroup, Targets } from "./group-desk.js";
import { GROUP_NAME } from "./group-desk.js";
import { GROUP_KINDS } from "../domain/groups.js";
import type { Asked, OperatorTools, Route } from "./operator-route.js";
import { exactly, named, PageFields, pageOf, Reason, UnitParams } from "./operator-route.js";
import { GroupRow } from "./views.js";

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const GroupParams = Type.Object({ id: Id });
const OneGroup = Type.Object({ group: GroupRow });

/** Changes something, and answers with the group as it is then. */
const change = (
  method: "POST",
  url: string,
  edges: { readonly params?: TObject; readonly body: TObject },
  work: (tools: OperatorTools, asked: Asked) => Promise<number>,
): Route => ({
  ...{ method, url, role: "engineer", ...edges, response: OneGroup },
  async answer(tools, asked) {
    return { group: await tools.lists.group(await work(tools, asked)) };
  },
});

const groupIn = ({ body }: Asked): number => body.group as number;

export const GROUP_ROUTES: readonly Route[] = [
  {
    method: "GET",
    url: "/v1/groups",
    role: "viewer",
    querystring: exactly(PageFields),
    response: pageOf("groups", GroupRow),
    answer: ({ lists }, { page }) => named("groups", lists.groups(page)),
  },
  change(
    "POST",
    "/v1/groups",
    {
      body: exactly({
        product: Type.String({ maxLength: 200 }),
        kind: Type.Union(GROUP_KINDS.map((kind) => Type.Literal(kind))),
        name: Type.String({ pattern: GROUP_NAME }),
        dutTarget: Type.Optional(Id),
        productionTarget: Type.Optional(Id),
      }),
    },
    ({ groups }, { body, by }) => groups.add(body as unknown as NewGroup, by),
  ),
  change(
    "POST",
    "/v1/groups/:id/targets",
    { params: GroupParams, body: exactly({ dutTarget: Id, productionTarget: Id }) },
    async ({ groups }, { id, body, by }) => {
      await groups.setTargets(Number(id), body as Targets, by);
      return Number(id);
    },
  ),
  {
    method: "DELETE",
    url: "/v1/groups/:id",
    role: "engineer",
    params: GroupParams,
    response: Type.Object({ id: Type.Integer(), removed: Type.Boolean() }),
    async answer({ groups }, { id, by }) {
      await groups.remove(Number(id), by);
      return { id: Number(id), removed: true };
    },
  },
  change(
    "POST",
    "/v1/units/:id/group",
    { params: UnitParams, body: exactly({ group: Id, ...Reason }) },
    async ({ groups }, asked) => {
      await groups.moveUnit(asked.id, groupIn(asked), asked.reason, asked.by);
      return groupIn(asked);
    },
  ),
  change(
    "POST",
    "/v1/fixtures/:id/group",
    { params: UnitParams, body: exactly({ group: Id }) },
    async ({ groups }, asked) => {
      await groups.moveFixture(asked.id, groupIn(asked), asked.by);
      return groupIn(asked);
    },
  ),
];
