/**
 * The options of a job, by what they are about.
 *
 * @module
 */

import { BATCH_LIMITS } from "../limits.ts";
import { asCode } from "../as_code.ts";
import {
  checkAtAbort,
  checkChoice,
  checkName,
  checkNoMore,
  checkPositive,
  checkTrace,
  checkWhole,
} from "../check_options.ts";
import { hintFor } from "../option_hint.ts";
import { checkFallback } from "../direct/options.ts";
import type { DirectLane } from "../requests/direct_lane.ts";
import { readPartOptions, readRequestOptions } from "../requests/options.ts";
import type { PartOptions, RequestOptions } from "../requests/request.ts";
import type { LineDefaults } from "../requests/to_line.ts";
import {
  type AnswerOptions,
  type AnswerSettings,
  readAnswerOptions,
} from "../results/answer_options.ts";
import { checkProgress, type WatchOptions } from "../progress/watch.ts";
import type { BatchCreateParams, FileCreateParams } from "../types/batch.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import { TAG_KEY } from "./state/tag.ts";

/** How much may be queued at the same time. */
export interface QueueOptions {
  /** How many batches of the job may be active at the same time. @default no limit but OpenAI's queue */
  maxActiveBatches?: number | undefined;
  /**
   * Input tokens that may be queued at the same time, for all models or by
   * model: OpenAI's limit is per model. If nothing else is queued, a batch is
   * tried whatever its size.
   *
   * @default no limit but OpenAI's own, which is waited out
   */
  maxEnqueuedTokens?: number | Record<string, number> | undefined;
  /**
   * Counts the tokens of a text. Pass a tokenizer's count for a closer figure.
   * What a chat adds around its messages is added by an estimate.
   *
   * @default an estimate, at most a quarter off for texts in 15 languages and code
   */
  countTokens?: ((text: string, model: string) => number) | undefined;
}

/** Time limits. Numbers are durations in ms. */
export interface TimeOptions {
  /**
   * When the job ends: ms after it was created at OpenAI (so that a restart
   * doesn't move it), or a point in time. The batches are then cancelled. What
   * they answered counts; the rest fails with the code "deadline", or is asked
   * directly. It isn't stored at OpenAI: pass it each time you run, read or step
   * the job.
   *
   * @default none
   */
  deadline?: number | Date | undefined;
  /**
   * What happens to the rest at the deadline. With "direct", once every batch has
   * ended and been read, `run`, `stream`, `results` and `parts` send the rest
   * without a batch, at the standard price or in another `lane`; attempts keep
   * counting. A `step` never does that, and counts the rest as failed. Direct
   * answers aren't stored at OpenAI: if you read the results again, after a crash
   * for example, the rest is sent, and paid for, again. Those in the lanes "8h"
   * and "2h" of a job that has a name are: `cleanup` deletes them.
   *
   * @default "fail"
   */
  atDeadline?: "fail" | "direct" | undefined;
  /**
   * With `atDeadline: "direct"`: the lane for the rest, as in
   * {@linkcode DirectOptions.lane}.
   *
   * @default "standard", or the `service_tier` of the request or the project
   */
  lane?: DirectLane | undefined;
  /**
   * With the lane "flex": how long a request waits for room before it is sent at
   * the standard price, in ms.
   *
   * @default it keeps waiting
   */
  fallbackAfter?: number | undefined;
  /**
   * Cancel a batch when it is older than this, in ms since its creation. What it
   * answered counts; the rest is sent again.
   *
   * @default none
   */
  batchTimeout?: number | undefined;
  /**
   * Ms between two looks at the batches. Up to a tenth is added, so that many
   * jobs don't all look at the same moment.
   *
   * @default 5_000 at first, growing to 60_000
   */
  pollInterval?: number | undefined;
}

/** Passed on to `POST /batches` and `POST /files`, with the names used there. */
export interface WireOptions {
  /** Fields of each batch. One of the 16 pairs of `metadata`, "offpeak", is taken by this module. */
  batch?:
    | Partial<Omit<BatchCreateParams, "input_file_id" | "endpoint">>
    | undefined;
  /** Fields of each input file. */
  file?: Partial<Omit<FileCreateParams, "file" | "purpose">> | undefined;
}

/**
 * The options of `run`, `stream` and `submit`. Unknown ones are refused.
 *
 * @typeParam E The endpoint of the requests.
 * @typeParam T The type of `parsed`.
 */
