/**
 * The types of csv-parse that tests use. Its own ask for those of Node, which
 * would then take the place of Deno's.
 */

/** Parses CSV: `csv-parse/sync` a text, `csv-parse` what is piped into it. */
export function parse(
  text: string,
  options: Record<string, unknown>,
): string[][];
export function parse(
  options: Record<string, unknown>,
): NodeJS.ReadWriteStream;
