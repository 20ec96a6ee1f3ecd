// SPDX-License-Identifier: Apache-2.0
// What senders put on the air, and what damage a frame of burst survives; judged by other people's arithmetic.
import { GenericGF, ReedSolomonDecoder, ReedSolomonEncoder } from "@zxing/library";
import { CRC } from "crc-full";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { EntryType, putEntry } from "../../firmware/core/blinkup/entries.js";
import { encodePacket } from "../../firmware/core/blinkup/packet.js";
import {
  BURST_HEADER_BYTES,
  burstFrameIsValid,
  burstFrameLength,
  checkBurstFrame,
  encodeBurstFrame,
  fixHeader,
} from "../../firmware/core/modem/burst-frame.js";
import { FIRST_PREAMBLE_PAIRS, REPEAT_PREAMBLE_PAIRS, burstRuns } from "../../firmware/core/modem/burst.js";
import { PARITY_BYTES, addParity, correct } from "../../firmware/core/modem/reed-solomon.js";
import { ternarySymbols } from "../../firmware/core/modem/ternary.js";
import { triLevelSymbols } from "../../firmware/core/modem/tri-level.js";

const autosar = new CRC("CRC-8/AUTOSAR", 8, 0x2f, 0xff, 0xff, false, false);
const NONE = new Uint8Array(0);

/** Of docs/SPEC.md. */
const VECTOR = {
  entries: "01047465737402" + "0970617373776f726431" + "04080001020304050607",
  frame:
    "501b7e" + "010474657374" + "020970617373776f726431" + "04080001020304050607" + "59bcb064" + "18aa483b293d16fd",
  firstIntervals: "10011001101010101010100101100101",
  startSymbols: "1212101021212120",
  firstSymbols: "10101201201020212102102012012010",
};

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bitsOf = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");

/** The parity that QR codes' field and another implementation give. */
function otherParity(bytes: Uint8Array): Uint8Array {
  const word = new Int32Array(bytes.length + PARITY_BYTES);
  word.set(bytes);
  new ReedSolomonEncoder(GenericGF.QR_CODE_FIELD_256).encode(word, PARITY_BYTES);
  return Uint8Array.from(word.subarray(bytes.length));
}

function withParity(bytes: Uint8Array): Uint8Array {
  const word = new Uint8Array(bytes.length + PARITY_BYTES);
  word.set(bytes);
  addParity(word, bytes.length);
  return word;
}

const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 247 });
const anyEntries = fc.uint8Array({ minLength: 2, maxLength: 240 });
const anyDamage = (minLength: number, maxLength: number) =>
  fc.array(fc.record({ place: fc.nat(9999), flip: fc.integer({ min: 1, max: 255 }) }), { minLength, maxLength });

