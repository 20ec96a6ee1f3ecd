// SPDX-License-Identifier: Apache-2.0
// lightline verify RECORD: whether the factory issued a blessing, by its public key alone.
import { Command } from "commander";
import { readPublicKeys, serverPublicKeys } from "../verify/public-keys.js";
import { readSignedRecord } from "../verify/signed-record.js";
import type { BlessingFacts } from "../verify/verify.js";
import { verifyRecord } from "../verify/verify.js";

interface VerifyOptions {
  readonly key?: string;
  readonly data: string;
  readonly signature?: string;
  readonly json?: boolean;
}

export function verifyCommand(): Command {
  return new Command("verify")
    .description("check a blessing record with the factory's public key; exit 1 when it proves nothing")
    .argument(
      "<record>",
      '"-" for standard input; the line itself, { record, signature }, or what flash-dump --json said',
    )
    .option("--key <file>", "the public key: PEM, several perhaps, or 64 hex digits")
    .option("--data <dir>", "without --key: the server's data folder, which has them", ".lightline")
    .option("--signature <hex>", "the signature, or a file that holds it, when RECORD does not")
    .option("--json", "print one JSON object")
    .action(verify);
}

function verify(file: string, { key, data, signature, json }: VerifyOptions): void {
  const keys = key === undefined ? serverPublicKeys(data) : readPublicKeys(key);
  const facts = verifyRecord(readSignedRecord(file, signature), keys);
  process.stdout.write((json ? JSON.stringify({ genuine: true, ...facts }) : wordsOf(facts)) + "\n");
}

const wordsOf = ({ product, serial, deviceId, fixtureId, time, key }: BlessingFacts): string =>
  [
    `Genuine: signed by key ${key}`,
    `product    ${product}`,
    `serial     ${serial}`,
    `device id  ${deviceId}`,
    `fixture    ${fixtureId}`,
    `time       ${time}`,
  ].join("\n  ");
