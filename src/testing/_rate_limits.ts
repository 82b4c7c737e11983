/**
 * The rate limits of the synchronous endpoints, and the headers that tell
 * them.
 *
 * @module
 */

import { HttpError } from "./_http_error.ts";
import { promptText, tokensOf } from "./_request_text.ts";
import type { Limits } from "./types.ts";

const MINUTE = 60_000;

/** A bucket that fills up within a minute. */
interface Bucket {
  left: number;
  filledAt: number;
}

/** The limits of every model. */
export class RateLimits {
  readonly #limits: readonly ["requests" | "tokens", number][];
  readonly #buckets = new Map<string, Bucket>();

  constructor({ requestsPerMinute, tokensPerMinute }: Limits) {
    this.#limits = ([
      ["requests", requestsPerMinute],
      ["tokens", tokensPerMinute],
    ] as const).flatMap(([kind, limit]) =>
      limit === undefined ? [] : [[kind, limit]]
    );
  }

  /**
   * Takes what a call needs.
   *
   * @throws {HttpError} 429 if there is not enough; nothing is taken then.
   */
  take(body: Record<string, unknown>, now: number): Record<string, string> {
    const needs = { requests: 1, tokens: countTokens(body) };
    const model = String(body.model);
    for (const [kind, limit] of this.#limits) {
      const { left } = this.#bucket(model, kind, limit, now);
      if (left >= needs[kind]) continue;
      const wait = (needs[kind] - left) * MINUTE / limit;
      throw refusal(kind, model, limit, wait, this.#headers(model, now));
    }
    for (const [kind, limit] of this.#limits) {
      this.#bucket(model, kind, limit, now).left -= needs[kind];
    }
    return this.#headers(model, now);
  }

  #headers(model: string, now: number): Record<string, string> {
    return Object.fromEntries(this.#limits.flatMap(([kind, limit]) => {
      const { left } = this.#bucket(model, kind, limit, now);
      const reset = duration((limit - left) * MINUTE / limit);
      return [
        [`x-ratelimit-limit-${kind}`, `${limit}`],
        [`x-ratelimit-remaining-${kind}`, `${Math.floor(left)}`],
        [`x-ratelimit-reset-${kind}`, reset],
      ];
    }));
  }

  #bucket(model: string, kind: string, limit: number, now: number): Bucket {
    const key = `${kind} ${model}`;
    const bucket = this.#buckets.get(key) ?? { left: limit, filledAt: now };
    const filled = (now - bucket.filledAt) * limit / MINUTE;
    bucket.left = Math.min(limit, bucket.left + filled);
    bucket.filledAt = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

/** The prompt, or the output's cap if that is more. */
function countTokens(body: Record<string, unknown>): number {
  const cap = body.max_completion_tokens ?? body.max_output_tokens ??
    body.max_tokens;
  return Math.max(tokensOf(promptText(body)), Number(cap ?? 0));
}

function refusal(
  kind: "requests" | "tokens",
  model: string,
  limit: number,
  wait: number,
  headers: Record<string, string>,
): HttpError {
  const unit = kind === "requests" ? "RPM" : "TPM";
  return new HttpError(
    429,
    `Rate limit reached for ${model} on ${kind} per min (${unit}): ` +
      `Limit ${limit}. Please try again in ${duration(wait)}.`,
    {
      type: kind,
      code: "rate_limit_exceeded",
      headers: {
        ...headers,
        "retry-after": `${Math.ceil(wait / 1_000)}`,
        "retry-after-ms": `${Math.ceil(wait)}`,
      },
    },
  );
}

/** As Go writes it: "6m0s", "8.64s", "120ms". */
function duration(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`;
  if (ms < MINUTE) return `${Math.ceil(ms / 10) / 100}s`;
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
