// SPDX-License-Identifier: Apache-2.0
// What is no frame is none: flipped bits, noise, cut light.
import assert from "node:assert/strict";
import fc from "fast-check";
import { digest } from "../../hal/sim/digest.js";
import { EntryType, entriesAreValid, putEntry } from "../../firmware/core/blinkup/entries.js";
import { encodePacket, START_BYTE } from "../../firmware/core/blinkup/packet.js";
import { biLevelRuns } from "../../firmware/core/modem/bi-level.js";
import { DecodeStatus } from "../../firmware/core/modem/decode-status.js";
import { Frame } from "../../firmware/core/modem/frame.js";
import { Repeats } from "../../firmware/core/modem/repeats.js";
import { Receiver } from "../../firmware/core/modem/receiver.js";
import { Waveform } from "../../firmware/core/modem/waveform.js";

function entriesOf(ssid: string, password: string, token: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(255);
  let end = putEntry(bytes, 0, EntryType.Ssid, Buffer.from(ssid));
  end = putEntry(bytes, end, EntryType.Password, Buffer.from(password));
  end = putEntry(bytes, end, EntryType.Enrolment, token);
  return bytes.subarray(0, end);
}

/** Runs of a lamp as a sensor sees them: 0.3 of full scale over a dim room. */
function lampLight(packet: Uint8Array, symbolHz: number, sampleHz: number): Uint8Array {
  const samples: number[] = Array.from({ length: sampleHz / 2 }, () => 40);
  let ends = samples.length;
  let lit = true;
  for (const run of biLevelRuns(packet)) {
    ends += (run * sampleHz) / symbolHz;
    while (samples.length < ends) samples.push(lit ? 116 : 40);
    lit = !lit;
  }
  return Uint8Array.from([...samples, ...Array.from({ length: sampleHz }, () => 40)]);
}

function receive(light: Uint8Array, sampleHz: number): { entries: Uint8Array | undefined; refused: number } {
  const receiver = new Receiver(sampleHz, digest);
  for (let at = 0; at < light.length; at += 128) {
    const block = light.subarray(at, at + 128);
    if (receiver.feed(block, block.length) === DecodeStatus.Complete)
      return { entries: receiver.entries.slice(0, receiver.entriesLength), refused: receiver.refused };
  }
  return { entries: undefined, refused: receiver.refused };
}

const anyEntries = fc
  .tuple(
    fc.string({ maxLength: 32 }).filter((text) => !text.includes("\0") && Buffer.byteLength(text) <= 32),
    fc.string({ maxLength: 63 }).filter((text) => !text.includes("\0") && Buffer.byteLength(text) <= 63),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  )
  .map(([ssid, password, token]) => entriesOf(ssid, password, token));

describe("a lamp's light", () => {
  for (const [symbolHz, sampleHz] of [
    [60, 400],
    [60, 1000],
    [142, 600],
    [142, 1000],
    [40, 600],
  ] as const)
    it(`comes back exactly, any settings, ${symbolHz} symbols a second at ${sampleHz} Hz`, () => {
      fc.assert(
        fc.property(anyEntries, (entries) => {
          const light = lampLight(encodePacket(entries, entries.length), symbolHz, sampleHz);
          assert.deepEqual(receive(light, sampleHz).entries, new Uint8Array(entries));
        }),
        { numRuns: 60, seed: 1 },
      );
    });
});

describe("a frame", () => {
  const entries = entriesOf("factory-line-1", "correct horse battery", new Uint8Array(16).fill(0x5a));
  const packet = encodePacket(entries, entries.length);

  function verdict(bytes: Uint8Array): DecodeStatus {
    const frame = new Frame(new Repeats(digest));
    frame.start(Waveform.TriLevel, false, START_BYTE);
    for (let bit = 8; bit < bytes.length * 8 && !frame.status; bit++)
      frame.bit((bytes[bit >> 3]! >> (7 - (bit & 7))) & 1, false);
    return frame.status;
  }

  it("takes the packet as it was made", () => assert.equal(verdict(packet), DecodeStatus.Complete));

  it("refuses every single-bit error in length, entries and check", () => {
    for (let bit = 8; bit < packet.length * 8; bit++) {
      const flipped = packet.slice();
      flipped[bit >> 3]! ^= 0x80 >> (bit & 7);
      // Trailing zeros give a length that grew something to read.
      const status = verdict(Uint8Array.from([...flipped, ...new Uint8Array(300)]));
      assert.notEqual(status, DecodeStatus.Complete, `bit ${bit}`);
    }
  });
});

