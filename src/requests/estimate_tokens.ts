/**
 * How many tokens a text has, unless the caller counts better.
 *
 * @module
 */

/** ASCII words; Chinese, Japanese and Korean characters; other words; numbers; punctuation; line breaks. */
const PIECES =
  /[A-Za-z]+|[\u3040-\u9fff\uac00-\ud7af]|[\p{L}\p{M}]+|\p{N}{1,3}|[^\s\p{L}\p{N}]+|\n/gu;

/**
 * Estimates the tokens of a text without a vocabulary. Compared with o200k_base, it
 * is 5 % off for a question from gsm8k on average, and at most a quarter off for
 * texts in 15 languages, code and hashes (`bench/tokens.ts`).
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const [piece] of text.matchAll(PIECES)) tokens += tokensIn(piece);
  return Math.round(tokens);
}

/** A piece is one token, or several if it is long. */
function tokensIn(piece: string): number {
  const first = piece.charCodeAt(0);
  if (first >= 0x2e80) return 0.8;
  return Math.max(1, piece.length / (first < 0x80 ? 5 : 3));
}
