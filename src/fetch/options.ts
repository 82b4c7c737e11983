/**
 * The options of `createBatchFetch`.
 *
 * @module
 */

import { asCode } from "../as_code.ts";
import { checkChoice, checkNoMore, checkPositive } from "../check_options.ts";
import { hintFor } from "../option_hint.ts";
import { OpenAIBatch } from "../client.ts";
import type { ClientOptions } from "../client_options.ts";
import type { JobOptions } from "../job/options.ts";

// deno-lint-ignore no-explicit-any
type AnyJobOptions = JobOptions<any, undefined>;

/**
 * The options of {@linkcode createBatchFetch}: its own, those of the client and
 * those of each job, except for what the calls themselves say. Unknown ones are
 * refused.
 */
export interface BatchFetchOptions extends
  ClientOptions,
  Omit<
    // deno-lint-ignore no-explicit-any
    JobOptions<any, undefined>,
    "endpoint" | "params" | "schema" | "parse" | "schemaName" | "budget"
  > {
  /**
   * The name of this run, 1 to 47 characters of A-Z, a-z, 0-9, _ and -. A restarted
   * program finds its answers by it: under the same name, equal calls get the
   * answers they got before. For the next night, use another name. Each job's name
   * is this one and a digest of its calls.
   */
  job: string;
  /** Ms without a new call after which the collected ones are sent. @default 10_000 */
  window?: number | undefined;
  /** The most calls to collect before they are sent. @default 50_000 */
  size?: number | undefined;
  /**
   * What a call does if its answer isn't there yet: wait, or fail at once with 400
   * and the code "pending", for a program that a cron runs again.
   *
   * @default "wait"
   */
  pending?: "wait" | "respond" | undefined;
  /**
   * Ends all waits, as `close` does.
   *
   * @default none
   */
  signal?: AbortSignal | undefined;
}

/** The options, checked and complete. */
export interface BatchFetchSettings {
  /** What the jobs are named after. */
  name: string;
  /** Ms without a new call. */
  window: number;
  /** Calls in a window. */
  size: number;
  /** Whether a call fails at once if its answer isn't there yet. */
  responds: boolean;
  /** Ends all waits. */
  signal: AbortSignal | undefined;
  /** The client's options; the first call supplies the rest. */
  client: ClientOptions;
  /** Of each job. */
  job: AnyJobOptions;
  /** When this process started, ms. */
  startedAt: number;
}

/** A job's id has 64 characters at most, 17 of them for the digest of its calls. */
const NAME = /^[\w-]{1,47}$/;

const CLIENT_OPTIONS = [
  "apiKey",
  "apiKeyHeader",
  "baseURL",
  "organization",
  "project",
  "headers",
  "query",
  "timeout",
  "maxRetries",
  "prices",
  "settleTime",
  "fetch",
  "clock",
] satisfies (keyof ClientOptions)[];

/** What each call says or checks itself. */
const CALL_OPTIONS = [
  "endpoint",
  "params",
  "schema",
  "parse",
  "schemaName",
  "budget",
] satisfies (keyof AnyJobOptions)[];

/**
 * Checks the options.
 *
 * @throws {TypeError} If one is unknown or has the wrong type.
 * @throws {RangeError} If a number is out of range.
 */
export function readBatchFetchOptions(
  options: BatchFetchOptions,
): BatchFetchSettings {
  const {
    job: name,
    window = 10_000,
    size = 50_000,
    pending = "wait",
    signal,
    progress = false,
    ...rest
  } = options;
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new TypeError(
      `The option job must have 1 to 47 characters of A-Z, a-z, 0-9, _ and -: it is ${
        asCode(name)
      }`,
    );
  }
  checkPositive("window", window);
  checkPositive("size", size);
  checkChoice("pending", pending, ["wait", "respond"]);
  const responds = pending === "respond";
  checkNoMore(pick(rest, CALL_OPTIONS), hintFor);
  const client = pick(rest, CLIENT_OPTIONS);
  const job = { ...rest, progress };
  // The client and the job check their own options before the first call.
  const checked = new OpenAIBatch({ apiKey: "none", ...client });
  checked.stream([], job);
  const startedAt = checked.clock.now();
  return { name, window, size, responds, signal, client, job, startedAt };
}

/** Moves options out. Undefined ones must not hide what the first call says. */
function pick(
  options: Record<string, unknown>,
  names: readonly string[],
): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    if (options[name] !== undefined) picked[name] = options[name];
    delete options[name];
  }
  return picked;
}
