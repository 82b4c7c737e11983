/**
 * Checks the options about requests and parts, and fills in their defaults.
 *
 * @module
 */

import { BATCH_LIMITS } from "../limits.ts";
import { asCode, kindOf } from "../as_code.ts";
import { checkPositive } from "../check_options.ts";
import type { SchemaSettings } from "../results/answer_options.ts";
import { checkLane, type DirectLane } from "./direct_lane.ts";
import { formatOf } from "./output_format.ts";
import type { LineDefaults } from "./to_line.ts";

/**
 * @param options.endpoint The endpoint of requests that don't name one.
 * @param options.lane The lane they are, or may be, sent in without a batch.
 * @returns The options with their defaults; the `format` comes from the schema.
 * @throws {TypeError} If one has the wrong type.
 */
export function readRequestOptions(
  options: {
    endpoint: unknown;
    params: unknown;
    schema?: SchemaSettings | undefined;
    isDirect?: boolean | undefined;
    lane?: DirectLane | undefined;
  },
): LineDefaults {
  const { endpoint = "/v1/chat/completions", params = {}, schema } = options;
  const { isDirect, lane } = options;
  checkLane(lane);
  if (typeof endpoint !== "string" || !endpoint.startsWith("/")) {
    throw new TypeError(
      `The option endpoint must start with "/", such as "/v1/chat/completions": it is ${
        asCode(endpoint)
      }`,
    );
  }
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    throw new TypeError(
      `The option params must be an object, such as { model }: it is ${
        kindOf(params)
      }`,
    );
  }
  return {
    endpoint,
    params: params as Record<string, unknown>,
    format: formatOf(schema),
    isDirect,
    lane,
  };
}

/** @throws {RangeError} If one is not a positive whole number. */
export function readPartOptions(
  options: { batchSize: number | undefined; maxBytes: number | undefined },
): { batchSize: number; maxBytes: number } {
  const { batchSize = BATCH_LIMITS.requestsPerFile, maxBytes = 32_000_000 } =
    options;
  checkPositive("batchSize", batchSize);
  checkPositive("maxBytes", maxBytes);
  return { batchSize, maxBytes };
}
