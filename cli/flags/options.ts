/**
 * From the command line's options to the library's.
 *
 * @module
 */

import {
  type AttachOptions,
  type ClientOptions,
  type Endpoint,
  type JobOptions,
  OpenAIBatch,
  type Params,
} from "../../mod.ts";
import { UsageError } from "../messages/errors.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "../io.ts";
import type { Answers } from "../prompt/schema.ts";

/**
 * Makes the client.
 *
 * @param flags The options.
 * @param io Has the key in its environment.
 * @returns The client.
 * @throws {UsageError} If there is no key where it should be.
 */
export function openClient(flags: Flags, io: Io): OpenAIBatch {
  return new OpenAIBatch(clientOptionsOf(flags, io));
}

/**
 * @param flags The options.
 * @param io Has the key in its environment.
 * @returns What a client takes.
 * @throws {UsageError} If there is no key where it should be.
 */
export function clientOptionsOf(flags: Flags, io: Io): ClientOptions {
  const { apiKeyEnv, baseUrl } = flags;
  if (baseUrl !== undefined && apiKeyEnv === undefined) {
    throw new UsageError(
      "--base-url needs --api-key-env NAME, the variable with the key of that server: OPENAI_API_KEY is not sent there. If it needs no key, set the variable to anything",
    );
  }
  const apiKey = apiKeyEnv === undefined ? undefined : io.env(apiKeyEnv);
  if (apiKeyEnv !== undefined && apiKey === undefined) {
    throw new UsageError(
      `The variable ${apiKeyEnv} is empty or not set: export ${apiKeyEnv}=… sets it`,
    );
  }
  if (!(apiKey ?? io.client?.apiKey ?? io.env("OPENAI_API_KEY"))) {
    throw new UsageError(
      "There is no key: set OPENAI_API_KEY, or name another variable with --api-key-env",
    );
  }
  const options: ClientOptions = {
    apiKey,
    baseURL: baseUrl,
    apiKeyHeader: flags.apiKeyHeader,
    organization: flags.organization,
    project: flags.project,
    query: flags.query,
    prices: flags.prices,
    timeout: flags.timeout,
    maxRetries: flags.maxRetries,
    settleTime: flags.settleTime,
  };
  return { ...io.client, ...given(options) };
}

/**
 * @param flags The options.
 * @returns The defaults of each request.
 */
export function paramsOf({ model, params }: Flags): Params<Endpoint> {
  return { ...params, ...(model === undefined ? {} : { model }) };
}

/**
 * @param flags The options.
 * @param answers What answers must be; undefined if they are any text.
 * @returns What `run` and `submit` take.
 */
export function jobOptionsOf(
  flags: Flags,
  answers?: Answers,
): JobOptions<Endpoint> {
  return {
    ...attachOptionsOf(flags),
    ...(answers ? { schema: answers.schema } : {}),
    params: paramsOf(flags),
    batchSize: flags.batchSize,
    maxBytes: flags.maxBytes,
    budget: flags.budget,
    uncountedTokens: flags.uncountedTokens,
    batch: flags.batch,
    file: flags.file,
    job: flags.job,
  };
}

/**
 * @param flags The options.
 * @returns What `attach` takes.
 */
export function attachOptionsOf(flags: Flags): AttachOptions<Endpoint> {
  return {
    endpoint: flags.endpoint,
    maxAttempts: flags.maxAttempts,
    maxActiveBatches: flags.maxActiveBatches,
    maxEnqueuedTokens: flags.maxEnqueuedTokens,
    deadline: flags.deadline,
    atDeadline: flags.atDeadline,
    lane: flags.lane,
    fallbackAfter: flags.fallbackAfter,
    batchTimeout: flags.batchTimeout,
    pollInterval: flags.pollInterval,
  };
}

function given<T extends object>(options: T): Partial<T> {
  const entries = Object.entries(options);
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
