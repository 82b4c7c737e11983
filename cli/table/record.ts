/**
 * What formats find in text: records, each with its values.
 *
 * @module
 */

/** A record of an input. */
export interface TextRecord {
  /** Where it begins in the text. */
  start: number;
  /** Where it ends, without the line break or comma after it. */
  end: number;
  /** How many line breaks come before it in the text. */
  line: number;
  /** Its fields; a JSON value is one field. */
  values: readonly unknown[];
  /** Why it can't be used, to follow "row 3": "has 2 fields …". */
  problem?: string;
}

/** The records of a piece of an input. */
export interface Split {
  /** The complete ones. */
  records: TextRecord[];
  /** How much of the text they take. The rest is passed again, with more text after it. */
  consumed: number;
  /** How many line breaks that has. */
  lines: number;
}

/** Finds records in text. */
export interface Splitter {
  /**
   * Splits a text that begins with a record.
   *
   * @param text The text.
   * @param isEnd Whether it is the last of its input.
   * @returns The records.
   */
  split(text: string, isEnd: boolean): Split;
  /**
   * Reads a record that was found before.
   *
   * @param text The record as it is in the input; more may follow.
   * @returns The record.
   */
  first(text: string): TextRecord;
}

/** A problem after which the next record can't be found. */
export const UNCLOSED = "opens a quote that is never closed";

/**
 * @param splitter Finds records.
 * @param text A record, and whatever may follow.
 * @returns The record.
 */
export function firstOf(
  splitter: Pick<Splitter, "split">,
  text: string,
): TextRecord {
  const [record] = splitter.split(text, true).records;
  return record ?? { start: 0, end: 0, line: 0, values: [] };
}
