/**
 * Checks of options that all rooms share.
 *
 * @module
 */

import { asCode } from "./as_code.ts";

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

const OF_CLIENT =
  /^(apiKey|apiKeyHeader|baseURL|organization|project|headers|query|timeout|maxRetries|prices|settleTime|fetch|clock)$/;

const OF_JOB =
  /^(job|isNew|endpoint|params|schema|parse|schemaName|maxAttempts|retry|batchSize|maxBytes|maxActiveBatches|maxEnqueuedTokens|countTokens|budget|uncountedTokens|deadline|atDeadline|batchTimeout|pollInterval|signal|atAbort|progress|batch|file)$/;

/** @throws {RangeError} If it is not a positive whole number. */
export function checkPositive(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new RangeError(
    `The option ${name} must be a positive whole number: it is ${
      asCode(value)
    }`,
  );
}

/** @throws {RangeError} If it is not a whole number of 0 or more. */
export function checkWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(
    `The option ${name} must be a whole number of 0 or more: it is ${
      asCode(value)
    }`,
  );
}

/** @throws {TypeError} If it is none of the choices. */
export function checkChoice(
  name: string,
  value: unknown,
  choices: readonly unknown[],
): void {
  if (choices.includes(value)) return;
  const last = asCode(choices.at(-1));
  const others = choices.slice(0, -1).map(asCode).join(", ");
  throw new TypeError(
    `The option ${name} must be ${others} or ${last}: it is ${asCode(value)}`,
  );
}

/** @throws {TypeError} If there are any unknown options: a misspelt one could cost money. */
export function checkNoMore(unknown: object): void {
  const [name] = Object.keys(unknown);
  if (name === undefined) return;
  throw new TypeError(`There is no option ${asCode(name)}${hintFor(name)}`);
}

/** Where an option belongs that is in the wrong place. */
function hintFor(name: string): string {
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

/**
 * @param atAbort What becomes of what runs when nobody waits for it any more.
 * @throws {TypeError} If it is neither "leave" nor "cancel".
 */
export function checkAtAbort(atAbort: unknown): void {
  checkChoice("atAbort", atAbort, ["leave", "cancel"]);
}
