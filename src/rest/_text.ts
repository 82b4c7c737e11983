/**
 * Bodies as text, never more of them than is useful: what the other side sends, or
 * what it unpacks to, must not decide how much memory we take.
 *
 * @module
 */

/** How many bytes of an error are read: the message is at the beginning. */
export const MOST_OF_AN_ERROR = 65_536;

/** The most bytes of a JSON response: 10,000 files, or 100 batches with all their errors, are much less. */
export const MOST_OF_AN_ANSWER = 67_108_864;

/** What a body says. */
export interface BodyText {
  /** Its beginning, or all of it. */
  text: string;
  /** Whether that is all of it. */
  isWhole: boolean;
}

/** Reads a body, and cancels the rest if it is too long. */
export async function readText(
  response: Response,
  most: number,
): Promise<BodyText> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let left = most;
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value.subarray(0, left), { stream: true });
    left -= value.length;
    if (left >= 0) continue;
    void reader.cancel().catch(() => {});
    return { text, isWhole: false };
  }
  return { text: text + decoder.decode(), isWhole: true };
}

/** @returns The parsed JSON; undefined if it isn't JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
