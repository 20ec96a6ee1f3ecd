// SPDX-License-Identifier: Apache-2.0
// Device Groups: which kinds there are, what a fixture group aims at, who gets where and how, and what may be called from where.

/** The test twins run the whole process in the laboratory, and never make a device of the real line's. */
export const GROUP_KINDS = [
  "development",
  "fixture",
  "dut",
  "production",
  "test-fixture",
  "test-dut",
  "test-production",
] as const;
export type GroupKind = (typeof GROUP_KINDS)[number];

/** What a fixture group aims at: light moves a device into the one, blessing from there into the other. */
export interface TargetKinds {
  readonly dut: GroupKind;
  readonly production: GroupKind;
}

const TARGETS: { readonly [kind in GroupKind]?: TargetKinds } = {
  fixture: { dut: "dut", production: "production" },
  "test-fixture": { dut: "test-dut", production: "test-production" },
};

/** Undefined for every group but a fixture's, which has none. */
export const targetKinds = (kind: GroupKind): TargetKinds | undefined => TARGETS[kind];

export const isProduction = (kind: GroupKind): boolean => kind === "production" || kind === "test-production";

export const isTest = (kind: GroupKind): boolean => kind.startsWith("test-");

/** Electric Imp's reserved calls, as the server hears of them: a token that is asked for, a blessing or its results. */
const RESERVED = {
  factoryblinkup: ["fixture", "test-fixture"],
  bless: ["dut", "test-dut"],
} as const satisfies { readonly [call: string]: readonly GroupKind[] };
export type ReservedCall = keyof typeof RESERVED;

/** Whether a device of such a group may call it, whatever its firmware says. */
export const mayCall = (kind: GroupKind, call: ReservedCall): boolean =>
  (RESERVED[call] as readonly GroupKind[]).includes(kind);

/** Whether a device that holds a key of this factory's may answer to light that leads there: the laboratory's and the line's never mix. */
export const mayBeReseated = (from: GroupKind, dutTarget: GroupKind): boolean => isTest(from) === isTest(dutTarget);

/** Whether a hand may move a unit: out of testing, or from one production group to the next; never into testing or blessing. */
export const mayBeMoved = (from: GroupKind, to: GroupKind): boolean =>
  isProduction(from) ? to === from : to === "development";
