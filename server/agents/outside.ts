// SPDX-License-Identifier: Apache-2.0
// What agents ask of others than agents: only where their product allows it, and in a private network only where it says so.
import { PrivateAddress } from "../outbound/addresses.js";
import { ask } from "../outbound/ask.js";
import type { AgentReach } from "../schemas.js";
import { said } from "./agent.js";
import type { AgentAnswer, AgentCall } from "./protocol.js";

const ANSWER_MS = 30_000;
const ANSWER_BYTES = 1024 * 1024;
const ANY_PUBLIC = "*";
/** Codes of curl's, as the original gives them where there is no HTTP status. */
const NO_ADDRESS = 6;
const NO_CONNECTION = 7;
const REFUSED = 9;
const TOO_LATE = 28;
const TOO_LONG = 63;
/** The connection's own, and what would say that another asks. */
const NOT_AN_AGENTS =
  /^(host|connection|content-length|transfer-encoding|keep-alive|upgrade|trailer|te|expect|proxy-.*)$/i;

/** Never rejects. */
export async function askOutside(call: AgentCall, reach: AgentReach | undefined): Promise<AgentAnswer> {
  const allowed = allowedBy(reach, call.url);
  if (!allowed)
    return said(
      REFUSED,
      'AGENT_CALL_REFUSED: an agent may call agents of this server, and what its product.json names under "agents".',
    );
  const own = Object.entries(call.headers).filter(([name]) => !NOT_AN_AGENTS.test(name));
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const asked = { ...call, ...allowed, headers: Object.fromEntries(own), signal, mostBytes: ANSWER_BYTES };
    const { status, headers, body, isCut } = await ask(asked);
    if (isCut) return said(TOO_LONG, `The answer broke off, or has more than ${ANSWER_BYTES} bytes.`);
    const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    return { statuscode: status, headers: Object.fromEntries(texts) as AgentAnswer["headers"], body: body.toString() };
  } catch (error) {
    return signal.aborted ? said(TOO_LATE, `No answer within ${ANSWER_MS / 1000} s.`) : fault(error as Error);
  }
}

function fault(error: NodeJS.ErrnoException): AgentAnswer {
  const { code, message } = error;
  if (error instanceof PrivateAddress)
    return said(REFUSED, `AGENT_CALL_REFUSED: ${message}; "allowPrivate" allows it.`);
  if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code ?? "")) return said(NO_ADDRESS, message);
  return said(NO_CONNECTION, message || "no connection");
}

function allowedBy(reach: AgentReach | undefined, text: string): { readonly allowPrivate: boolean } | undefined {
  if (!reach || !URL.canParse(text)) return undefined;
  const { origin, protocol, username, password } = new URL(text);
  if (!/^https?:$/.test(protocol) || username || password) return undefined;
  const names = (list: readonly string[] = []): boolean =>
    list.some((entry) => URL.canParse(entry) && new URL(entry).origin === origin);
  if (names(reach.allowPrivate)) return { allowPrivate: true };
  return reach.allow?.includes(ANY_PUBLIC) || names(reach.allow) ? { allowPrivate: false } : undefined;
}
