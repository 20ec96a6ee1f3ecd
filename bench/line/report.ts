// SPDX-License-Identifier: Apache-2.0
// What a line did: one row a unit, as a table for people and as JSON for programs.
import { formatTable } from "../table.js";

export interface Measurement {
  readonly phase: string;
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

export interface UnitReport {
  readonly unit: number;
  readonly deviceId: string;
  readonly serial: string | null;
  /** The server's word for the unit. */
  readonly state: string;
  /** Whether it was built to fail. */
  readonly faulty: boolean;
  /** Ended as it should, by the server, by its LED and by its flash. */
  readonly ok: boolean;
  /** Why not, in one sentence; empty when ok. */
  readonly problem: string;
  readonly measurements: readonly Measurement[];
  readonly virtualS: number;
}

export interface LineReport {
  readonly ok: boolean;
  readonly product: string;
  readonly seed: number;
  readonly units: readonly UnitReport[];
  readonly virtualS: number;
  readonly wallS: number;
  readonly buildS: number;
  readonly dataDir: string | null;
}

const HEADINGS = ["unit", "serial", "device id", "state", "measurements", "virtual s"];

export function formatReport(report: LineReport): string {
  const rows = report.units.map((unit) => [
    String(unit.unit),
    unit.serial ?? "-",
    unit.deviceId,
    unit.ok ? unit.state : `${unit.state}: ${unit.problem}`,
    unit.measurements.map(formatMeasurement).join(", "),
    unit.virtualS.toFixed(1),
  ]);
  const good = report.units.filter((unit) => unit.state === "shippable").length;
  const failed = report.units.length - good;
  const summary =
    `${good} shippable, ${failed} failed${report.ok ? " as built to" : ""}; ${report.virtualS.toFixed(1)} s on the line in ` +
    `${report.wallS.toFixed(1)} s of wall time, after a build of ${report.buildS.toFixed(1)} s`;
  return `${formatTable([HEADINGS, ...rows])}\n${summary}\n`;
}

function formatMeasurement(measurement: Measurement): string {
  const unit = measurement.unit === "1" ? "" : ` ${measurement.unit}`;
  return `${measurement.name} ${Number(measurement.value.toPrecision(4))}${unit}`;
}