export interface JobOptions<E extends Endpoint = Chat, T = undefined>
  extends
    RequestOptions<E>,
    PartOptions,
    QueueOptions,
    AnswerOptions<E, T>,
    TimeOptions,
    WatchOptions,
    WireOptions {
  /**
   * The job's name, 1 to 64 characters of A-Z, a-z, 0-9, _ and -. It belongs to
   * this input for good: for tomorrow's input, use another name. Run the same
   * script again with the same name, and it finds what it sent before. With other
   * input, `params`, `batchSize` or `maxBytes` you get a `JobConflictError`. A
   * named job waits for `settleTime` before it sends anything, because OpenAI's
   * lists can lag.
   *
   * @default a random name, which is in `run.jobId`, in each status and on each error
   */
  job?: string | undefined;
  /**
   * Your promise that no process has ever used this `job`'s name. It is sent at
   * once, without looking for what was sent before. If the promise is wrong,
   * everything is sent and paid for again.
   *
   * @default false
   */
  isNew?: boolean | undefined;
  /**
   * The most the job may cost, in USD. The whole input is counted first, even if
   * the job continues an earlier run. A `BudgetError` is thrown before anything is
   * sent if the job may cost more, if a model has no known price, or if requests
   * hold something that can't be counted (pictures, files, tools that OpenAI runs)
   * and `uncountedTokens` doesn't say how much to add. What a job may cost is its
   * input, plus the token limit of each request that has one; the error says if
   * some have none. With a `deadline` and `atDeadline: "direct"`, everything is
   * counted at the price of the lane for the rest, since the deadline may find all
   * of it open. Retries are not included. The requests must be a list or a
   * function, because they are read twice.
   *
   * @default no limit
   */
  budget?: number | undefined;
  /**
   * Input tokens that `budget` adds for each request with something that can't be
   * counted: pictures, audio, files, tools that OpenAI runs, earlier turns.
   *
   * @default none: with a budget, such requests are refused
   */
  uncountedTokens?: number | undefined;
}

/**
 * The options of `attach`, which has no input.
 *
 * @typeParam E The endpoint of the requests.
 * @typeParam T The type of `parsed`.
 */
export interface AttachOptions<E extends Endpoint = Chat, T = undefined>
  extends
    Pick<RequestOptions<E>, "endpoint">,
    QueueOptions,
    AnswerOptions<E, T>,
    TimeOptions,
    WatchOptions {
  /**
   * The most HTTP calls that finding the job may make. If that is too few, the
   * job has `total: 0` requests until a `step` has found the rest: its own, or
   * that of a job attached with its record.
   *
   * @default no limit
   */
  maxCalls?: number | undefined;
}

/** The options, checked and complete. */
export interface JobSettings {
  /** The job's id. */
  id: string;
  /** Whether the id was made just now: nothing can exist of it yet. */
  fresh: boolean;
  /** Defaults for each request. */
  defaults: LineDefaults;
  /** Where to cut. */
  limits: { batchSize: number; maxBytes: number };
  /** What it may cost, USD. */
  budget: number | undefined;
  /** Input tokens of what can't be counted, per request that has any. */
  uncountedTokens: number | undefined;
  /** How much may be queued. */
  queue: QueueOptions;
  /** What is sent again. */
  answers: AnswerSettings;
  /** When it ends. */
  deadline: number | Date | undefined;
  /** What becomes of the rest then. */
  atDeadline: "fail" | "direct";
  /** In which lane the rest is asked then. */
  lane: DirectLane | undefined;
  /** Ms until a request that finds no room there is asked at the standard price. */
  fallbackAfter: number | undefined;
  /** When a batch is given up, ms. */
  batchTimeout: number | undefined;
  /** Ms between two looks, if it is fixed. */
  pollInterval: number | undefined;
  /** Stops waiting. */
  signal: AbortSignal | undefined;
  /** What that does to the batches. */
  atAbort: "leave" | "cancel";
  /** How progress is shown. */
  progress: NonNullable<WatchOptions["progress"]>;
  /** Called with what happens. */
  trace: WatchOptions["trace"];
  /** For `POST /batches`. */
  batch: NonNullable<WireOptions["batch"]>;
  /** For `POST /files`. */
  file: NonNullable<WireOptions["file"]>;
}

/**
 * Checks the options of a job.
 *
 * @throws {TypeError} If an option is unknown or has the wrong type.
 * @throws {RangeError} If a number is out of range.
 */
