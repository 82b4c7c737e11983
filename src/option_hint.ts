/**
 * Where an option belongs that is in the wrong place, or has another name here.
 *
 * @module
 */

/** Where the fields of a request body and of the two wire objects belong. */
const PLACES: readonly [names: RegExp, place: string][] = [
  [/^(completion_window|metadata|output_expires_after)$/, "batch"],
  [/^expires_after$/, "file"],
  [
    /^(model|temperature|seed|stop|n|tools|text|reasoning|instructions|dimensions|store|user|verbosity|modalities|prediction)$|_/,
    "params",
  ],
];

/** Names from elsewhere: the Python package, the official SDK, the wire. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["api_key", "apiKey"],
  ["base_url", "baseURL"],
  ["baseUrl", "baseURL"],
  ["batch_size", "batchSize"],
  ["maxRetry", "maxAttempts"],
  ["max_attempts", "maxAttempts"],
  ["max_retry", "maxAttempts"],
  ["retries", "maxAttempts"],
]);

/** The client's own options; `trace` is one of a job, too. */
export const OF_CLIENT: RegExp =
  /^(apiKey|apiKeyHeader|baseURL|organization|project|headers|query|timeout|maxRetries|prices|settleTime|fetch|clock)$/;

const OF_JOB =
  /^(job|isNew|endpoint|params|schema|parse|schemaName|maxAttempts|retry|batchSize|maxBytes|maxActiveBatches|maxEnqueuedTokens|countTokens|budget|uncountedTokens|deadline|atDeadline|lane|fallbackAfter|batchTimeout|pollInterval|signal|atAbort|progress|batch|file|trace)$/;

/** The end of a sentence about an unknown option; "" if nothing is known about it. */
export function hintFor(name: string): string {
  const meant = NAMES.get(name);
  if (meant !== undefined) return `: did you mean ${meant}?`;
  if (OF_CLIENT.test(name)) {
    return `: it is an option of the client, new OpenAIBatch({ ${name} })`;
  }
  if (OF_JOB.test(name)) {
    return " here: it is an option of run, stream and submit";
  }
  if (name === "concurrency") return ": it is an option of direct and sample";
  const place = PLACES.find(([names]) => names.test(name))?.[1];
  return place === undefined ? "" : `: did you mean ${place}.${name}?`;
}
