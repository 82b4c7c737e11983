/**
 * Amounts without binary noise.
 *
 * @module
 */

/**
 * Rounds an amount once it is added up: `0.0000255` instead of
 * `0.000025500000000000024`.
 */
export function rounded<T extends number | undefined>(usd: T): T;
export function rounded(usd: number | undefined): number | undefined {
  return usd && Number(usd.toFixed(12));
}
