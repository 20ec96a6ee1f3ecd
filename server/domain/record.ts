// SPDX-License-Identifier: Apache-2.0
// The blessing record: what the server signs and the device keeps without reading it.

const NO_FIXTURE = "0".repeat(16);

export interface Blessing {
  readonly product: string;
  readonly serial: string;
  readonly deviceId: string;
  readonly keyHash: string;
  /** null when the light was made elsewhere. */
  readonly fixture: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly signingKeyId: string;
}

/** One line of JSON; the order of its keys is part of the format. */
export function blessingRecord(blessing: Blessing): string {
  return JSON.stringify({
    v: 1,
    product: blessing.product,
    serial: blessing.serial,
    deviceId: blessing.deviceId,
    keyHash: blessing.keyHash,
    fixtureId: blessing.fixture ?? NO_FIXTURE,
    time: new Date(blessing.at).toISOString(),
    key: blessing.signingKeyId,
  });
}
