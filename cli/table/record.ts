/**
 * What a format makes of text: records, each with its values.
 *
 * @module
 */

/** A record of the input. */
export interface TextRecord {
  /** Where it begins in the text. */
  start: number;
  /** Where it ends, without the line break or comma behind it. */
  end: number;
  /** The line breaks before it within the text. */
  line: number;
  /** Its fields; a value of JSON is one. */
  values: readonly unknown[];
  /** Why it can't be taken, to go on after "row 3": "has 2 fields …". */
  problem?: string;
}

/** The records of a piece of the input. */
export interface Split {
  /** Those that are whole. */
  records: TextRecord[];
  /** How much of the text they take; the rest is needed again with what follows. */
  consumed: number;
  /** The line breaks in what they take. */
  lines: number;
}

/** Finds records in text. */
export interface Splitter {
  /**
   * Splits a text that begins where a record does.
   *
   * @param text The text.
   * @param isEnd Whether it is the last of its input.
   * @returns The records.
   */
  split(text: string, isEnd: boolean): Split;
  /**
   * Reads one record that was found before.
   *
   * @param text The record as it stands in the input; more may follow.
   * @returns The record.
   */
  first(text: string): TextRecord;
}

/** A problem after which it can't be told where the next record begins. */
export const UNCLOSED = "opens a quote that is never closed";

/**
 * @param splitter Finds records.
 * @param text A record, and what may follow.
 * @returns The record.
 */
export function firstOf(
  splitter: Pick<Splitter, "split">,
  text: string,
): TextRecord {
  const [record] = splitter.split(text, true).records;
  return record ?? { start: 0, end: 0, line: 0, values: [] };
}
