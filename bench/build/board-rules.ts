// SPDX-License-Identifier: Apache-2.0
// What a board could not work with: each rule gives a sentence that names the field and what to write.
import type { Board } from "./boards.js";
import type { Region } from "./chips.js";

/** Without its full stop; undefined when the board could work. */
export function boardFault(board: Board): string | undefined {
  const rules = [tierFault, pinFault, outputFault, sensorFault, inputFault, rateFault, roleFault, flashFault];
  return rules.map((rule) => rule(board)).find((fault) => fault !== undefined);
}

/** Only the emulator and the real interpreter run at every change. */
function tierFault({ tier, open, chip }: Board): string | undefined {
  if ((tier === 1) !== (chip.name === "virtual"))
    return `"tier" is ${tier}; write 1 for a virtual board, and 2 or 3 for one that nobody has run yet`;
  if ((tier === 3) === (open !== undefined)) return undefined;
  return open ? `"open" says what is not known; write "tier": 3` : `"open" is missing; write what is not known of it`;
}

/** Every pin with the field that names it. */
function rolePins(board: Board): [field: string, pin: number][] {
  const pins: [string, number][] = [
    ["light.pin", board.light.pin],
    ["led.red", board.led.red],
    ["led.green", board.led.green],
    ["button.pin", board.button.pin],
  ];
  if (board.emitter) pins.push(["emitter.pin", board.emitter.pin]);
  if (board.rescue) pins.push(["rescue.pin", board.rescue.pin]);
  return pins;
}

function pinFault(board: Board): string | undefined {
  const users = new Map<number, string>();
  const named = Object.entries(board.pins).map(([name, pin]): [string, number] => [`pins.${name}`, pin]);
  for (const [field, pin] of [...rolePins(board), ...named]) {
    const unfit = unfitness(board, field, pin);
    if (unfit) return `"${field}" is GPIO ${pin}, ${unfit}; use another pin`;
    const other = users.get(pin);
    // A script names the pin that it blinks, so the emitter's may have a name.
    const scriptEmitter = other === "emitter.pin" && field.startsWith("pins.");
    if (other && !scriptEmitter) return `"${field}" and "${other}" are both GPIO ${pin}; give each a pin of its own`;
    users.set(pin, field);
  }
  return undefined;
}

function unfitness({ chip, taken = {} }: Board, field: string, pin: number): string | undefined {
  if (chip.flashPins.includes(pin)) return "which is wired to the flash";
  if (chip.consolePins.includes(pin)) return "the serial console";
  if (!chip.gpios.includes(pin)) return `which ${chip.title} does not have`;
  const owner = Object.keys(taken).find((what) => taken[what]?.includes(pin));
  if (owner) return `which is ${owner}'s`;
  if (field !== "button.pin" && chip.negated.includes(pin)) return "whose level Espruino turns over";
  return undefined;
}

function outputFault({ chip, led, emitter }: Board): string | undefined {
  const outputs: [string, number | undefined][] = [
    ["led.red", led.red],
    ["led.green", led.green],
    ["emitter.pin", emitter?.pin],
  ];
  const fault = outputs.find(([, pin]) => pin !== undefined && chip.inputOnly.includes(pin));
  return fault && `"${fault[0]}" is GPIO ${fault[1]}, which is an input only; use a pin that can drive an output`;
}

function sensorFault({ chip, light: { pin, sensor } }: Board): string | undefined {
  if (sensor === "analog" && !chip.analog.length)
    return `"light.sensor" is "analog", and Espruino reads no converter of ${chip.title}; write "edges", behind a comparator`;
  if (sensor === "analog" && !chip.analog.includes(pin))
    return `"light.pin" is GPIO ${pin}, which is not on ADC1; use one of ${chip.analog.join(", ")}`;
  if (chip.strapping.includes(pin))
    return `"light.pin" is GPIO ${pin}, and a sensor there would change how the chip starts; use a pin other than ${chip.strapping.join(", ")}`;
  if (sensor === "edges" && chip.unwatched.includes(pin)) return watchFault("light.pin", pin, chip.unwatched);
  return undefined;
}

function inputFault({ chip, button, rescue }: Board): string | undefined {
  if (chip.unwatched.includes(button.pin)) return watchFault("button.pin", button.pin, chip.unwatched);
  if (rescue && chip.inputOnly.includes(rescue.pin))
    return `"rescue.pin" is GPIO ${rescue.pin}, which has no pull-up; use a pin below ${Math.min(...chip.inputOnly)}`;
  if (rescue && chip.strapping.includes(rescue.pin))
    return `"rescue.pin" is GPIO ${rescue.pin}, and held at a start it would change how the chip starts; use a pin other than ${chip.strapping.join(", ")}`;
  return undefined;
}

const watchFault = (field: string, pin: number, unwatched: readonly number[]): string =>
  `"${field}" is GPIO ${pin}, whose edges Espruino misses or invents; use a pin other than ${unwatched.join(", ")}`;

function rateFault({ light: { sensor, sampleHz }, chip }: Board): string | undefined {
  if (sensor === "edges")
    return sampleHz === undefined
      ? undefined
      : `"light.sampleHz" is ${sampleHz}, and a comparator is not sampled; leave it out`;
  if (sampleHz === undefined) return `"light.sampleHz" is missing; write samples a second, 200 to ${chip.maxSampleHz}`;
  return sampleHz > chip.maxSampleHz
    ? `"light.sampleHz" is ${sampleHz}, and ${chip.title} reads ${chip.maxSampleHz} at most; write that or less`
    : undefined;
}

function roleFault(board: Board): string | undefined {
  return board.roles.includes("fixture") && !board.emitter
    ? `"emitter" is missing and "roles" has "fixture"; write the BlinkUp LED as { "pin", "activeLow" }`
    : undefined;
}

const endOf = ({ address, bytes }: Region): number => Number(address) + bytes;
const overlap = (one: Region, other: Region): boolean =>
  Number(one.address) < endOf(other) && Number(other.address) < endOf(one);
const spanOf = (region: Region): string =>
  `0x${Number(region.address).toString(16)} to 0x${(endOf(region) - 1).toString(16)}`;

function flashFault({ chip, flash }: Board): string | undefined {
  const { pageBytes } = chip.rawFlash;
  for (const [name, region] of Object.entries(flash) as [string, Region][]) {
    if (Number(region.address) % pageBytes || region.bytes % pageBytes)
      return `"flash.${name}" is not whole pages; write an address and a length that are multiples of ${pageBytes}`;
    if (region.bytes < 2 * pageBytes)
      return `"flash.${name}" is ${region.bytes} bytes; write ${2 * pageBytes}, since a record moves between two pages`;
    const owner = Object.entries(chip.partitions).find(([, partition]) => overlap(partition, region));
    if (owner)
      return `"flash.${name}" overlaps Espruino's ${owner[0]} (${spanOf(owner[1])}); stay within ${spanOf(chip.rawFlash)}`;
    if (Number(region.address) < Number(chip.rawFlash.address) || endOf(region) > endOf(chip.rawFlash))
      return `"flash.${name}" leaves the flash that Espruino does not use; stay within ${spanOf(chip.rawFlash)}`;
  }
  return overlap(flash.settings, flash.identity)
    ? `"flash.settings" and "flash.identity" overlap; give each its own pages`
    : undefined;
}
