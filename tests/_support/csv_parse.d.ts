/**
 * The types of csv-parse that tests use. Its own ask for those of Node, which
 * would then take the place of Deno's.
 */

/** Parses CSV. */
export function parse(
  text: string,
  options: Record<string, unknown>,
): string[][];
