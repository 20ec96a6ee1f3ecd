// SPDX-License-Identifier: Apache-2.0
// The lines of esptool that put files into a board, as README_flash of Espruino's archive has them.
import type { Chip } from "../build/chips.js";

const BAUD = 460800;

export const eraseLine = (chip: Chip, port: string): string => `${esptool(chip, port)} erase_flash`;

export function writeLine(chip: Chip, port: string, files: readonly { address: string; name: string }[]): string {
  const { flashMode, flashFreq } = chip.install;
  const how = `--baud ${BAUD} write_flash -z --flash_mode ${flashMode} --flash_freq ${flashFreq}`;
  return `${esptool(chip, port)} ${how} ${files.map(({ address, name }) => `${address} ${name}`).join(" ")}`;
}

const esptool = (chip: Chip, port: string): string => `esptool.py --chip ${chip.name} --port ${port}`;
