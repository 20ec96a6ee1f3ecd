// SPDX-License-Identifier: Apache-2.0
// Long lists in parts: each part says where the next one begins, in words that only the server reads.
import { ServerError } from "../errors.js";

export const PAGE_LIMIT = 500;

export interface PageQuery {
  /** 1 to 500. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** null: this was the last. */
  readonly next: string | null;
}

type Place = string | number;

/** Where the last part ended; undefined at the beginning. @throws ServerError CURSOR_UNKNOWN */
export function placeOf<Kind extends Place>(cursor: string | undefined, example: Kind): Kind | undefined {
  if (cursor === undefined) return undefined;
  try {
    const place = JSON.parse(Buffer.from(cursor, "base64url").toString()) as Kind;
    if (typeof place === typeof example) return place;
  } catch {
    // said below
  }
  throw new ServerError("CURSOR_UNKNOWN", "The cursor is none of this list's: take it from the page before, as it is.");
}

/** `rows` has one more than the limit where there is more to come. */
export function pageOf<Row>(rows: readonly Row[], limit: number, place: (row: Row) => Place): Page<Row> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? cursorAt(place(last)) : null;
  return { rows: shown, next };
}

const cursorAt = (place: Place): string => Buffer.from(JSON.stringify(place)).toString("base64url");

/** Every row of a list, part by part: no more than one part is held. */
export async function* everyRow<Row>(list: (page: PageQuery) => Promise<Page<Row>>): AsyncGenerator<Row> {
  let cursor: string | undefined;
  do {
    const { rows, next } = await list({ limit: PAGE_LIMIT, cursor });
    yield* rows;
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}
