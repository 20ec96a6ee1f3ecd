// SPDX-License-Identifier: Apache-2.0
// How far a board has been tried, and what its owner sends to take it further.
import type { Board } from "./boards.js";

const TIERS: { readonly [tier in Board["tier"]]: string } = {
  1: "runs at every change, in the emulator and in a real interpreter on a host",
  2: "its file is checked against its chip and Espruino's build for it; nobody has run it on the board itself",
  3: "as tier 2, and some of it is not known",
};

/** As in "tier 2: its file is checked ...". */
export const tierOf = ({ tier }: Board): string => `tier ${tier}: ${TIERS[tier]}`;

/** The commands whose output takes a board that nobody has run one tier up; none for a virtual one. */
export const sendOf = ({ name, tier }: Board): readonly string[] =>
  tier === 1
    ? []
    : ["doctor", "flash", "selftest"].map((verb) => `lightline ${verb} --board ${name} --port PORT --json`);

/** Where an owner reads what to send; empty for a virtual board. */
export const askOf = ({ name, tier }: Board): string =>
  tier === 1 ? "" : `; if it works, or does not, send what lightline boards ${name} asks for`;
