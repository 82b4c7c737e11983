/**
 * The options of `createBatchFetch`.
 *
 * @module
 */

import {
  checkChoice,
  checkName,
  checkNoMore,
  checkPositive,
} from "../check_options.ts";
import { hintFor, OF_CLIENT } from "../option_hint.ts";
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
  /** When what an earlier process has sent has had its time to show, ms. */
  settledAt: number;
}

/** A job's id has 64 characters at most, 17 of them for the digest of its calls. */
const LONGEST_NAME = 47;

/** What each call says or checks itself. */
const OF_CALL = /^(endpoint|params|schema|parse|schemaName|budget)$/;

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
  checkName("job", name, LONGEST_NAME);
  checkPositive("window", window);
  checkPositive("size", size);
  checkChoice("pending", pending, ["wait", "respond"]);
  const responds = pending === "respond";
  checkNoMore(pick(rest, OF_CALL), hintFor);
  const client = pick(rest, OF_CLIENT);
  const job = { ...rest, progress };
  // The client and the job check their own options before the first call.
  const checked = new OpenAIBatch({ apiKey: "none", ...client });
  checked.stream([], job);
  const { settleTime = 30_000 } = client as ClientOptions;
  const settledAt = checked.clock.now() + settleTime;
  return { name, window, size, responds, signal, client, job, settledAt };
}

/** Moves options out. Undefined ones must not hide what the first call says. */
function pick(
  options: Record<string, unknown>,
  names: RegExp,
): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (!names.test(name)) continue;
    if (value !== undefined) picked[name] = value;
    delete options[name];
  }
  return picked;
}
