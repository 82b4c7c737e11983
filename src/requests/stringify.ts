/**
 * From a request line to JSON.
 *
 * @module
 */

import type { IndexedLine } from "./to_line.ts";

/**
 * Writes a line.
 *
 * @returns Its line as JSON, without a line end.
 * @throws {TypeError} If it has a cycle, a BigInt or a toJSON that throws. The message has its position and id.
 */
export function stringify(request: IndexedLine): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(request.line);
  } catch (cause) {
    const why = "it has a cycle, a BigInt or a toJSON that throws";
    throw notJSON(request, why, { cause });
  }
  if (text === undefined) throw notJSON(request, "it is undefined");
  return text;
}

function notJSON(
  { index, line }: IndexedLine,
  why: string,
  options?: ErrorOptions,
): TypeError {
  const id = JSON.stringify(line.custom_id);
  return new TypeError(
    `Request ${index} (${id}) can't be sent as JSON: ${why}`,
    options,
  );
}
