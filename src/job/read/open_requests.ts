/**
 * Which requests of a part have no final result yet, by the lines of its first
 * file: one look-up gives a line's number, all else is a place in an array.
 *
 * @module
 */

import { grown } from "../../grown.ts";
import type { IdList } from "../../requests/id_list.ts";
import { IdTable } from "../../requests/id_table.ts";

/** The requests of one part. Where their ids can't be had, those that were heard of. */
export class OpenRequests {
  /** How many have their final result. */
  ended = 0;
  /** Whether the ids can't be had. */
  isBlind = false;
  #ids: IdList | undefined;
  /** Only while it is needed: it takes more than the ids. */
  #table: IdTable | undefined;
  /** 1 for those that have their final result. */
  #isEnded: Uint8Array = new Uint8Array();

  /**
   * Gets the ids at hand. Without them, lines that nobody asked for could not
   * be told from answers.
   */
  async open(
    load: () => IdList | undefined | Promise<IdList | undefined>,
  ): Promise<void> {
    if (this.#table) return;
    this.#ids ??= await load();
    this.isBlind = this.#ids === undefined;
    this.#table = this.#ids?.table() ?? new IdTable();
    this.#isEnded = grown(this.#isEnded, this.#table.length);
  }

  /** Puts away what takes memory until {@linkcode open}. */
  close(): void {
    if (!this.isBlind) this.#table = undefined;
  }

  /** Forgets all but the count. */
  clear(): void {
    this.#ids = this.#table = undefined;
    this.#isEnded = new Uint8Array();
  }

  /** The line of an id; -1 if no request has it. */
  find(id: string): number {
    const table = this.#table as IdTable;
    return this.isBlind ? table.add(id) : table.find(id);
  }

  /** Whether the request of a line has its final result. */
  hasEnded(line: number): boolean {
    return this.#isEnded[line] === 1;
  }

  /** Takes note that the request of a line has its final result. */
  end(line: number): void {
    this.#isEnded = grown(this.#isEnded, line + 1);
    this.#isEnded[line] = 1;
    this.ended++;
  }

  /** Those that have none. */
  *all(): Generator<[id: string, index: number | undefined, line: number]> {
    const table = this.#table as IdTable;
    for (let line = 0; line < table.length; line++) {
      if (!this.hasEnded(line)) {
        yield [table.at(line), this.indexOf(line), line];
      }
    }
  }

  /** The position in the input of a line's request, where that is known. */
  indexOf(line: number): number | undefined {
    return this.#ids?.positionOf(line);
  }
}
