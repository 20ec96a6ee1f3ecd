// SPDX-License-Identifier: Apache-2.0
// What storage says when it fails, in words for whoever runs the server.
import { ServerError } from "../errors.js";
import type { ServerErrorCode } from "../errors.js";

interface Fault {
  readonly code: ServerErrorCode;
  /** SQLite's result codes, PostgreSQL's SQLSTATEs, Node's names of system errors. */
  readonly signs: RegExp;
  readonly advice: string;
}

const KEPT = "what was answered is kept, and devices ask again by themselves";

const DAMAGED: Fault = {
  code: "DATABASE_DAMAGED",
  signs: /^(SQLITE_(CORRUPT|NOTADB)(_\w+)?|XX00[12])$/,
  advice:
    "it is damaged: stop the server, keep what is there, and put the last copy back, the database and its keys together",
};

const FAULTS: readonly Fault[] = [
  {
    code: "DATABASE_FULL",
    signs: /^(SQLITE_FULL|ENOSPC|53100)$/,
    advice: `there is no room left on its disk: make some; ${KEPT}`,
  },
  {
    code: "DATABASE_LOCKED",
    signs: /^(SQLITE_(BUSY|LOCKED)(_\w+)?|55P03)$/,
    advice: `another program holds it: end that, a shell or a copy under way for instance; ${KEPT}`,
  },
  DAMAGED,
  {
    code: "DATABASE_GONE",
    signs:
      /^(SQLITE_(IOERR|READONLY|CANTOPEN)(_\w+)?|08\w{3}|57P0[1-5]|53300|E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND))$/,
    advice: `it does not answer: see that it runs and that its disk is there; the server goes on by itself then, ${KEPT}`,
  },
];

/** pg gives a connection that ends in mid-question no code. */
const BROKEN_OFF = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;

/** The failure as the server's own, or undefined when it is not storage's. */
export function storageFault(error: unknown): ServerError | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const sign = typeof code === "string" ? code : BROKEN_OFF.test(String(message)) ? "ECONNRESET" : "";
  const fault = FAULTS.find(({ signs }) => signs.test(sign));
  return fault && told(fault, String(message), error);
}

/** What a look through the file found. */
export const damaged = (what: string): ServerError => told(DAMAGED, what);

const told = ({ code, advice }: Fault, what: string, cause?: unknown): ServerError =>
  new ServerError(code, `The database cannot be used (${what}); ${advice}.`, cause);
