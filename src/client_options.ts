/**
 * The client's options, and where they come from if they are not given.
 *
 * @module
 */

import { checkNoMore, checkPositive, checkWhole } from "./check_options.ts";
import { readVariable } from "./environment.ts";
import { checkPrices, type Price } from "./pricing/mod.ts";
import type { TransportSettings } from "./rest/transport.ts";
import { systemClock } from "./system_clock.ts";
import type { Clock, Fetch, MaybePromise, Open } from "./types/platform.ts";

/** Options of {@linkcode OpenAIBatch}. Unknown ones are refused. */
export interface ClientOptions {
  /**
   * The key, or a function that is asked for it before each call.
   *
   * @default OPENAI_API_KEY, for the default address or one from OPENAI_BASE_URL only: any other needs its own
   */
  apiKey?: string | (() => MaybePromise<string>) | undefined;
  /** Header that carries the key: as Bearer in "authorization", bare in any other (Azure: "api-key"). @default "authorization" */
  apiKeyHeader?: Open<"authorization" | "api-key"> | undefined;
  /** Where the API stands, with `/v1`. @default OPENAI_BASE_URL, else "https://api.openai.com/v1" */
  baseURL?: string | undefined;
  /** Sent as `OpenAI-Organization`. @default OPENAI_ORG_ID, where the key comes from the environment too */
  organization?: string | undefined;
  /** Sent as `OpenAI-Project`. @default OPENAI_PROJECT_ID, where the key comes from the environment too */
  project?: string | undefined;
  /** More headers for every call; undefined ones are left out. */
  headers?: Record<string, string | undefined> | undefined;
  /** Query parameters for every call, such as Azure's `api-version`. */
  query?: Record<string, string | undefined> | undefined;
  /**
   * Ms without progress until a call is given up. Uploads get the time for
   * 128 KiB/s on top; for downloads it holds for each chunk. A call of
   * `direct` has no progress until the model is through.
   *
   * @default 60_000, 600_000 for the calls of `direct`, and 900_000 for those in the lane "flex"
   */
  timeout?: number | undefined;
  /**
   * How often a call is repeated that failed in passing (408, 409, 429, 5xx,
   * no answer); `POST /batches` after a 429 only. Jobs wait for longer outages
   * on their own.
   *
   * @default 2
   */
  maxRetries?: number | undefined;
  /**
   * Own prices over the table, USD per million tokens; a string is another
   * name of a known model (Azure deployments). For `estimate`, `budget` and
   * the usage after a run.
   */
  prices?: Record<string, Price | string> | undefined;
  /**
   * How long the API's lists may lag behind its writes, ms. A named job waits
   * that long before it sends anything, and a create without an answer is
   * looked up that long before it is tried again.
   *
   * @default 30_000
   */
  settleTime?: number | undefined;
  /** Makes the calls. @default the global `fetch` at the time of each call */
  fetch?: Fetch | undefined;
  /** Tells the time and waits. @default the platform's */
  clock?: Clock | undefined;
}

/** The same, checked and complete. */
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
}

const DEFAULT_URL = "https://api.openai.com/v1";

/**
 * Checks the client's options.
 *
 * @param options What the caller passed.
 * @returns The same with defaults.
 * @throws {TypeError} If there is no key for the address, or an option is unknown or of the wrong kind.
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
    fetch = globalFetch,
    clock = systemClock,
    ...unknown
  } = options;
  checkNoMore(unknown);
  checkPositive("timeout", timeout ?? 1);
  checkWhole("maxRetries", maxRetries);
  checkWhole("settleTime", settleTime);
  checkPrices(prices ?? {});
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
      'The baseURL must be an http(s) address without query and credentials, as "https://api.openai.com/v1"',
    );
  }
  return baseURL.replace(/\/+$/, "");
}

function missingKey(isOwn: boolean): never {
  throw new TypeError(
    isOwn
      ? "A baseURL of your own needs its own apiKey: OPENAI_API_KEY is not sent there"
      : "There is no key: set OPENAI_API_KEY or pass apiKey",
  );
}
