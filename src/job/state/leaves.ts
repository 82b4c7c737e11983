/**
 * The leaves of a part: what is asked by itself. That is the part as a whole,
 * until slices of it show; together they always have every line once.
 *
 * @module
 */

import type { Part } from "./part.ts";
import { common, contains, type Slice } from "./slice.ts";

/** The leaves of one part. */
export class Leaves {
  readonly #whole: Part;
  readonly #partOf: (slice: Slice) => Part;
  readonly #onChange: () => void;
  /** In the order of their lines. */
  #all: Part[];

  /** @param whole The part as a whole: it is a leaf so far. */
  constructor(
    whole: Part,
    partOf: (slice: Slice) => Part,
    onChange: () => void,
  ) {
    this.#whole = whole;
    this.#partOf = partOf;
    this.#onChange = onChange;
    this.#all = [whole];
    whole.isLeaf = true;
  }

  /** The leaves, in the order of their lines. */
  get all(): readonly Part[] {
    return this.#all;
  }

  /** @returns The leaves that share lines with it. */
  of(part: Part): Part[] {
    if (part.isLeaf) return [part];
    return this.#all.filter((leaf) => common(leaf.range, part.range));
  }

  /**
   * Takes note that there is a slice: who has uploaded its file has cut the
   * leaf that it lies in. What that leaves has no file yet.
   */
  addFile(part: Part): void {
    if (part.isLeaf) return;
    this.#extend(part.range.last);
    const [leaf, ...more] = this.of(part);
    if (!leaf) return;
    const isCut = more.length === 0 && !leaf.isFixed &&
      contains(leaf.range, part.range);
    if (isCut) this.#cut(leaf, part.range);
    // It was cut before, or another process has cut it in another way.
    else part.isCut = contains(part.range, leaf.range);
  }

  /**
   * Takes note that a slice runs or ran. What is asked already stays as it is:
   * there, the batch is one more. What is not is cut at its ends.
   */
  addBatch(part: Part): void {
    if (part.isLeaf) return;
    this.#extend(part.range.last);
    for (const leaf of this.of(part)) {
      if (leaf.isFixed || contains(part.range, leaf.range)) continue;
      this.#cut(leaf, common(leaf.range, part.range)!);
    }
  }

  #cut(leaf: Part, { first, last }: Slice): void {
    const { range } = leaf;
    // How many lines there are may show later.
    const end = range.last < Infinity ? range.last : last;
    const pieces = [
      { first: range.first, last: first - 1 },
      { first, last },
      { first: last + 1, last: end },
    ].filter((piece) => piece.first <= piece.last).map(this.#partOf);
    leaf.isLeaf = false;
    leaf.isCut = leaf.tag !== undefined;
    for (const piece of pieces) piece.isLeaf = true;
    this.#all.splice(this.#all.indexOf(leaf), 1, ...pieces);
    this.#onChange();
  }

  /** The whole part's file may show later than those of its slices. */
  #extend(atLeast: number): void {
    if (this.#whole.isLeaf) return;
    const { range: { last } } = this.#all.at(-1)!;
    const end = Math.max(this.#whole.lines, atLeast);
    if (end <= last) return;
    const rest = this.#partOf({ first: last + 1, last: end });
    rest.isLeaf = true;
    this.#all.push(rest);
    this.#onChange();
  }
}
