/**
 * A slice: a range of lines of a part's first file, asked by itself because the
 * whole part does not fit into the queue.
 *
 * @module
 */

/** The numbers of lines, from 1. */
export interface Slice {
  /** The first line. */
  first: number;
  /** The last one. */
  last: number;
}

const SLICE = /^(\d{1,8})-(\d{1,8})$/;

/**
 * @param slice A slice.
 * @returns It as a tag says it: "1200-1599".
 */
export function formatSlice({ first, last }: Slice): string {
  return `${first}-${last}`;
}

/**
 * @param text Anything.
 * @returns The slice that it says; undefined if it says none.
 */
export function parseSlice(text: unknown): Slice | undefined {
  const match = SLICE.exec(typeof text === "string" ? text : "");
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return first >= 1 && first <= last ? { first, last } : undefined;
}

/**
 * @param slice A slice.
 * @returns How many lines it has.
 */
export function sizeOf({ first, last }: Slice): number {
  return last - first + 1;
}

/**
 * @param a A slice.
 * @param b Another one.
 * @returns The lines that both have; undefined if there are none.
 */
export function common(a: Slice, b: Slice): Slice | undefined {
  const first = Math.max(a.first, b.first);
  const last = Math.min(a.last, b.last);
  return first <= last ? { first, last } : undefined;
}

/**
 * @param outer A slice.
 * @param inner Another one.
 * @returns Whether it has all lines of the other one.
 */
export function contains(outer: Slice, inner: Slice): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}
