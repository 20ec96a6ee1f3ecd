// SPDX-License-Identifier: Apache-2.0
// Which addresses are a private network's, by the registries of special addresses (RFC 6890), and how a name is resolved past them.
import { lookup } from "node:dns";
import type { LookupAddress } from "node:dns";
import { BlockList, isIP } from "node:net";
import type { LookupFunction } from "node:net";

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  PRIVATE.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::", 127],
  ["64:ff9b::", 32],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  PRIVATE.addSubnet(net, bits, "ipv6");

/** Loopback, link-local and multicast addresses too. */
export const isPrivateAddress = (address: string): boolean =>
  PRIVATE.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

/** A host of a URL that needs no look-up to be known for private. */
export function isPrivateHost(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  return isIP(address) ? isPrivateAddress(address) : /(^|\.)localhost$/.test(address);
}

/** What the name means at the very connection: a name that is public today may mean a private address tomorrow. */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    const fault = error ?? refusal(found);
    const [first] = found ?? [];
    if (fault || !first) return done(fault, "", 0);
    if (options.all) return (done as (error: null, found: LookupAddress[]) => void)(null, found);
    done(null, first.address, first.family);
  });
};

/** Why a connection inside is not made. */
export class PrivateAddress extends Error {
  override message = "an address of a private network, which is not allowed here";
}

const refusal = (found: readonly LookupAddress[]): Error | null =>
  found.some(({ address }) => isPrivateAddress(address)) ? new PrivateAddress() : null;