/** A damaged copy, and the offsets that were hit; each is hit once. */
function damaged(bytes: Uint8Array, damage: readonly { place: number; flip: number }[]) {
  const copy = Uint8Array.from(bytes);
  const hit = new Map(damage.map(({ place, flip }) => [place % bytes.length, flip]));
  for (const [at, flip] of hit) copy[at]! ^= flip;
  return { copy, places: Uint8Array.from(hit.keys()) };
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe("Reed-Solomon", () => {
  it("gives the parity that ZXing gives, any bytes", () =>
    fc.assert(fc.property(anyBytes, (bytes) => same(withParity(bytes).subarray(bytes.length), otherParity(bytes)))));

  it("corrects up to four wrong bytes anywhere, and counts them", () =>
    fc.assert(
      fc.property(anyBytes, anyDamage(0, 4), (bytes, damage) => {
        const word = withParity(bytes);
        const { copy, places } = damaged(word, damage);
        assert.equal(correct(copy, copy.length, NONE, 0), places.length);
        assert.deepEqual(copy, word);
      }),
      { numRuns: 500 },
    ));

  it("corrects e wrong and f missing bytes while 2e + f is at most 8, missing ones that came right too", () =>
    fc.assert(
      fc.property(
        anyBytes,
        anyDamage(0, 8),
        fc.nat(8),
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        (bytes, damage, most, right) => {
          const word = withParity(bytes);
          const { copy, places } = damaged(word, damage);
          const erasures = places.subarray(0, Math.max(most, 2 * places.length - 8));
          erasures.forEach((at, n) => {
            if (right[n]) copy[at] = word[at]!;
          });
          const wrong = copy.filter((byte, at) => byte !== word[at]).length;
          assert.equal(correct(copy, copy.length, erasures, erasures.length), wrong);
          assert.deepEqual(copy, word);
        },
      ),
      { numRuns: 1000 },
    ));

  it("leaves the bytes alone that it cannot correct, else makes a word of the code within its reach", () =>
    fc.assert(
      fc.property(anyBytes, anyDamage(5, 20), fc.nat(8), (bytes, damage, most) => {
        const { copy, places } = damaged(withParity(bytes), damage);
        const before = Uint8Array.from(copy);
        const erasures = places.subarray(0, most);
        if (correct(copy, copy.length, erasures, erasures.length) < 0) return assert.deepEqual(copy, before);
        assert.deepEqual(copy.subarray(bytes.length), otherParity(copy.subarray(0, bytes.length)));
        const errors = copy.filter((byte, at) => byte !== before[at] && !erasures.includes(at)).length;
        assert.ok(2 * errors + erasures.length <= 8);
      }),
      { numRuns: 2000 },
    ));

  it("refuses damage that one root alone shows, for which no place is found", () => {
    const pattern = new Int32Array(8);
    pattern[0] = 1;
    new ReedSolomonEncoder(new GenericGF(0x11d, 256, 1)).encode(pattern, 7);
    assert.equal(correct(Uint8Array.from(pattern), 8, NONE, 0), -1);
  });

  it("finds too much damage exactly where ZXing does", () =>
    fc.assert(
      fc.property(anyBytes, anyDamage(5, 8), (bytes, damage) => {
        const { copy, places } = damaged(withParity(bytes), damage);
        fc.pre(places.length > 4);
        const other = Int32Array.from(copy);
        let otherCould = true;
        try {
          new ReedSolomonDecoder(GenericGF.QR_CODE_FIELD_256).decode(other, PARITY_BYTES);
        } catch {
          otherCould = false;
        }
        assert.equal(correct(copy, copy.length, NONE, 0) >= 0, otherCould);
        if (otherCould) assert.deepEqual(copy, Uint8Array.from(other));
      }),
      { numRuns: 300 },
    ));

  it("refuses nine missing bytes, and one outside the bytes", () => {
    const word = withParity(new Uint8Array(20));
    word[3] = 1;
    const before = Uint8Array.from(word);
    assert.equal(correct(word, word.length, Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8), 9), -1);
    assert.equal(correct(word, word.length, Uint8Array.of(word.length), 1), -1);
    assert.deepEqual(word, before);
  });
});

