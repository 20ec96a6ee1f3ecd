// SPDX-License-Identifier: Apache-2.0
// What operators are shown, by command and over HTTP: never a key, never a token. Times are ISO 8601.
import { Type } from "@sinclair/typebox";
import type { Static, TProperties } from "@sinclair/typebox";
import { UNIT_STATES } from "../domain/unit-machine.js";

const OrNull = <Schema extends ReturnType<typeof Type.String>>(schema: Schema) => Type.Union([schema, Type.Null()]);
const Time = Type.String({ format: "date-time" });
export const DeviceId = Type.String({ pattern: "^[0-9a-f]{16}$" });

export const UnitState = Type.Union(Object.values(UNIT_STATES).map((state) => Type.Literal(state)));

export const UnitRow = Type.Object({
  deviceId: DeviceId,
  product: Type.String(),
  group: Type.String(),
  state: Type.String(),
  serial: OrNull(Type.String()),
  fixture: OrNull(Type.String()),
  slot: Type.Integer(),
  changedAt: Time,
});
export type UnitRow = Static<typeof UnitRow>;

/** All that is known of one unit, its runs apart. */
export const UnitCard = Type.Object({
  ...UnitRow.properties,
  blessing: Type.Union([
    Type.Object({ record: Type.String(), signature: Type.String(), acknowledgedAt: Time }),
    Type.Null(),
  ]),
  /** The latest that its script said, oldest first. */
  items: Type.Array(Type.Object({ at: Time, name: Type.String(), data: Type.String() })),
});
export type UnitCard = Static<typeof UnitCard>;

export const RunRow = Type.Object({
  id: Type.Integer(),
  startedAt: Time,
  verdict: OrNull(Type.String()),
  attempts: Type.Array(
    Type.Object({
      phase: Type.String(),
      attempt: Type.Integer(),
      outcome: Type.Integer({ description: "0 pass, 1 fail, 2 error, 3 timeout, 4 not on the board, 5 skipped" }),
      measurements: Type.Array(Type.Object({ name: Type.String(), value: Type.Union([Type.Number(), Type.Null()]) })),
    }),
  ),
});
export type RunRow = Static<typeof RunRow>;

const GroupId = Type.Union([Type.Integer(), Type.Null()], { description: "of a fixture group alone" });
export const GroupRow = Type.Object({
  id: Type.Integer(),
  product: Type.String(),
  name: Type.String(),
  kind: Type.String(),
  dutTarget: GroupId,
  productionTarget: GroupId,
  unblessKey: Type.Boolean({ description: "whether one was made" }),
  units: Type.Integer(),
});
export type GroupRow = Static<typeof GroupRow>;

/** The id is what the wire shows of a token; the token itself stays sealed. */
export const TokenRow = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  product: Type.String(),
  fixture: OrNull(Type.String()),
  slot: Type.Integer(),
  state: Type.Union(["waiting", "used", "expired", "crosstalk"].map((state) => Type.Literal(state))),
  deviceId: OrNull(Type.String()),
  expiresAt: Time,
});
export type TokenRow = Static<typeof TokenRow>;

export const AuditEntry = Type.Object({
  id: Type.Integer(),
  chain: Type.String({ description: "a device, a fixture, groups, keys or strangers" }),
  at: Time,
  event: Type.String(),
  detail: Type.Unknown(),
  hash: Type.String(),
});
export type AuditEntry = Static<typeof AuditEntry>;

/** One value that was measured, with all that it belongs to. */
export const MeasurementRow = Type.Object({
  deviceId: DeviceId,
  serial: OrNull(Type.String()),
  product: Type.String(),
  run: Type.Integer(),
  startedAt: Time,
  verdict: OrNull(Type.String()),
  phase: Type.String(),
  attempt: Type.Integer(),
  outcome: Type.Integer(),
  name: Type.String(),
  value: Type.Union([Type.Number(), Type.Null()]),
});
export type MeasurementRow = Static<typeof MeasurementRow>;

export const columnsOf = (view: { readonly properties: TProperties }): string[] => Object.keys(view.properties);
