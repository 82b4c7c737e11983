/** What these tests share. */

/** Bytes of a line in its file. */
export function sizeOf(line: unknown): number {
  return new TextEncoder().encode(JSON.stringify(line)).length + 1;
}
