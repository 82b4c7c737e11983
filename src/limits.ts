/**
 * What OpenAI's Batch API takes.
 *
 * @module
 */

/** The most items that OpenAI lists on a page: other servers have shorter ones. */
export const LONGEST_PAGE = { files: 10_000, batches: 100 } as const;

/**
 * The limits of OpenAI's Batch API, for code that cuts or counts by itself.
 * Jobs keep them by default; compatible servers have others.
 *
 * @example
 * ```ts
 * import { BATCH_LIMITS } from "@offpeak/openai-batch";
 *
 * const texts = Array.from({ length: 120_000 }, (_, i) => `text ${i}`);
 * console.log(Math.ceil(texts.length / BATCH_LIMITS.requestsPerFile)); // 3 batches at least
 * ```
 */
export const BATCH_LIMITS: {
  /** Requests in one input file. */
  readonly requestsPerFile: 50_000;
  /** Bytes of one input file. */
  readonly bytesPerFile: 200_000_000;
  /** Texts to embed in one batch, however many requests they come in. */
  readonly embeddingInputs: 50_000;
  /** Pairs of a batch's metadata; a job needs one of them. */
  readonly metadataPairs: 16;
  /** Batches that may be created within an hour. */
  readonly batchesPerHour: 2_000;
} = {
  requestsPerFile: 50_000,
  bytesPerFile: 200_000_000,
  embeddingInputs: 50_000,
  metadataPairs: 16,
  batchesPerHour: 2_000,
};
