// SPDX-License-Identifier: Apache-2.0
// From one stage to another within a start.
import type { Chain } from "../chain.js";

/** The build puts the names here that the stage leaves at the root. They go first: their functions take room, and none is declared twice. */
const FORGET = '"lightline:names".split(" ").forEach(function(name){delete global[name]});';

export const chain: Chain = (stage, entries) => {
  chainedEntries = entries;
  setTimeout(FORGET + 'eval(require("Storage").read("' + stage + '"))', 0);
};
