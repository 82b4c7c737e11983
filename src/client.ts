/**
 * `OpenAIBatch`: wires the rooms together and holds no logic of its own.
 *
 * @module
 */

import { JobEngine } from "./job/engine.ts";
import { type Job, submit } from "./job/job.ts";
import { type JobOptions, readJobOptions } from "./job/options.ts";
import { JobStream } from "./job/stream.ts";
import type { Surroundings } from "./job/surroundings.ts";
import { type ClientOptions, readClientOptions } from "./client_options.ts";
import type { Requests } from "./requests/request.ts";
import { Batches } from "./rest/batches.ts";
import { Files } from "./rest/files.ts";
import { Transport } from "./rest/transport.ts";
import type { ResultStream, Run } from "./results/run.ts";
import type { Chat, Endpoint } from "./types/endpoints.ts";
import type { Clock } from "./types/platform.ts";

/** Longest wait within a step, ms: longer ones are the loop's. */
const STEP_WAIT = 1_000;

/**
 * Runs any number of requests through the OpenAI Batch API, and gives one
 * result for each.
 *
 * @example
 * ```ts
 * import { OpenAIBatch } from "@offpeak/openai-batch";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const client = new OpenAIBatch(createSimulator().options); // or: new OpenAIBatch()
 * const run = await client.run(["1 + 1 =", "1 + 2 ="], { params: { model: "gpt-4o-mini" } });
 * for (const result of run.results) {
 *   console.log(result.id, result.ok ? result.output : result.error.message);
 * }
 * console.log(run.usageTable());
 * ```
 */
export class OpenAIBatch {
  /** The files endpoint. */
  readonly files: Files;
  /** The batches endpoint. */
  readonly batches: Batches;
  /** Where it gets the time from. */
  readonly clock: Clock;
  readonly #surroundings: Surroundings;

  /**
   * Makes a client. Nothing is sent yet.
   *
   * @param options Key, address and limits; all of them have defaults where `OPENAI_API_KEY` is set.
   * @throws {TypeError} If there is no key for this address, or an option is wrong.
   */
  constructor(options: ClientOptions = {}) {
    const { settleTime, prices, ...settings } = readClientOptions(options);
    const transport = new Transport(settings);
    const stepping = transport.withMaxWait(STEP_WAIT);
    this.clock = settings.clock;
    this.files = new Files(transport);
    this.batches = new Batches(transport);
    this.#surroundings = {
      files: new Files(stepping),
      batches: new Batches(stepping),
      clock: settings.clock,
      settleTime,
      prices,
    };
  }

  /**
   * Runs requests and waits for all results: up to 24 hours, mostly much less.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @param requests The requests.
   * @param options What lies under them, where they are cut, and the job's id.
   * @returns The results in input order, the batches and the usage.
   * @throws {TypeError} If a request or an option breaks a rule.
   * @throws {APIError} If the API refuses a call for good.
   * @throws {ConnectionError} If the API can't be reached for an hour.
   * @throws {JobConflictError} If the job's id stands for other input.
   */
  async run<E extends Endpoint = Chat>(
    requests: Requests<NoInfer<E>>,
    options: JobOptions<E> = {},
  ): Promise<Run<E, undefined>> {
    return await this.stream<E>(requests, options).collect();
  }

  /**
   * Runs requests and gives each result as soon as it can be read, in constant
   * memory. Results come batch by batch, not in input order.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @param requests The requests.
   * @param options What lies under them, where they are cut, and the job's id.
   * @returns The results; reading them drives the job.
   * @throws {TypeError} If an option breaks a rule; a request that does is thrown while reading.
   *
   * @example
   * ```ts
   * import { OpenAIBatch } from "@offpeak/openai-batch";
   * import { createSimulator } from "@offpeak/openai-batch/testing";
   *
   * async function* questions() {
   *   for (let i = 0; i < 100; i++) yield { id: `q${i}`, content: `1 + ${i} =` };
   * }
   * const client = new OpenAIBatch(createSimulator().options);
   * const stream = client.stream(questions(), { params: { model: "gpt-4o-mini" }, batchSize: 50 });
   * for await (const result of stream) {
   *   if (result.ok) console.log(result.id, result.output);
   * }
   * ```
   */
  stream<E extends Endpoint = Chat>(
    requests: Requests<NoInfer<E>>,
    options: JobOptions<E> = {},
  ): ResultStream<E, undefined> {
    const engine = this.#open(requests, options);
    return new JobStream<E>(engine, this.clock, true);
  }

  /**
   * Sends requests and comes back as soon as all are queued.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @param requests The requests.
   * @param options What lies under them, where they are cut, and the job's id.
   * @returns The job, to be stepped, watched and read.
   * @throws What `run` throws.
   */
  async submit<E extends Endpoint = Chat>(
    requests: Requests<NoInfer<E>>,
    options: JobOptions<E> = {},
  ): Promise<Job<E, undefined>> {
    return await submit<E>(this.#open(requests, options), this.clock);
  }

  #open<E extends Endpoint>(
    requests: Requests<NoInfer<E>>,
    options: JobOptions<E>,
  ): JobEngine {
    const settings = readJobOptions(options);
    return new JobEngine(this.#surroundings, requests, settings);
  }
}
