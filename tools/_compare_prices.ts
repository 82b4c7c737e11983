/**
 * Compares the price table with a file of other people's prices, by what
 * `costOf` charges.
 *
 * @module
 */

import { costOf, type Lane, priceOf, type Usage } from "../mod.ts";

/** What the file says of a model: among others USD per 1,000,000 tokens by names such as `input_cost_per_token_batches`. */
export type Models = Readonly<
  Record<string, Readonly<Record<string, unknown>>>
>;

/** A difference. */
export interface Difference {
  /** The model. */
  model: string;
  /** The name of the price in the file; undefined if the table does not have the model. */
  price: string | undefined;
  /** What the file says. */
  file: number | undefined;
  /** What the table says. */
  table: number | undefined;
}

/** Differences that are meant, and why. */
export const MEANT: readonly {
  model: RegExp;
  price?: RegExp;
  why: string;
}[] = [
  {
    model: /^ft:/,
    why: "fine-tuned models have names of their own and no known price; " +
      "the file's batch prices of some are not half, and not from the price page",
  },
  {
    model: /^gpt-5\.5-pro/,
    price: /above_272k_tokens_batches$/,
    why: "the official price page has no batch price for long prompts",
  },
  {
    model: /./,
    price: /_decisions$/,
    why: "no lane that a request can ask for",
  },
];

/**
 * @param models What the file says.
 * @returns What is missing in the table, or differs from it. Prices that only the table has are no difference.
 */
export function compare(models: Models): Difference[] {
  return Object.entries(models).flatMap(([model, figures]): Difference[] => {
    if (!priceOf(model)) {
      return [{ model, price: undefined, file: undefined, table: undefined }];
    }
    return Object.entries(figures).flatMap(([price, file]) => {
      const probe = NAME.exec(price)?.groups;
      if (!probe || typeof file !== "number") return [];
      const table = tablePrice(model, probe);
      const isSame = table !== undefined && Math.abs(table - file) < 1e-6;
      return isSame ? [] : [{ model, price, file, table }];
    });
  });
}

/**
 * @param difference A difference.
 * @returns Why it is meant; undefined if it is not.
 */
export function whyMeant(
  { model, price }: Difference,
): string | undefined {
  return MEANT.find((rule) =>
    rule.model.test(model) &&
    (rule.price?.test(price ?? "") ?? true)
  )?.why;
}

/**
 * Takes a copy as it lies with the tests, or LiteLLM's own file, whose prices
 * are those of one token.
 *
 * @param json The parsed file.
 * @returns OpenAI's models in it.
 */
export function modelsOf(json: Record<string, unknown>): Models {
  if ("models" in json) return json.models as Models;
  const rows = Object.entries(json as Models).filter(([, row]) =>
    PROVIDERS.has(row.litellm_provider) && MODES.has(row.mode)
  );
  return Object.fromEntries(
    rows.map(([model, row]) => [model, perMillion(row)]),
  );
}

const PROVIDERS: ReadonlySet<unknown> = new Set([
  "openai",
  "text-completion-openai",
]);
const MODES: ReadonlySet<unknown> = new Set([
  "chat",
  "completion",
  "responses",
  "embedding",
  "moderation",
  "image_generation",
]);

function perMillion(row: Models[string]): Models[string] {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) =>
      NAME.test(name) && typeof value === "number"
        ? [name, Number((value * 1e6).toFixed(6))]
        : [name, value]
    ),
  );
}

/** `cache_creation_input_token_cost_above_12hr_above_272k_tokens_batches` */
const NAME =
  /^(?<kind>(in|out)put_cost_per_((image|audio)_)?token|cache_(read|creation)_input_(image_)?token_cost)(?<is12h>_above_12hr)?(?<isLong>_above_272k_tokens)?(_(?<lane>batches|flex|priority|ultrafast|decisions))?$/;

/** What the table charges for 1,000,000 tokens of that kind. */
function tablePrice(
  model: string,
  { kind = "", is12h, isLong, lane = "standard" }: Record<
    string,
    string | undefined
  >,
): number | undefined {
  const options = { lane: lane === "batches" ? "batch" : lane as Lane };
  const read = isLong ? 400_000 : 0;
  const tokens = isLong ? 400_000 : 100_000;
  if (!kind.startsWith("output")) {
    const usage = inputUsage(kind, tokens, is12h !== undefined);
    const cost = costOf(usage, model, options);
    return cost === undefined ? undefined : cost / tokens * 1e6;
  }
  const before = costOf(outputUsage(kind, read, 0), model, options);
  const after = costOf(outputUsage(kind, read, tokens), model, options);
  if (before === undefined || after === undefined) return undefined;
  return (after - before) / tokens * 1e6;
}

function inputUsage(kind: string, tokens: number, is12h: boolean): Usage {
  const isImage = kind.includes("image");
  const details = {
    cached_tokens: kind.startsWith("cache_read") ? tokens : 0,
    cached_tokens_details: { image_tokens: isImage ? tokens : 0 },
    cache_write_tokens: kind.startsWith("cache_creation") ? tokens : 0,
    cache_write_tokens_details: { ttl_12h_tokens: is12h ? tokens : 0 },
    image_tokens: isImage ? tokens : 0,
    audio_tokens: kind.includes("audio") ? tokens : 0,
  };
  return {
    input_tokens: tokens,
    output_tokens: 0,
    total_tokens: tokens,
    input_tokens_details: details,
  };
}

function outputUsage(kind: string, read: number, tokens: number): Usage {
  const details = {
    reasoning_tokens: 0,
    image_tokens: kind.includes("image") ? tokens : 0,
    audio_tokens: kind.includes("audio") ? tokens : 0,
  };
  return {
    input_tokens: read,
    output_tokens: tokens,
    total_tokens: read + tokens,
    output_tokens_details: details,
  };
}
