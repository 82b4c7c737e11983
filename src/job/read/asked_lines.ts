/**
 * Which lines of a part the batches of a round ask, as far as their files' names tell.
 *
 * @module
 */

import type { Batch } from "../../types/batch.ts";
import type { Part } from "../state/part.ts";
import type { Round } from "../state/round.ts";
import { contains, includes, sizeOf } from "../state/slice.ts";
import { formatTag, type Tag } from "../state/tag.ts";
import type { OpenRequests } from "./open_requests.ts";

/** A batch, and which lines of the part it asks. */
export interface Asker {
  batch: Batch;
  asks: (line: number) => boolean;
}

/** The lines of one round. Lines are numbered as in the part's first file, from 0. */
export class AskedLines {
  readonly #part: Part;
  readonly #number: number;
  readonly #round: Round;
  readonly #requests: OpenRequests;

  /** @param requests The requests of the part, opened. */
  constructor(part: Part, number: number, requests: OpenRequests) {
    this.#part = part;
    this.#number = number;
    this.#round = part.round(number);
    this.#requests = requests;
  }

  /** Which lines each batch asks, the oldest batch first. */
  get askers(): Asker[] {
    return this.#round.batches.map((batch) => {
      const slice = this.#round.asksOf(batch);
      if (!slice) return { batch, asks: () => true };
      // Another process may know other answers than this one: then we can't tell which lines its file has.
      const isLater = this.#number > 0;
      if (isLater && !this.#openOf(batch)) return { batch, asks: () => false };
      const { first } = this.#part.range;
      return { batch, asks: (line) => includes(slice, first + line) };
    });
  }

  /** Which lines the file of a batch has; undefined where nobody can tell. */
  of(batch: Batch): number[] | undefined {
    const { range, lines } = this.#part;
    const asks = this.#round.asksOf(batch);
    if (this.#number === 0) {
      const skipped = (asks?.first ?? range.first) - range.first;
      const length = asks ? sizeOf(asks) : lines;
      return Array.from({ length }, (_, i) => i + skipped);
    }
    if (asks && !contains(range, asks)) return undefined;
    return this.#openOf(batch);
  }

  /**
   * The lines of a later round's file: those that are open of what it asks, in the
   * same order, if there are as many as its tag says. Where this process has made the
   * same file, its digest must be the same too.
   */
  #openOf(batch: Batch): number[] | undefined {
    const { first } = this.#part.range;
    const asks = this.#round.asksOf(batch);
    const tag = this.#round.tagOf(batch);
    const lines = [...this.#requests.all()].map(([, , line]) => line)
      .filter((line) => !asks || includes(asks, first + line));
    if (tag?.lines !== lines.length) return undefined;
    const made = this.#part.madeTag(this.#number);
    return made && isOtherOf(made, tag) ? undefined : lines;
  }
}

/** Whether a file of the same name has other lines. */
function isOtherOf(made: Tag, tag: Tag): boolean {
  const { digest } = tag;
  return made.digest !== digest &&
    formatTag({ ...made, digest }) === formatTag(tag);
}
