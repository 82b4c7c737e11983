/**
 * What became of each row, in one byte per row.
 *
 * @module
 */

const FAILED = 1;
const ANSWERED = 2;

/** Remembers rows. */
export class RowStates {
  /** Rows that were answered. */
  answered = 0;
  /** Rows that failed and haven't been answered since. */
  failed = 0;
  readonly #states: Uint8Array;

  /** @param rows How many there are. */
  constructor(rows: number) {
    this.#states = new Uint8Array(rows);
  }

  /**
   * Remembers a row. An answer replaces a failure, and nothing replaces an answer.
   *
   * @param row Its number.
   * @param ok Whether it was answered.
   * @returns Whether that is new.
   */
  add(row: number, ok: boolean): boolean {
    const before = this.#states[row]!;
    const after = ok ? ANSWERED : FAILED;
    if (after <= before) return false;
    this.#states[row] = after;
    if (before === FAILED) this.failed--;
    if (ok) this.answered++;
    else this.failed++;
    return true;
  }

  /**
   * @param row A row.
   * @returns Whether it failed and hasn't been answered since.
   */
  isFailed(row: number): boolean {
    return this.#states[row] === FAILED;
  }

  /**
   * @param row A row.
   * @returns Whether it was answered.
   */
  isAnswered(row: number): boolean {
    return this.#states[row] === ANSWERED;
  }
}
