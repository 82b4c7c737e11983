/**
 * Numbers in JSON as they were written: an id of twenty digits, or a price of
 * 1.10, would look different after `JSON.parse`.
 *
 * @module
 */

/** Matches texts that may have such a number. Most have none. */
const SUSPECT = /\d{16}|\.\d*0(?!\d)|\d[eE]|-0/;
/** A string, which is left alone, or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/**
 * @param json JSON.
 * @returns The same JSON; numbers that would change are strings in it.
 */
export function withExactNumbers(json: string): string {
  if (!SUSPECT.test(json)) return json;
  return json.replace(TOKEN, (token) => {
    const isKept = token[0] === '"' || String(Number(token)) === token;
    return isKept ? token : `"${token}"`;
  });
}
