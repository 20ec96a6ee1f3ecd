// SPDX-License-Identifier: Apache-2.0
// Every number on the wire: message types, field tags, labels, reasons, outcomes. docs/SPEC.md explains them.

export const PROTOCOL_VERSION = 1;

/** A request is odd, its answer is the next number; Refusal answers any request. */
export const enum MessageType {
  TokenRequest = 1,
  TokenGrant = 2,
  Hello = 3,
  Welcome = 4,
  Results = 5,
  ResultsKept = 6,
  Bless = 7,
  Grant = 8,
  Acknowledge = 9,
  Acknowledged = 10,
  Proof = 11,
  Receipt = 12,
  Poll = 13,
  Messages = 14,
  Refusal = 16,
}

/** Tags rise within a message, so none comes twice. Bytes each in brackets. */
export const enum Tag {
  /** [8] */
  FixtureId = 1,
  /** [8] */
  TokenId = 2,
  /** [8] */
  DeviceId = 3,
  /** [8] */
  SessionId = 4,
  /** [8] two u32, big-endian: boot counter, then requests of this boot. */
  Counter = 5,
  /** [1] */
  Slot = 6,
  /** [16] */
  TokenSeed = 7,
  /** [8] */
  StageHash = 8,
  /** [16] boot counter (u32), then entropy. */
  DeviceNonce = 9,
  /** [16] */
  ServerNonce = 10,
  /** [32] that the sender also holds the device key. */
  KeyProof = 11,
  /** Entries (SSID, password), under a key stream. */
  Sealed = 12,
  /** JSON, ASCII. */
  ConfigParams = 13,
  /** Results, see results.ts. */
  Batch = 14,
  /** [32] over all batches. */
  ResultsDigest = 15,
  /** [1] the device's own verdict, 1 or 0. */
  Verdict = 16,
  /** ASCII. */
  Serial = 17,
  /** [16] */
  Salt = 18,
  /** Opaque to the device. */
  Record = 19,
  /** [64] Ed25519 over the record. */
  Signature = 20,
  /** [16] */
  WipeNonce = 21,
  /** [1] WipeOutcome */
  WipeOutcome = 22,
  /** [1] RefusalReason */
  Reason = 23,
  /** Items, see items.ts. */
  Items = 24,
  /** [4] u32: the last item that arrived. */
  LastItem = 25,
}

/** First byte of each PRF message: no value computed for one use serves another. */
export const enum Label {
  Up = 1,
  Down = 2,
  Token = 3,
  TokenId = 4,
  Session = 5,
  DeviceKey = 6,
  KeyProof = 7,
  Seal = 8,
  Digest = 9,
  KeyHash = 10,
  Nonce = 11,
  Console = 12,
}

export const enum RefusalReason {
  /** The token or the run's lease has expired. */
  Expired = 1,
  /** Two devices read the same light. */
  Crosstalk = 2,
  /** A measurement is missing or outside its limits, or the device itself reports failure. */
  Limits = 3,
  /** The manufacturer's hook said no. */
  Vetoed = 4,
  /** Not possible in the unit's present state. */
  State = 5,
  /** Blessed before: an engineer must release it. */
  AlreadyBlessed = 6,
  /** The same counter came with other contents. */
  Conflict = 7,
}

export const enum WipeOutcome {
  /** Each byte of the settings reads 0xFF. */
  Clean = 1,
}

export const enum PhaseOutcome {
  Pass = 0,
  Fail = 1,
  Error = 2,
  Timeout = 3,
  /** There is nothing on the board to test. */
  Absent = 4,
  /** A phase that it is after did not pass. */
  Skipped = 5,
}
