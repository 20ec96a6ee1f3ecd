// SPDX-License-Identifier: Apache-2.0
// Unpredictable bytes, as good as the chip has. Nothing may rest on them alone: the interpreter's own generator repeats.

export interface Entropy {
  fill(into: Uint8Array): void;
}
