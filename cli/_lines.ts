/**
 * Bytes to lines of text, each with its end.
 *
 * @module
 */

/**
 * Reads lines. They end at a line feed and nowhere else.
 *
 * @param source The bytes.
 * @returns The lines with their line feed; only the last may have none.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let carried = "";
  for await (const chunk of source) {
    const lines = (carried + decoder.decode(chunk, { stream: true }))
      .split("\n");
    carried = lines.pop()!;
    for (const line of lines) yield `${line}\n`;
  }
  carried += decoder.decode();
  if (carried) yield carried;
}
