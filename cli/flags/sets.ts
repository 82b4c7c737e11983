/**
 * Options that several commands share.
 *
 * @module
 */

import type { FlagName } from "./flags.ts";

/** What makes an input requests. */
export const INPUT_FLAGS: readonly FlagName[] = [
  "model",
  "params",
  "endpoint",
  "prompt",
  "promptFile",
  "system",
  "systemFile",
  "image",
  "id",
  "schema",
  "fields",
  "inputFormat",
  "delimiter",
  "skipBad",
];

/** What an estimate needs to know. */
export const ESTIMATE_FLAGS: readonly FlagName[] = [
  ...INPUT_FLAGS,
  "outputTokens",
  "uncountedTokens",
  "batchSize",
  "maxBytes",
  "prices",
];

/** Where results go. */
export const OUTPUT_FLAGS: readonly FlagName[] = [
  "output",
  "failures",
  "format",
  "ordered",
  "safe",
  "body",
];

/** How a job is driven. */
export const JOB_FLAGS: readonly FlagName[] = [
  "maxAttempts",
  "maxActiveBatches",
  "maxEnqueuedTokens",
  "deadline",
  "atDeadline",
  "lane",
  "fallbackAfter",
  "batchTimeout",
  "pollInterval",
];

/** What `retry` makes a job with: its name is decided already. */
export const RETRY_FLAGS: readonly FlagName[] = [
  ...INPUT_FLAGS,
  "batchSize",
  "maxBytes",
  "budget",
  "yes",
  "uncountedTokens",
  ...JOB_FLAGS,
  "batch",
  "file",
];

/** What a job is made with. */
export const SEND_FLAGS: readonly FlagName[] = ["job", ...RETRY_FLAGS];