export function readJobOptions<E extends Endpoint, T>(
  options: JobOptions<E, T>,
): JobSettings {
  const {
    endpoint,
    params,
    batchSize,
    maxBytes,
    maxActiveBatches,
    maxEnqueuedTokens,
    countTokens,
    schema,
    parse,
    schemaName,
    maxAttempts,
    retry,
    job,
    budget,
    uncountedTokens,
    deadline,
    atDeadline = "fail",
    lane,
    fallbackAfter,
    batchTimeout,
    pollInterval,
    signal,
    atAbort = "leave",
    progress = true,
    trace,
    batch = {},
    file = {},
    isNew = false,
    ...unknown
  } = options;
  checkNoMore(unknown, hintFor);
  const counts = { maxActiveBatches, batchTimeout, pollInterval };
  for (const [name, value] of Object.entries(counts)) {
    if (value !== undefined) checkPositive(name, value);
  }
  if (job !== undefined) checkName("job", job);
  checkAtAbort(atAbort);
  checkProgress(progress);
  checkTrace(trace);
  checkChoice("isNew", isNew, [true, false]);
  if (budget !== undefined) checkAmount("budget", budget);
  if (uncountedTokens !== undefined) {
    checkWhole("uncountedTokens", uncountedTokens);
  }
  if (deadline !== undefined) checkDeadline(deadline);
  checkEnqueuedTokens(maxEnqueuedTokens ?? {});
  checkChoice("atDeadline", atDeadline, ["fail", "direct"]);
  if (lane !== undefined && atDeadline !== "direct") {
    throw new TypeError(
      'The option lane needs atDeadline: "direct": it is the lane for the rest',
    );
  }
  checkFallback(lane, fallbackAfter);
  checkMetadata(batch.metadata ?? {});
  const answers = readAnswerOptions({
    schema,
    parse,
    schemaName,
    maxAttempts,
    retry,
  });
  return {
    id: job ?? crypto.randomUUID(),
    fresh: isNew || job === undefined,
    defaults: readRequestOptions({
      endpoint,
      params,
      schema: answers.schema,
      lane,
    }),
    limits: readPartOptions({ batchSize, maxBytes }),
    budget,
    uncountedTokens,
    queue: { maxActiveBatches, maxEnqueuedTokens, countTokens },
    answers,
    deadline,
    atDeadline,
    lane,
    fallbackAfter,
    batchTimeout,
    pollInterval,
    signal,
    atAbort,
    progress,
    trace,
    batch,
    file,
  };
}

function checkAmount(name: string, usd: number): void {
  if (typeof usd === "number" && usd >= 0) return;
  throw new RangeError(
    `The option ${name} must be a number of USD, 0 or more: it is ${
      asCode(usd)
    }`,
  );
}

/** An invalid deadline would silently never pass. */
function checkDeadline(deadline: number | Date): void {
  const isTime = deadline instanceof Date
    ? !Number.isNaN(+deadline)
    : typeof deadline === "number" && deadline >= 0;
  if (isTime) return;
  throw new RangeError(
    `The option deadline must be a number of ms or a valid Date: it is ${
      asCode(deadline)
    }`,
  );
}

function checkEnqueuedTokens(limits: number | Record<string, number>): void {
  const name = "maxEnqueuedTokens";
  if (typeof limits !== "object") return checkPositive(name, limits);
  for (const [model, limit] of Object.entries(limits)) {
    checkPositive(`${name} of ${JSON.stringify(model)}`, limit);
  }
}

function checkMetadata(metadata: Record<string, string>): void {
  const entries = Object.entries(metadata);
  if (Object.hasOwn(metadata, TAG_KEY)) {
    throw new TypeError(
      `The metadata key "${TAG_KEY}" is taken by this module`,
    );
  }
  const { metadataPairs } = BATCH_LIMITS;
  if (entries.length >= metadataPairs) {
    throw new RangeError(
      `The metadata has ${entries.length} pairs: OpenAI takes ${metadataPairs}, and this module needs one`,
    );
  }
  for (const [key, value] of entries) {
    if (key.length <= 64 && typeof value === "string" && value.length <= 512) {
      continue;
    }
    throw new RangeError(
      `The metadata pair ${
        JSON.stringify(key.slice(0, 64))
      } is too long: a key may have 64 characters, a value must be a string of at most 512`,
    );
  }
}
