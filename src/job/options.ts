/**
 * The options of a job, by what they are about.
 *
 * @module
 */

import {
  checkNoMore,
  checkPositive,
  readPartOptions,
  readRequestOptions,
} from "../requests/options.ts";
import type { PartOptions, RequestOptions } from "../requests/request.ts";
import type { LineDefaults } from "../requests/to_line.ts";
import type { BatchCreateParams, FileCreateParams } from "../types/batch.ts";
import type { Chat, Endpoint } from "../types/endpoints.ts";
import type { JobStatus } from "./status.ts";
import { checkJobId, TAG_KEY } from "./tag.ts";

/** When. Plain numbers are durations in ms. */
export interface TimeOptions {
  /**
   * Ms between two looks at the batches; up to a tenth is added, so that many
   * jobs don't look at once.
   *
   * @default 5_000 at first, growing to 60_000
   */
  pollInterval?: number | undefined;
}

/** The process: watching and stopping. */
export interface WatchOptions {
  /** Stops waiting; the batches go on. The run rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * true: bars on stderr if it is a terminal; false: none; a function gets
   * every status, the first one before the first upload.
   *
   * @default true
   */
  progress?: boolean | ((status: JobStatus) => void) | undefined;
}

/** Passed to `POST /batches` and `POST /files` in their own words. */
export interface WireOptions {
  /** Of each batch. One of the 16 pairs of `metadata`, "offpeak", is the module's. */
  batch?:
    | Partial<Omit<BatchCreateParams, "input_file_id" | "endpoint">>
    | undefined;
  /** Of each input file. */
  file?: Partial<Omit<FileCreateParams, "file" | "purpose">> | undefined;
}

/**
 * The options of `run`, `stream` and `submit`. Unknown ones are refused.
 *
 * @typeParam E The endpoint of the requests.
 */
export interface JobOptions<E extends Endpoint = Chat>
  extends
    RequestOptions<E>,
    PartOptions,
    TimeOptions,
    WatchOptions,
    WireOptions {
  /**
   * The job's id, 1 to 64 characters of A-Z, a-z, 0-9, _ and -. It names this
   * input for good: another night is another id. With it, a script that is run
   * again finds what it sent before.
   *
   * @default a random one
   */
  job?: string | undefined;
}

/** The same, checked and complete. */
export interface JobSettings {
  /** The job's id. */
  id: string;
  /** Whether the id was made just now: nothing can exist of it yet. */
  fresh: boolean;
  /** What lies under each request. */
  defaults: LineDefaults;
  /** Where to cut. */
  limits: { batchSize: number; maxBytes: number };
  /** Ms between two looks, if it is fixed. */
  pollInterval: number | undefined;
  /** Stops waiting. */
  signal: AbortSignal | undefined;
  /** Who watches. */
  progress: boolean | ((status: JobStatus) => void);
  /** For `POST /batches`. */
  batch: NonNullable<WireOptions["batch"]>;
  /** For `POST /files`. */
  file: NonNullable<WireOptions["file"]>;
}

/**
 * Checks the options of a job.
 *
 * @param options What the caller passed.
 * @returns The same with defaults.
 * @throws {TypeError} If an option is unknown or of the wrong kind.
 * @throws {RangeError} If a number is out of range.
 */
export function readJobOptions<E extends Endpoint>(
  options: JobOptions<E>,
): JobSettings {
  const {
    endpoint,
    params,
    batchSize,
    maxBytes,
    job,
    pollInterval,
    signal,
    progress = true,
    batch = {},
    file = {},
    ...unknown
  } = options;
  checkNoMore(unknown);
  if (pollInterval !== undefined) checkPositive("pollInterval", pollInterval);
  checkMetadata(batch.metadata ?? {});
  return {
    id: job === undefined ? crypto.randomUUID() : checkJobId(job),
    fresh: job === undefined,
    defaults: readRequestOptions({ endpoint, params }),
    limits: readPartOptions({ batchSize, maxBytes }),
    pollInterval,
    signal,
    progress,
    batch,
    file,
  };
}

function checkMetadata(metadata: Record<string, string>): void {
  const entries = Object.entries(metadata);
  if (Object.hasOwn(metadata, TAG_KEY)) {
    throw new TypeError(`The metadata key "${TAG_KEY}" is the module's own`);
  }
  if (entries.length > 15) {
    throw new RangeError(
      `The metadata has ${entries.length} pairs: OpenAI takes 16, and one is the module's`,
    );
  }
  for (const [key, value] of entries) {
    if (key.length <= 64 && typeof value === "string" && value.length <= 512) {
      continue;
    }
    throw new RangeError(
      `The metadata pair ${
        JSON.stringify(key.slice(0, 64))
      } is too long: a key has up to 64 characters, a value is a string of up to 512`,
    );
  }
}
