/**
 * The cost of a report's row by direction. The usage table needs it, but the
 * row's public shape doesn't have it.
 *
 * @module
 */

import { added, type CostParts, costParts } from "./cost.ts";
import { rounded } from "./_round.ts";
import { tariffOf } from "./price.ts";
import type { UsageReport } from "./usage_report.ts";

type Row = UsageReport["models"][number];

const PARTS: unique symbol = Symbol("parts");

/**
 * Keeps the parts with a row, not enumerable, so that neither JSON nor a
 * comparison sees them.
 *
 * @param parts Its costs by direction, if they are known.
 */
export function keepParts(row: Row, parts: CostParts | undefined): Row {
  return Object.defineProperty(row, PARTS, { value: parts });
}

/**
 * The parts kept with a row. A row that went through JSON has lost them. They are
 * then worked out from the price table, as long as they add up to the row's cost:
 * with your own prices or long prompts they don't.
 *
 * @returns Its costs by direction, or undefined if they cannot be known.
 */
export function partsOf(
  row: Row & { [PARTS]?: CostParts | undefined },
): CostParts | undefined {
  if (Object.hasOwn(row, PARTS)) return row[PARTS];
  const parts = costParts(row, tariffOf(row.model), row.lane, false);
  return rounded(added(parts)) === row.cost ? parts : undefined;
}
