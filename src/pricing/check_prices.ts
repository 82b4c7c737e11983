/**
 * Checks prices that a caller gives.
 *
 * @module
 */

import { type Price, priceOf } from "./price.ts";

/** The fields of a {@linkcode Price}, and whether they must be there. */
const FIELDS: ReadonlyMap<string, boolean> = new Map([
  ["input", true],
  ["output", true],
  ["cachedInput", false],
  ["batchInput", false],
  ["batchCachedInput", false],
  ["batchOutput", false],
]);

/**
 * @param prices Own prices over the table.
 * @throws {TypeError} If a name leads to no price, as in a circle, or a price has a wrong field.
 */
export function checkPrices(prices: Record<string, Price | string>): void {
  for (const [model, price] of Object.entries(prices)) {
    if (typeof price !== "string") {
      checkPrice(model, price);
    } else if (priceOf(model, prices) === undefined) {
      refuse(model, `leads to ${JSON.stringify(price)}, which has no price`);
    }
  }
}

function checkPrice(model: string, price: Price): void {
  if (typeof price !== "object" || price === null) {
    refuse(model, "must be a price or the name of another model");
  }
  for (const name of Object.keys(price)) {
    if (!FIELDS.has(name)) refuse(model, `has the unknown field "${name}"`);
  }
  for (const [name, isRequired] of FIELDS) {
    const value: unknown = price[name as keyof Price];
    if (isUsd(value) || (!isRequired && (value ?? null) === null)) continue;
    refuse(model, `must have a number of 0 or more as its "${name}"`);
  }
}

function isUsd(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < Infinity;
}

function refuse(model: string, rule: string): never {
  throw new TypeError(`The price of ${JSON.stringify(model)} ${rule}`);
}
