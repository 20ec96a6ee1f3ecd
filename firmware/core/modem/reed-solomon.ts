// SPDX-License-Identifier: Apache-2.0
// Reed-Solomon with 8 parity bytes: puts right e wrong bytes and f missing ones where 2e + f is at most 8.
//
// GF(256) by x^8 + x^4 + x^3 + x^2 + 1 and alpha = 2, which is the field of QR codes (ISO/IEC 18004); roots alpha^0 to alpha^7, the
// first byte the highest power. Decoding is Berlekamp-Massey, the missing bytes' factors first, then Chien's search and Forney's
// formula, which needs no power of the place as the first root is alpha^0.

export const PARITY_BYTES = 8;

const FIELD_POLYNOMIAL = 0x11d;
const ORDER = 255;

// Made at the first use: a board that neither sends a burst nor meets a damaged one pays nothing for them.
let exp: Uint8Array | undefined;
let log: Uint8Array;
/** Logarithms of the generator's coefficients below the leading 1, highest first; a test works them out anew. */
let generator: Uint8Array;

/** The first `length` bytes times x^8, modulo the generator: their parity. Every use of the field begins here. */
function parityOf(bytes: Uint8Array, length: number): Uint8Array {
  if (!exp) {
    exp = new Uint8Array(ORDER);
    log = new Uint8Array(ORDER + 1);
    generator = new Uint8Array([175, 238, 208, 249, 215, 252, 196, 28]);
    let power = 1;
    for (let i = 0; i < ORDER; i++) {
      exp[i] = power;
      log[power] = i;
      power = power & 0x80 ? (power << 1) ^ FIELD_POLYNOMIAL : power << 1;
    }
  }
  // The ninth stays 0: it is what moves in behind the last.
  const parity = new Uint8Array(PARITY_BYTES + 1);
  for (let at = 0; at < length; at++) {
    const factor = bytes[at] ^ parity[0];
    const shift = log[factor];
    for (let i = 0; i < PARITY_BYTES; i++) parity[i] = parity[i + 1] ^ (factor && exp[(shift + generator[i]) % ORDER]);
  }
  return parity;
}

function times(a: number, b: number): number {
  return a && b && exp![(log[a] + log[b]) % ORDER];
}

/** Writes the parity of the first `length` bytes behind them. */
export function addParity(bytes: Uint8Array, length: number): void {
  bytes.set(parityOf(bytes, length).subarray(0, PARITY_BYTES), length);
}

/** The polynomial whose roots are the inverses of the wrong bytes' places; one of no such places when there are too many. */
function locatorOf(syndromes: Uint8Array, length: number, erasures: Uint8Array, erasureCount: number): Uint8Array {
  const locator = new Uint8Array(PARITY_BYTES + 1);
  const earlier = new Uint8Array(PARITY_BYTES + 1);
  const next = new Uint8Array(PARITY_BYTES + 1);
  locator[0] = 1;
  for (let n = 0; n < erasureCount; n++) {
    const place = exp![length - 1 - erasures[n]];
    for (let i = n + 1; i > 0; i--) locator[i] ^= times(place, locator[i - 1]);
  }
  earlier.set(locator);
  let places = erasureCount;
  for (let n = erasureCount; n < PARITY_BYTES; n++) {
    let discrepancy = 0;
    for (let i = 0; i <= n; i++) discrepancy ^= times(locator[i], syndromes[n - i]);
    for (let i = n + 1; i > 0; i--) earlier[i] = earlier[i - 1];
    earlier[0] = 0;
    if (!discrepancy) continue;
    for (let i = 0; i <= n + 1; i++) next[i] = locator[i] ^ times(discrepancy, earlier[i]);
    if (2 * places <= n + erasureCount) {
      places = n + 1 + erasureCount - places;
      const inverse = exp![(ORDER - log[discrepancy]) % ORDER];
      for (let i = 0; i <= n + 1; i++) earlier[i] = times(inverse, locator[i]);
    }
    locator.set(next);
  }
  return locator;
}

/**
 * Corrects `length` bytes, parity and all, where they stand; `erasures` are offsets, each once, of bytes known to be bad.
 * Returns how many bytes it changed, or -1, and then none. Too much damage may look like little damage to other bytes: a CRC
 * must judge.
 */
export function correct(bytes: Uint8Array, length: number, erasures: Uint8Array, erasureCount: number): number {
  if (erasureCount > PARITY_BYTES) return -1;
  for (let n = 0; n < erasureCount; n++) if (erasures[n] >= length) return -1;
  const rest = parityOf(bytes, length - PARITY_BYTES);
  const syndromes = new Uint8Array(PARITY_BYTES);
  let damage = 0;
  for (let i = 0; i < PARITY_BYTES; i++) damage |= rest[i] ^= bytes[length - PARITY_BYTES + i];
  if (!damage) return 0;
  for (let j = 0; j < PARITY_BYTES; j++)
    for (let i = 0; i < PARITY_BYTES; i++) syndromes[j] = times(syndromes[j], exp![j]) ^ rest[i];

  const locator = locatorOf(syndromes, length, erasures, erasureCount);
  let degree = PARITY_BYTES;
  while (!locator[degree]) degree--;
  if (2 * degree > PARITY_BYTES + erasureCount) return -1;
  const evaluator = new Uint8Array(PARITY_BYTES);
  for (let i = 0; i < degree; i++) for (let k = 0; k <= i; k++) evaluator[i] ^= times(locator[k], syndromes[i - k]);

  const places = new Uint8Array(PARITY_BYTES);
  const values = new Uint8Array(PARITY_BYTES);
  let found = 0;
  // Places inside the bytes only: a shortened code has no others.
  for (let at = 0; at < length && found < degree; at++) {
    const power = ORDER - (length - 1 - at);
    let sum = 0;
    let odd = 0;
    for (let i = 0; i <= degree; i++) {
      const term = locator[i] && exp![(log[locator[i]] + i * power) % ORDER];
      sum ^= term;
      if (i & 1) odd ^= term;
    }
    if (sum) continue;
    let value = 0;
    for (let i = 0; i < degree; i++) value ^= times(evaluator[i], exp![(i * power) % ORDER]);
    value = times(value, exp![(ORDER - log[odd]) % ORDER]);
    // What this byte did to the syndromes goes out of them; in the end nothing may be left.
    for (let j = 0; j < PARITY_BYTES; j++) syndromes[j] ^= times(value, exp![(j * (length - 1 - at)) % ORDER]);
    places[found] = at;
    values[found++] = value;
  }
  for (let j = 0; j < PARITY_BYTES; j++) if (syndromes[j]) return -1;
  let changed = 0;
  for (let n = 0; n < found; n++) {
    bytes[places[n]] ^= values[n];
    if (values[n]) changed++;
  }
  return changed;
}
