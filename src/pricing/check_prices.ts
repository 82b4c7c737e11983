/**
 * Checks the caller's own prices.
 *
 * @module
 */

import { LANES } from "./lane.ts";
import { type Price, priceOf } from "./price.ts";

/** The fields of one of its lanes. */
const LANE_FIELDS: ReadonlyMap<string, boolean> = new Map([
  ["input", true],
  ["output", true],
  ["cachedInput", false],
]);

/** The fields of a {@linkcode Price}, and whether they are required. */
const FIELDS: ReadonlyMap<string, boolean> = new Map([
  ...LANE_FIELDS,
  ["batchInput", false],
  ["batchCachedInput", false],
  ["batchOutput", false],
]);

/** `batch` and `standard` have fields of their own. */
const OTHER_LANES: ReadonlySet<string> = new Set(
  LANES.filter((lane) => lane !== "batch" && lane !== "standard"),
);

/** @throws {TypeError} If a name leads to no price (in a circle, for example), or a price has an invalid field. */
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
  const { lanes, ...rates } = price;
  checkRates(model, rates, FIELDS, "");
  if (lanes === undefined) return;
  if (typeof lanes !== "object" || lanes === null) {
    refuse(model, 'must have an object as its "lanes"');
  }
  for (const [lane, rates] of Object.entries(lanes)) {
    if (!OTHER_LANES.has(lane)) refuse(model, `has the unknown lane "${lane}"`);
    if (rates === undefined) continue;
    if (typeof rates !== "object" || rates === null) {
      refuse(model, `must have a price as its lane "${lane}"`);
    }
    checkRates(model, rates, LANE_FIELDS, `lanes.${lane}.`);
  }
}

function checkRates(
  model: string,
  rates: object,
  fields: ReadonlyMap<string, boolean>,
  path: string,
): void {
  for (const name of Object.keys(rates)) {
    if (fields.has(name)) continue;
    refuse(model, `has the unknown field "${path}${name}"`);
  }
  for (const [name, isRequired] of fields) {
    const value = (rates as Record<string, unknown>)[name];
    if (isUsd(value) || (!isRequired && (value ?? null) === null)) continue;
    refuse(model, `must have a number of 0 or more as its "${path}${name}"`);
  }
}

function isUsd(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < Infinity;
}

function refuse(model: string, rule: string): never {
  throw new TypeError(`The price of ${JSON.stringify(model)} ${rule}`);
}
