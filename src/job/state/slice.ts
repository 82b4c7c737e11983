/**
 * A slice: a range of lines of a part's first file, run on its own because the whole
 * part doesn't fit into the queue.
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

/** @returns It as a tag says it: "1200-1599". */
export function formatSlice({ first, last }: Slice): string {
  return `${first}-${last}`;
}

/** @returns The slice that it says; undefined if it says none. */
export function parseSlice(text: unknown): Slice | undefined {
  const match = SLICE.exec(typeof text === "string" ? text : "");
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return first >= 1 && first <= last ? { first, last } : undefined;
}

export function sizeOf({ first, last }: Slice): number {
  return last - first + 1;
}

/** @returns The lines that both have; undefined if there are none. */
export function common(a: Slice, b: Slice): Slice | undefined {
  const first = Math.max(a.first, b.first);
  const last = Math.min(a.last, b.last);
  return first <= last ? { first, last } : undefined;
}

/** @returns Whether it has all lines of the other one. */
export function contains(outer: Slice, inner: Slice): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** @returns Whether it has the line of that number. */
export function includes({ first, last }: Slice, line: number): boolean {
  return first <= line && line <= last;
}
