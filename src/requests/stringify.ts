/**
 * From a request line to JSON.
 *
 * @module
 */

import type { IndexedLine } from "./to_line.ts";

/**
 * Writes a line.
 *
 * @param request The request.
 * @returns Its line as JSON, without a line end.
 * @throws {TypeError} If it has a cycle, a BigInt or a toJSON that throws; the message names its position and id.
 */
export function stringify({ index, line }: IndexedLine): string {
  const where = `Request ${index} (${JSON.stringify(line.custom_id)})`;
  let text: string | undefined;
  try {
    text = JSON.stringify(line);
  } catch (cause) {
    throw new TypeError(
      `${where} can't be sent as JSON: it has a cycle, a BigInt or a toJSON that throws`,
      { cause },
    );
  }
  if (text === undefined) {
    throw new TypeError(`${where} can't be sent as JSON: it is undefined`);
  }
  return text;
}
