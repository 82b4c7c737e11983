/**
 * What the simulator answers unless a test says it.
 *
 * @module
 */

import { instanceOf, schemaOf } from "./_schema_instance.ts";
import type { SimulatedRequest } from "./types.ts";

const SUM = /(-?\d+)\s*\+\s*(-?\d+)\s*=\s*$/;

/** @returns An instance of the JSON Schema that was asked for, the sum for "1 + 3 = ", an echo for anything else. */
export function defaultAnswer(request: SimulatedRequest): string {
  const instance = instanceFor(request);
  if (instance !== undefined) return JSON.stringify(instance);
  const sum = SUM.exec(request.text);
  if (sum === null) return `Answer to: ${request.text}`;
  return `${sum[1]} + ${sum[2]} = ${Number(sum[1]) + Number(sum[2])}`;
}

/** undefined where no schema is asked for, or none that has an instance. */
function instanceFor({ body, text }: SimulatedRequest): unknown {
  const schema = schemaOf(body);
  try {
    return schema && instanceOf(schema, text);
  } catch {
    return undefined;
  }
}
