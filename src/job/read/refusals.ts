/**
 * What batches say that were refused as a whole.
 *
 * @module
 */

import type { ResultError } from "../../results/result.ts";
import type { Batch } from "../../types/batch.ts";
import { isOfLines, lineErrors } from "../state/batch_errors.ts";

/** So many batches of a part may be refused because of some of its lines; then all fail that are left. */
const MOST = 20;

/** What one batch says. */
export interface Refusal {
  /** Why, of the lines that it names, by their numbers in the part's first file. */
  named: ReadonlyMap<number, ResultError>;
  /** Whether the others are asked again without those: as long as each refusal names others. */
  isOfOthers: boolean;
}

/** The refused batches of one part. */
export class Refusals {
  /** Lines that one has named. */
  readonly #named = new Set<number>();
  #count = 0;

  /** @param lines The lines of its file; undefined where nobody can tell. */
  add(batch: Batch, lines: readonly number[] | undefined): Refusal {
    const named = new Map(
      [...lineErrors(batch)].flatMap(([number, error]) => {
        const line = lines?.[number];
        return line === undefined ? [] : [[line, error] as const];
      }),
    );
    const before = this.#named.size;
    for (const line of named.keys()) this.#named.add(line);
    const isNews = !lines || this.#named.size > before;
    const isOfOthers = isOfLines(batch) && isNews && ++this.#count <= MOST;
    return { named, isOfOthers };
  }
}

/** The first refused batch that names a line, and what it says of it. */
export function namedIn(
  refusals: ReadonlyMap<Batch, Refusal>,
  line: number,
): [Batch, ResultError] | [] {
  for (const [batch, { named }] of refusals) {
    const error = named.get(line);
    if (error) return [batch, error];
  }
  return [];
}