describe("the receiver", () => {
  it("makes no frame of noise, of any strength", () => {
    let state = 1;
    const noise = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
    for (const swing of [4, 20, 90, 255]) {
      const receiver = new Receiver(1000, digest);
      for (let block = 0; block < 3000; block++) {
        const samples = Uint8Array.from({ length: 256 }, () => Math.floor(noise() * swing));
        assert.notEqual(receiver.feed(samples, 256), DecodeStatus.Complete);
      }
    }
  });

  it("makes no frame of light that is cut anywhere", () => {
    const entries = entriesOf("net", "password", new Uint8Array(16));
    const light = lampLight(encodePacket(entries, entries.length), 60, 600);
    // The last bits of this check are zeros: darkness may stand for them, so the cut ends before.
    const whole = light.length - 600 - Math.ceil((600 / 60) * 24);
    for (let cut = 0; cut < whole; cut += 37) {
      const rest = new Uint8Array(light.length).fill(40);
      rest.set(light.subarray(0, cut));
      assert.equal(receive(rest, 600).entries, undefined, `cut at ${cut}`);
    }
  });
});

describe("entries", () => {
  const good = entriesOf("net", "password", new Uint8Array(16));
  const rows: readonly (readonly [string, readonly number[], boolean])[] = [
    ["whole and in order", [...good], true],
    ["none at all", [], false],
    ["an entry that runs over the end", [1, 9, 65], false],
    ["bytes left over", [...good, 1], false],
    ["an unknown type", [2, 1, 65], false],
    ["the password before the SSID", [6, 1, 65, 1, 1, 65], false],
    ["an SSID twice", [1, 1, 65, 1, 1, 66], false],
    ["an SSID of 33 bytes", [1, 33, ...new Array<number>(33).fill(65)], false],
    ["an SSID that is no UTF-8", [1, 2, 0xc3, 0x28], false],
    ["an overlong UTF-8 form", [1, 2, 0xc0, 0xaf], false],
    ["a UTF-8 surrogate", [1, 3, 0xed, 0xa0, 0x80], false],
    ["an enrolment of 15 bytes", [5, 15, ...new Array<number>(15).fill(1)], false],
    ["a clear alone", [7, 0], true],
    ["a clear behind an SSID", [1, 1, 65, 7, 0], false],
    ["a static address of 16 bytes", [11, 16, ...new Array<number>(16).fill(1)], true],
    ["a static address of 12 bytes", [11, 12, ...new Array<number>(12).fill(1)], false],
    ["a proxy with a host", [13, 5, 80, 0, 2, 65, 65], true],
    ["a proxy whose host runs over", [13, 5, 80, 0, 9, 65, 65], false],
  ];
  for (const [name, bytes, valid] of rows)
    it(`${valid ? "accepts" : "refuses"} ${name}`, () =>
      assert.equal(entriesAreValid(Uint8Array.from(bytes), bytes.length), valid));
});

describe("light that goes out", () => {
  const entries = entriesOf("factory", "password", new Uint8Array(16).fill(0x33));
  for (const [symbolHz, sampleHz] of [
    [60, 600],
    [142, 1000],
  ] as const)
    it(`is no frame, and none that is refused, at ${symbolHz} symbols a second`, () => {
      const light = lampLight(encodePacket(entries, entries.length), symbolHz, sampleHz);
      const half = Uint8Array.from([...light.subarray(0, light.length / 2), ...new Array<number>(3 * sampleHz).fill(40)]);
      assert.deepEqual(receive(half, sampleHz), { entries: undefined, refused: 0 });
    });
});