describe("a burst frame", () => {
  const entries = bytesOf(VECTOR.entries);
  const frame = encodeBurstFrame(entries, entries.length, crc32);

  it("is the specification's, byte for byte", () => assert.equal(hexOf(frame), VECTOR.frame));

  it("has the checks that other libraries give, any entries", () => {
    assert.equal(autosar.compute(Buffer.from("123456789")), 0xdf);
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const frame = encodeBurstFrame(entries, entries.length, crc32);
        const header = Buffer.of(0x50, entries.length);
        const body = Buffer.alloc(frame.length - PARITY_BYTES);
        header.copy(body);
        body[2] = autosar.compute(header);
        body.set(entries, BURST_HEADER_BYTES);
        body.writeUInt32BE(crc32(Buffer.concat([header, entries])), BURST_HEADER_BYTES + entries.length);
        assert.equal(frame.length, burstFrameLength(frame[1]!));
        assert.equal(hexOf(frame), hexOf(body) + hexOf(otherParity(body)));
      }),
    );
  });

  it("is at most 255 bytes long, and none when the entries are too many or no entry", () => {
    assert.equal(encodeBurstFrame(new Uint8Array(250), 240, crc32).length, 255);
    assert.equal(encodeBurstFrame(new Uint8Array(250), 241, crc32).length, 0);
    assert.equal(encodeBurstFrame(new Uint8Array(250), 1, crc32).length, 0);
  });

  it("is taken as it was made, and left so, from the front of a longer buffer", () => {
    const buffer = new Uint8Array(255).fill(0x55);
    buffer.set(frame);
    assert.ok(fixHeader(buffer) && burstFrameIsValid(buffer, crc32) && checkBurstFrame(buffer, crc32, NONE, 0));
    assert.equal(hexOf(buffer.subarray(0, frame.length)), VECTOR.frame);
  });

  it("is corrected of four wrong bytes behind its header, or of e and f while 2e + f is at most 8", () =>
    fc.assert(
      fc.property(anyEntries, anyDamage(0, 8), fc.nat(8), (entries, damage, most) => {
        const frame = encodeBurstFrame(entries, entries.length, crc32);
        const { copy, places } = damaged(frame.subarray(BURST_HEADER_BYTES), damage);
        const erasures = places.subarray(0, Math.max(most, 2 * places.length - 8)).map((at) => at + BURST_HEADER_BYTES);
        const received = Uint8Array.from([...frame.subarray(0, BURST_HEADER_BYTES), ...copy]);
        assert.ok(checkBurstFrame(received, crc32, erasures, erasures.length));
        // Damage to the parity alone is no reason to correct anything.
        assert.ok(same(received.subarray(0, -PARITY_BYTES), frame.subarray(0, -PARITY_BYTES)));
      }),
      { numRuns: 500 },
    ));

  it("is never taken for another, whatever the damage", () =>
    fc.assert(
      fc.property(anyEntries, anyDamage(5, 40), fc.nat(8), (entries, damage, most) => {
        const frame = encodeBurstFrame(entries, entries.length, crc32);
        const { copy, places } = damaged(frame, damage);
        const erasures = places.subarray(0, most);
        // The bytes that the header now promises may be more than came.
        const buffer = new Uint8Array(255);
        buffer.set(copy);
        if (fixHeader(buffer) && checkBurstFrame(buffer, crc32, erasures, erasures.length))
          assert.ok(same(buffer.subarray(0, frame.length - PARITY_BYTES), frame.subarray(0, -PARITY_BYTES)));
      }),
      { numRuns: 3000 },
    ));

  it("is not taken when its parity finds another length, or another kind of message", () => {
    for (const [first, length] of [
      [0x51, entries.length],
      [0x50, entries.length - 1],
    ] as const) {
      // A sound word of the code with sound checks, but for the header that came.
      const header = Buffer.of(first, length);
      const other = Uint8Array.from(frame);
      other.set([...header, autosar.compute(header)]);
      const check = crc32(Buffer.concat([header, entries.subarray(0, length)]));
      Buffer.from(other.buffer).writeUInt32BE(check, BURST_HEADER_BYTES + length);
      addParity(other, other.length - PARITY_BYTES);
      other.set(frame.subarray(0, BURST_HEADER_BYTES));
      assert.ok(fixHeader(other));
      assert.equal(checkBurstFrame(other, crc32, NONE, 0), false);
    }
  });
});

describe("a burst header", () => {
  const headerOf = (first: number, length: number) =>
    Uint8Array.of(first, length, autosar.compute(Buffer.of(first, length)));

  it("is repaired of every wrong bit, and refused with every two, any length", () => {
    for (let length = 2; length <= 240; length++) {
      const header = headerOf(0x50, length);
      for (let one = 0; one < 24; one++)
        for (let two = one; two < 24; two++) {
          const wrong = Uint8Array.from(header);
          wrong[one >> 3]! ^= 1 << (one & 7);
          if (two > one) wrong[two >> 3]! ^= 1 << (two & 7);
          assert.equal(fixHeader(wrong), two === one, `bits ${one} and ${two}`);
          if (two === one) assert.deepEqual(wrong, header);
        }
    }
  });

  it("has its check when it is taken, whatever the check was that came", () => {
    for (let length = 2; length <= 240; length++)
      for (let check = 0; check < 256; check++) {
        const header = Uint8Array.of(0x50, length, check);
        if (fixHeader(header)) assert.deepEqual(header, headerOf(0x50, header[1]!));
      }
  });

  for (const [name, first, length, good] of [
    ["of the shortest entries", 0x50, 2, true],
    ["of the longest entries", 0x50, 240, true],
    ["of less than an entry", 0x50, 1, false],
    ["of more than a word of the code", 0x50, 241, false],
    ["of another version", 0x90, 20, false],
    ["of another parity", 0x60, 20, false],
    ["of another type", 0x51, 20, false],
  ] as const)
    it(`${good ? "accepts" : "refuses"} one ${name}`, () => assert.equal(fixHeader(headerOf(first, length)), good));
});

