/**
 * Figures as people write them.
 *
 * @module
 */

/**
 * @param number A whole number.
 * @returns With commas: 7,473.
 */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}

/**
 * @param number How many.
 * @param one What one of them is called.
 * @param many What others are called. @default with an s
 * @returns "1 row", "7,473 rows".
 */
export function plural(number: number, one: string, many?: string): string {
  return `${count(number)} ${number === 1 ? one : many ?? `${one}s`}`;
}

/**
 * @param usd An amount.
 * @returns With cents, and with two figures where it is less than a dollar.
 */
export function dollars(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 1) {
    const decimals = Math.max(2, 1 - Math.floor(Math.log10(usd)));
    return `$${usd.toFixed(Math.min(decimals, 12))}`;
  }
  const cents = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `$${usd.toLocaleString("en-US", cents)}`;
}

/**
 * @param number How many requests.
 * @returns "1 request", "7473 requests": the other counts of its line have no commas either.
 */
export function requestsOf(number: number): string {
  return `${number} ${number === 1 ? "request" : "requests"}`;
}
