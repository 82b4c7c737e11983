/**
 * The client's options, and where their defaults come from.
 *
 * @module
 */

import {
  checkNoMore,
  checkPositive,
  checkTrace,
  checkWhole,
} from "./check_options.ts";
import { hintFor } from "./option_hint.ts";
import { readVariable } from "./environment.ts";
import { checkPrices, type Price } from "./pricing/mod.ts";
import type { TransportSettings } from "./rest/transport.ts";
import { systemClock } from "./system_clock.ts";
import type { Clock, Fetch, MaybePromise, Open } from "./types/platform.ts";
import type { Trace } from "./types/trace.ts";

/** Options of {@linkcode OpenAIBatch}. Unknown ones are refused. */
export interface ClientOptions {
  /**
   * The key, or a function called for it before each call.
   *
   * @default OPENAI_API_KEY, but only for the default address or one from OPENAI_BASE_URL: any other needs its own key
   */
  apiKey?: string | (() => MaybePromise<string>) | undefined;
  /** The header for the key: as a Bearer token in "authorization", bare in any other (Azure: "api-key"). @default "authorization" */
  apiKeyHeader?: Open<"authorization" | "api-key"> | undefined;
  /** The API's address, including `/v1`. @default OPENAI_BASE_URL, else "https://api.openai.com/v1" */
  baseURL?: string | undefined;
  /** Sent as `OpenAI-Organization`. @default OPENAI_ORG_ID, if the key comes from the environment too */
  organization?: string | undefined;
  /** Sent as `OpenAI-Project`. @default OPENAI_PROJECT_ID, if the key comes from the environment too */
  project?: string | undefined;
  /** Headers added to every call. Undefined ones are left out. */
  headers?: Record<string, string | undefined> | undefined;
  /** Query parameters added to every call, such as Azure's `api-version`. */
  query?: Record<string, string | undefined> | undefined;
  /**
   * Ms without progress after which a call is given up. An upload gets extra
   * time for its size, at 128 KiB/s; a download gets this long for each chunk. A
   * call of `direct` shows no progress until the model has finished.
   *
   * @default 60_000, 600_000 for the calls of `direct`, and 900_000 for those in the lane "flex"
   */
  timeout?: number | undefined;
  /**
   * How often to retry a call that failed for now (408, 409, 429, 5xx, no
   * response). `POST /batches` is only retried after a 429. Jobs wait out longer
   * outages on their own.
   *
   * @default 2
   */
  maxRetries?: number | undefined;
  /**
   * Your own prices by model, in USD per million tokens. They take precedence
   * over the built-in table. A string is the name of a known model (for Azure
   * deployments). Used by `estimate`, `budget` and the usage after a run.
   */
  prices?: Record<string, Price | string> | undefined;
  /**
   * How long the API's lists may lag behind its writes, in ms. A named job waits
   * this long before it sends anything. If creating a batch gets no response, the
   * job looks for that batch this long before it creates it again.
   *
   * @default 30_000
   */
  settleTime?: number | undefined;
  /**
   * Gets each thing that happens, for logs and tracing: uploads, creates, looks,
   * downloads, waits, retries, results, direct calls. Never a key, a prompt or an
   * answer. If it throws, that is ignored.
   *
   * @default none, and nothing is computed
   */
  trace?: Trace | undefined;
  /** Makes the calls. @default the global `fetch` at the time of each call */
  fetch?: Fetch | undefined;
  /** Tells the time and waits. @default the platform's */
  clock?: Clock | undefined;
}

/** The options, checked and complete. */
export interface ClientSettings extends TransportSettings {
  /** See {@linkcode ClientOptions.settleTime}. */
  settleTime: number;
  /** See {@linkcode ClientOptions.prices}. */
  prices: Record<string, Price | string> | undefined;
  /** Ms that a model has for an answer. */
  answerTimeout: number;
  /** The same in the lane "flex", which is slow. */
  flexTimeout: number;
  /** Whether it speaks to OpenAI itself. */
  isOpenAI: boolean;
  /** See {@linkcode ClientOptions.trace}. */
  trace: Trace | undefined;
}

const DEFAULT_URL = "https://api.openai.com/v1";

/**
 * Checks the client's options.
 *
 * @throws {TypeError} If there is no key for the address, or an option is unknown or has the wrong type.
 * @throws {RangeError} If a number is out of range.
 */
export function readClientOptions(options: ClientOptions): ClientSettings {
  const {
    apiKey,
    apiKeyHeader = "authorization",
    baseURL,
    organization,
    project,
    headers = {},
    query = {},
    timeout,
    maxRetries = 2,
    prices,
    settleTime = 30_000,
    trace,
    fetch = globalFetch,
    clock = systemClock,
    ...unknown
  } = options;
  checkNoMore(unknown, hintFor);
  checkPositive("timeout", timeout ?? 1);
  checkWhole("maxRetries", maxRetries);
  checkWhole("settleTime", settleTime);
  checkPrices(prices ?? {});
  checkTrace(trace);
  const url = readBaseURL(baseURL ?? readVariable("OPENAI_BASE_URL"));
  const isOwn = baseURL !== undefined && url !== DEFAULT_URL;
  const fromEnvironment = (name: string) =>
    isOwn || apiKey !== undefined ? undefined : readVariable(name);
  return {
    apiKey: apiKey ?? fromEnvironment("OPENAI_API_KEY") ?? missingKey(isOwn),
    apiKeyHeader,
    baseURL: url,
    isOpenAI: url === DEFAULT_URL,
    headers: {
      "openai-organization": organization ?? fromEnvironment("OPENAI_ORG_ID"),
      "openai-project": project ?? fromEnvironment("OPENAI_PROJECT_ID"),
      ...headers,
    },
    query,
    timeout: timeout ?? 60_000,
    answerTimeout: timeout ?? 600_000,
    flexTimeout: timeout ?? 900_000,
    maxRetries,
    settleTime,
    prices,
    trace,
    fetch,
    clock,
  };
}

/** Looked up at each call, and never called as a method. */
const globalFetch: Fetch = (input, init) => {
  const { fetch } = globalThis;
  return fetch(input, init);
};

function readBaseURL(baseURL: string = DEFAULT_URL): string {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  const isPlain = url && /^https?:$/.test(url.protocol) &&
    !(url.search || url.hash || url.username || url.password);
  if (!isPlain) {
    throw new TypeError(
      'The option baseURL must be an http(s) address without a query or credentials, such as "https://api.openai.com/v1"',
    );
  }
  return baseURL.replace(/\/+$/, "");
}

function missingKey(isOwn: boolean): never {
  throw new TypeError(
    isOwn
      ? "A baseURL of your own needs an apiKey: OPENAI_API_KEY is not sent there"
      : "There is no API key: set OPENAI_API_KEY, or pass apiKey",
  );
}