describe("burst light", () => {
  const intervalsOf = (runs: Uint16Array) => [...runs].map((run, n) => (n & 1 ? "0" : "1").repeat(run)).join("");

  it("is the specification's, interval for interval", () => {
    const intervals = intervalsOf(burstRuns(bytesOf(VECTOR.frame), FIRST_PREAMBLE_PAIRS));
    assert.equal(intervals.length, 720);
    assert.ok(intervals.startsWith("10".repeat(16) + "11100010" + VECTOR.firstIntervals));
  });

  it("is preamble, start word, Manchester, trailer and darkness, any frame", () =>
    fc.assert(
      fc.property(anyBytes, fc.constantFrom(FIRST_PREAMBLE_PAIRS, REPEAT_PREAMBLE_PAIRS), (frame, pairs) => {
        const body = bitsOf(frame).replace(/./g, (bit) => (bit === "0" ? "10" : "01"));
        assert.equal(intervalsOf(burstRuns(frame, pairs)), "10".repeat(pairs) + "11100010" + body + "10" + "000000");
      }),
    ));

  it("has runs of one and two, one pair of three, and a dark end, any frame", () =>
    fc.assert(
      fc.property(anyBytes, (frame) => {
        const runs = [...burstRuns(frame, REPEAT_PREAMBLE_PAIRS)];
        const start = runs.indexOf(3);
        assert.equal(runs.pop(), 7);
        assert.equal(runs.length % 2, 1, "the last run is dark");
        assert.deepEqual(runs.splice(start, 2), [3, 3]);
        assert.equal(start % 2, 0, "the first of the three is lit");
        assert.ok(runs.every((run) => run === 1 || run === 2));
      }),
    ));
});

describe("ternary light", () => {
  it("shows no level twice before its tail, and steps by the bits, any frame", () =>
    fc.assert(
      fc.property(anyBytes, (frame) => {
        const symbols = [...ternarySymbols(frame)];
        assert.deepEqual(symbols.splice(-2), [0, 0]);
        const steps = symbols.map((level, n) => (level - (n ? symbols[n - 1]! : 0) + 3) % 3);
        assert.ok(steps.every((step) => step === 1 || step === 2));
        const bits = steps.map((step) => step - 1).join("");
        assert.equal(bits, "10".repeat(12) + bitsOf(Uint8Array.of(0x2d, 0xd4)) + bitsOf(frame));
      }),
    ));

  it("is the specification's, symbol for symbol", () => {
    const symbols = ternarySymbols(bytesOf(VECTOR.frame)).join("");
    assert.equal(symbols.length, 378);
    assert.ok(symbols.startsWith("20".repeat(12) + VECTOR.startSymbols + VECTOR.firstSymbols));
  });
});

describe("tri-level light", () => {
  it("is the published sender's, symbol for symbol", () => {
    const file = new URL("../vectors/blinkup/tri-sdk03.json", import.meta.url);
    const { symbols, expect } = JSON.parse(readFileSync(file, "utf8")) as {
      symbols: string;
      expect: { ssid: string; password: string; planId: string; token: string };
    };
    const bytes = new Uint8Array(255);
    let end = putEntry(bytes, 0, EntryType.Ssid, Buffer.from(expect.ssid));
    end = putEntry(bytes, end, EntryType.Password, Buffer.from(expect.password));
    const ids = [bytesOf(expect.planId).reverse(), bytesOf(expect.token).reverse()];
    end = putEntry(bytes, end, EntryType.Enrolment, Buffer.concat(ids));
    assert.equal(triLevelSymbols(encodePacket(bytes, end)).join(""), symbols);
  });
});
