// SPDX-License-Identifier: Apache-2.0
// What a measurement uses of Espruino on a host, and the firmware does not.

interface EspruinoModules {
  fs: { readFileSync(name: string): string };
}
