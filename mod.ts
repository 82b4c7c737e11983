/**
 * Run any number of requests through the OpenAI Batch API at half price, and
 * get exactly one result for each. No dependencies. Runs on Deno, Bun, Node and
 * edge runtimes.
 *
 * @example
 * ```ts
 * import { OpenAIBatch } from "@offpeak/openai-batch";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const client = new OpenAIBatch(createSimulator().options); // or: new OpenAIBatch()
 * const reviews = ["Great value for money.", "It broke after a week."];
 * const run = await client.run(
 *   reviews.map((text, i) => ({ id: `review_${i}`, content: `Sentiment of: ${text}` })),
 *   { params: { model: "gpt-4o-mini", max_completion_tokens: 10 } },
 * );
 * for (const result of run.results) {
 *   console.log(result.id, result.ok ? result.output : result.error.message);
 * }
 * console.log(run.usageTable({ digits: 8 }));
 * ```
 *
 * @module
 */

export { OpenAIBatch } from "./src/client.ts";
export { BudgetError } from "./src/pricing/budget_error.ts";
export { FailedRequestsError } from "./src/results/failed_requests_error.ts";
export type { ClientOptions } from "./src/client_options.ts";
export type { DirectOptions } from "./src/direct/options.ts";
export type { DirectStream } from "./src/direct/direct_stream.ts";
export {
  APIError,
  type APIErrorDetails,
  ConnectionError,
  type ErrorDetails,
  JobConflictError,
  JobExpiredError,
  JobIncompleteError,
  JobNotFoundError,
  OpenAIBatchError,
  QuotaError,
} from "./src/errors.ts";
export { defineJob } from "./src/job/define_job.ts";
export type { JobInput } from "./src/job/inputs.ts";
export type { ListedJob } from "./src/job/find_jobs.ts";
export type { Job } from "./src/job/job.ts";
export type {
  AttachOptions,
  JobOptions,
  QueueOptions,
  TimeOptions,
  WireOptions,
} from "./src/job/options.ts";
export type { PartResults } from "./src/job/part_results.ts";
export { poll, type PollOptions } from "./src/job/look/poll.ts";
export type { JobRecord } from "./src/job/record.ts";
export type { JobStatus, WaitingFor } from "./src/progress/job_status.ts";
export type { WatchOptions } from "./src/progress/watch.ts";
export {
  type Bytes,
  MalformedLineError,
  parseLines,
  type ParseLinesOptions,
} from "./src/jsonl/decode.ts";
export { encodeLines } from "./src/jsonl/encode.ts";
export { BATCH_LIMITS } from "./src/limits.ts";
export {
  type Cost,
  costOf,
  type Estimate,
  type Lane,
  type LaneCosts,
  type LanePrice,
  type Price,
  type PricedLane,
  priceOf,
  type Range,
  type SampleEstimate,
  type TableOptions,
  type Uncounted,
  type UsageReport,
  usageTable,
} from "./src/pricing/mod.ts";
export type { Sample, SampleOptions } from "./src/direct/sample.ts";
export { chunk, type Part } from "./src/requests/chunk.ts";
export type { DirectLane } from "./src/requests/direct_lane.ts";
export type { EstimateOptions } from "./src/requests/estimate.ts";
export type {
  BatchRequest,
  BodyRequest,
  ContentRequest,
  PartOptions,
  RequestOptions,
  Requests,
  RequestSource,
} from "./src/requests/request.ts";
export { requestLine } from "./src/requests/request_line.ts";
export type { Batches, BatchListParams } from "./src/rest/batches.ts";
export type { FileDeleted, FileListParams, Files } from "./src/rest/files.ts";
export type { Page, PagePromise } from "./src/rest/page.ts";
export type { CallOptions } from "./src/rest/transport.ts";
export type { AnswerOptions } from "./src/results/answer_options.ts";
export type {
  Failure,
  FailureCode,
  Result,
  ResultBase,
  ResultError,
  Success,
} from "./src/results/result.ts";
export type {
  JobBatch,
  ResultStream,
  Run,
  RunBatch,
} from "./src/results/run.ts";
export type * from "./src/types/batch.ts";
export type * from "./src/types/chat.ts";
export type * from "./src/types/completions.ts";
export type * from "./src/types/embeddings.ts";
export type * from "./src/types/endpoints.ts";
export type * from "./src/types/images.ts";
export type * from "./src/types/lines.ts";
export type * from "./src/types/messages.ts";
export type * from "./src/types/moderations.ts";
export type * from "./src/types/platform.ts";
export type * from "./src/types/responses_api.ts";
export type * from "./src/types/responses_messages.ts";
export type * from "./src/types/standard_schema.ts";
export type * from "./src/types/trace.ts";
