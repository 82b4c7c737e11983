/**
 * Bytes to lines of text, each with its end.
 *
 * @module
 */

/**
 * Reads lines. They end at a line feed and nowhere else, and may be of any
 * length.
 *
 * @param source The bytes.
 * @returns The lines with their line feed; only the last may have none.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Pieces of a line that isn't complete yet: each is searched only once. */
  let begun: string[] = [];
  for await (const chunk of source) {
    const [first = "", ...others] = decoder.decode(chunk, { stream: true })
      .split("\n");
    begun.push(first);
    for (const next of others) {
      yield `${begun.join("")}\n`;
      begun = [next];
    }
  }
  const last = begun.join("") + decoder.decode();
  if (last) yield last;
}
