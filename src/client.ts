/**
 * `OpenAIBatch`: wires the rooms together and holds no logic of its own.
 *
 * @module
 */

import { askAll } from "./direct/ask_all.ts";
import {
  CONCURRENCY,
  type DirectOptions,
  readDirectOptions,
} from "./direct/options.ts";
import {
  readSampleOptions,
  type Sample,
  type SampleOptions,
  sampleRequests,
} from "./direct/sample.ts";
import { type DirectServices, streamDirect } from "./direct/stream.ts";
import { JobEngine } from "./job/engine.ts";
import { EngineJob, insist, type Job, send } from "./job/job.ts";
import { type JobInput, listInputs } from "./job/inputs.ts";
import { findJobOf, type ListedJob, listJobs, readStatus } from "./job/jobs.ts";
import {
  type AttachOptions,
  type JobOptions,
  type JobSettings,
  readJobOptions,
} from "./job/options.ts";
import { type JobRecord, readRecord } from "./job/record.ts";
import { ServerClock } from "./job/state/server_clock.ts";
import type { JobStatus } from "./progress/status.ts";
import { streamJob } from "./job/stream.ts";
import { CallBudget, type Services } from "./job/services.ts";
import { checkPositive } from "./check_options.ts";
import { type ClientOptions, readClientOptions } from "./client_options.ts";
import type { Estimate } from "./pricing/mod.ts";
import {
  type EstimateOptions,
  estimateRequests,
  readEstimateOptions,
} from "./requests/estimate.ts";
import type { Requests } from "./requests/request.ts";
import type { LineDefaults } from "./requests/to_line.ts";
import { Batches } from "./rest/batches.ts";
import { Files } from "./rest/files.ts";
import { Transport } from "./rest/transport.ts";
import type { ResultStream, Run } from "./results/run.ts";
import type { Batch } from "./types/batch.ts";
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
  readonly #transport: Transport;
  readonly #isOpenAI: boolean;
  readonly #settings: Pick<Services, "settleTime" | "prices">;
  readonly #direct: DirectServices;

  /**
   * Makes a client. Nothing is sent yet.
   *
   * @param options Key, address and limits; all of them have defaults where `OPENAI_API_KEY` is set.
   * @throws {TypeError} If there is no key for this address, or an option is wrong.
   */
  constructor(options: ClientOptions = {}) {
    const {
      settleTime,
      prices,
      isOpenAI,
      answerTimeout: timeout,
      flexTimeout,
      ...settings
    } = readClientOptions(options);
    this.#isOpenAI = isOpenAI;
    this.clock = settings.clock;
    this.#transport = new Transport(settings);
    this.#settings = { settleTime, prices };
    const caller = { transport: this.#transport, timeout, flexTimeout };
    this.#direct = { caller, clock: this.clock, prices };
    this.files = new Files(this.#transport);
    this.batches = new Batches(this.#transport);
  }

  /**
   * Runs requests and waits for all results: up to 24 hours, mostly much less.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param requests The requests.
   * @param options What lies under them, where they are cut, and the job's id.
   * @returns The results in input order, the batches and the usage.
   * @throws {TypeError} If a request or an option breaks a rule.
   * @throws {APIError} If the API refuses a call for good.
   * @throws {ConnectionError} If the API can't be reached for an hour.
   * @throws {QuotaError} If the credit is used up, after what ran was read.
   * @throws {JobConflictError} If the job's id stands for other input.
   * @throws {JobExpiredError} If files of the job are gone that it needs.
   * @throws {BudgetError} If it may cost more than `budget`; nothing was sent.
   */
  async run<E extends Endpoint = Chat, T = undefined>(
    requests: Requests<NoInfer<E>>,
    options: JobOptions<E, T> = {},
  ): Promise<Run<E, T>> {
    return await this.stream<E, T>(requests, options).collect();
  }

  /**
   * Runs requests and gives each result as soon as it can be read, and keeps
   * none. Results come batch by batch, not in input order.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
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
  stream<E extends Endpoint = Chat, T = undefined>(
    requests: Requests<NoInfer<E>>,
    options: JobOptions<E, T> = {},
  ): ResultStream<E, T> {
    const engine = this.#open(readJobOptions(options), requests);
    return streamJob<E, T>(engine, this.clock, { closes: true });
  }

  /**
   * Asks without a batch: the same requests and the same results, at once and
   * at the standard price, or in another `lane`. Calls run concurrently, as
   * many as the server takes. Nothing is kept at OpenAI: after a crash
   * everything is asked again.
   *
   * A request that the API refuses is a failure, as in a batch. 408, 409, 5xx
   * and calls without an answer in time are repeated up to `maxAttempts`. A
   * rate limit (429), an overloaded server (503) and a network that is gone
   * count as no attempt; they are waited for, up to an hour. So is a lane
   * "flex" that has no room.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param requests The requests. They are read as there is room for them.
   * @param options What lies under them, and how many are asked at a time.
   * @returns The results as they come; reading them drives the calls, and `collect()` gives them in input order.
   * @throws {TypeError} If an option breaks a rule; a request that does is thrown while reading.
   *
   * While reading it throws {@linkcode QuotaError} if the credit is used up,
   * {@linkcode APIError} if the key is refused, and either that or
   * {@linkcode ConnectionError} if nothing gets through for an hour: after
   * the results of all that ran.
   *
   * @example
   * ```ts
   * import { OpenAIBatch } from "@offpeak/openai-batch";
   * import { createSimulator } from "@offpeak/openai-batch/testing";
   *
   * const client = new OpenAIBatch(createSimulator().options);
   * const stream = client.direct(["1 + 1 =", "1 + 2 ="], {
   *   params: { model: "gpt-4o-mini" },
   *   concurrency: 8,
   * });
   * for await (const result of stream) {
   *   console.log(result.id, result.ok ? result.output : result.error.message);
   * }
   * console.log(stream.usage.cost);
   * ```
   */
  direct<E extends Endpoint = Chat, T = undefined>(
    requests: Requests<NoInfer<E>>,
    options: DirectOptions<E, T> = {},
  ): ResultStream<E, T> {
    const settings = this.#aimed(readDirectOptions(options));
    return streamDirect<E, T>(requests, settings, this.#direct);
  }

  /**
   * Sends requests and comes back as soon as all are queued.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param requests The requests.
   * @param options What lies under them, where they are cut, and the job's id.
   * @returns The job, to be stepped, watched and read.
   * @throws What `run` throws.
   */
  async submit<E extends Endpoint = Chat, T = undefined>(
    requests: Requests<NoInfer<E>>,
    options: JobOptions<E, T> = {},
  ): Promise<Job<E, T>> {
    const engine = this.#open(readJobOptions(options), requests);
    await send(engine, this.clock);
    return new EngineJob<E, T>(engine, this.clock);
  }

  /**
   * Goes on with a job from anywhere, without its input.
   *
   * By its id, it lists the account's files, and its batches back to the job's
   * first one. From a record it makes no call: what is new shows in a `step`,
   * which looks at the active batches only, and lists nothing until something
   * is to be created.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param job The job's id, or the record that `toJSON` gave.
   * @param options What can't be read back from OpenAI, such as `retry`.
   * @returns The job.
   * @throws {JobNotFoundError} If there is nothing of it at OpenAI.
   * @throws {JobExpiredError} If there are batches of it, but no files any more.
   * @throws {TypeError} If an option breaks a rule, or the record is damaged.
   */
  async attach<E extends Endpoint = Chat, T = undefined>(
    job: string | JobRecord,
    options: AttachOptions<E, T> = {},
  ): Promise<Job<E, T>> {
    const engine = await this.#find(job, options);
    return new EngineJob<E, T>(engine, this.clock);
  }

  /**
   * Where a job stands: a look that changes nothing. The job goes on by
   * `attach` and `step`, or by the process that is at work on it.
   *
   * @param job The job's id, or the record that `toJSON` gave.
   * @param options What can't be read back from OpenAI, such as `retry`.
   * @returns Its status. Answers are read as far as it takes to tell what is done.
   * @throws {JobNotFoundError} If there is nothing of it at OpenAI.
   * @throws {JobExpiredError} If there are batches of it, but no files any more.
   *
   * @example
   * ```ts
   * import { OpenAIBatch } from "@offpeak/openai-batch";
   * import { createSimulator } from "@offpeak/openai-batch/testing";
   *
   * const client = new OpenAIBatch(createSimulator().options);
   * await client.submit(["1 + 1 ="], { job: "sums", params: { model: "gpt-4o-mini" } });
   * const { phase, waitingFor } = await client.status("sums");
   * console.log(phase, waitingFor?.reason); // "Processing" "batches"
   * ```
   */
  async status<E extends Endpoint = Chat, T = undefined>(
    job: string | JobRecord,
    options: Omit<AttachOptions<E, T>, "maxCalls"> = {},
  ): Promise<JobStatus> {
    const engine = await this.#find(job, options);
    if (engine.view.isRestored) {
      await insist(engine, this.clock, () => engine.view.look());
    }
    await insist(engine, this.clock, () => engine.settle());
    if (engine.parts.gone) throw engine.parts.gone;
    return engine.status;
  }

  /**
   * What requests will cost, before they are sent. Nothing is: the requests
   * are read, counted and cut as for a job, in memory for one part.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @param requests The requests. What can be read only once is used up then; a list or a function can be run afterwards.
   * @param options What lies under them, where they are cut, and how tokens are counted.
   * @returns Tokens, parts and USD, in all and by model.
   * @throws {TypeError} If a request or an option breaks a rule.
   *
   * @example
   * ```ts
   * import { OpenAIBatch } from "@offpeak/openai-batch";
   * import assert from "node:assert/strict";
   *
   * const client = new OpenAIBatch({ apiKey: "none" });
   * const estimate = await client.estimate(["1 + 1 =", "1 + 2 ="], {
   *   params: { model: "gpt-4o-mini", max_completion_tokens: 10 },
   * });
   * assert.equal(estimate.maxOutputTokens, 20);
   * assert.equal(estimate.saving, estimate.cost); // half price
   * ```
   */
  async estimate<E extends Endpoint = Chat>(
    requests: Requests<NoInfer<E>>,
    options: EstimateOptions<E> = {},
  ): Promise<Estimate> {
    const { prices } = this.#settings;
    const settings = this.#aimed(readEstimateOptions(options, prices));
    return await estimateRequests(requests, settings);
  }

  /**
   * Asks a few requests directly, gives their results, and tells from their
   * real tokens what all of them will cost. All are read, once, and counted as
   * for `estimate`; those that are asked cost the standard price.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param requests The requests. What can be read only once is used up then; a list or a function can be run afterwards.
   * @param options How many are asked and which, and what `direct` takes.
   * @returns The results of those that were asked, in input order, and the estimate of all.
   * @throws {TypeError} If a request or an option breaks a rule.
   * @throws What `direct` throws while it is read.
   *
   * @example
   * ```ts
   * import { OpenAIBatch } from "@offpeak/openai-batch";
   * import { createSimulator } from "@offpeak/openai-batch/testing";
   *
   * const client = new OpenAIBatch(createSimulator().options);
   * const questions = Array.from({ length: 1_000 }, (_, i) => `1 + ${i} =`);
   * const { results, estimate } = await client.sample(questions, {
   *   params: { model: "gpt-4o-mini" },
   *   size: 10,
   * });
   * console.log(results.length, estimate.text);
   * console.log(estimate.lanes.standard?.expected);
   * ```
   */
  async sample<E extends Endpoint = Chat, T = undefined>(
    requests: Requests<NoInfer<E>>,
    options: SampleOptions<E, T> = {},
  ): Promise<Sample<E, T>> {
    const settings = readSampleOptions<E, T>(options, this.#settings.prices);
    return await sampleRequests<E, T>(requests, settings, this.#direct);
  }

  /**
   * The job of a batch: a webhook knows only that.
   *
   * @param batch A batch, or its id.
   * @returns The job's id, for `attach`; undefined if the batch is none of this module's.
   * @throws {APIError} With status 404 if there is no such batch.
   */
  jobOf(batch: string | Batch): Promise<string | undefined> {
    return findJobOf(this, batch);
  }

  /**
   * All jobs that OpenAI still has files of, by one listing of the files and one
   * of the batches. Answers are read as far as it takes to tell whether a job is
   * done; nothing is changed.
   *
   * @param options Which: whose id begins with `prefix`, and those that are `done` or not.
   * @param options.prefix What the id begins with. @default ""
   * @param options.done Whether they are done. @default both
   * @returns Where each stands, and its batches; the newest first.
   */
  async *jobs(
    { prefix = "", done }: { prefix?: string; done?: boolean } = {},
  ): AsyncGenerator<ListedJob> {
    for (const [id, listed] of await listJobs(this, prefix, this.clock)) {
      const engine = this.#open(readJobOptions({ job: id }));
      engine.view.adopt(listed);
      const status = await readStatus(engine);
      if (!status) continue;
      if (done !== undefined && status.done !== done) continue;
      yield { ...status, batches: listed.batches };
    }
  }

  /**
   * The input files of jobs, as they were first sent: what was asked, job by
   * job. One listing of the files; nothing is changed.
   *
   * @param options Which: of jobs whose id begins with `prefix`. `signal` ends the wait.
   * @param options.prefix What the id begins with. @default ""
   * @param options.signal Ends the wait.
   * @returns The files, the oldest first; `ids()` downloads one.
   *
   * @example
   * ```ts
   * import { OpenAIBatch } from "@offpeak/openai-batch";
   * import { createSimulator } from "@offpeak/openai-batch/testing";
   *
   * const client = new OpenAIBatch(createSimulator().options);
   * for (const { job, ids } of await client.inputs({ prefix: "reviews-" })) {
   *   console.log(job, await ids());
   * }
   * ```
   */
  async inputs(
    { prefix = "", signal }: {
      prefix?: string;
      signal?: AbortSignal | undefined;
    } = {},
  ): Promise<JobInput[]> {
    const { files, clock } = this;
    const { contact } = this.#transport;
    return await listInputs({ files, clock, contact, prefix, signal });
  }

  async #find<E extends Endpoint, T>(
    job: string | JobRecord,
    options: AttachOptions<E, T>,
  ): Promise<JobEngine> {
    const { maxCalls, ...others } = options;
    if (maxCalls !== undefined) checkPositive("maxCalls", maxCalls);
    const id = typeof job === "string" ? job : job.id;
    const engine = this.#open(readJobOptions({ ...others, job: id }));
    const { view } = engine;
    if (typeof job !== "string") readRecord(job, engine.parts, view);
    if (view.isFound) return engine;
    const { signal } = options;
    await engine.findJob(
      (work) => insist(engine, this.clock, work),
      { maxCalls, signal },
    );
    return engine;
  }

  /** What a request must be depends on where it goes. */
  #aimed<T extends { defaults: LineDefaults }>(settings: T): T {
    const isOpenAI = this.#isOpenAI;
    return { ...settings, defaults: { ...settings.defaults, isOpenAI } };
  }

  #open(settings: JobSettings, requests?: unknown): JobEngine {
    const calls = new CallBudget();
    const serverClock = new ServerClock(this.clock);
    const transport = this.#transport.with({
      maxWait: STEP_WAIT,
      onCall: () => calls.spend(),
      onAnswer: (headers) => serverClock.note(headers),
    });
    const services: Services = {
      ...this.#settings,
      askDirectly: (requests, options) =>
        askAll(requests, {
          ...this.#direct,
          ...options,
          concurrency: CONCURRENCY,
          onSend: () => {},
          onWait: () => {},
        }),
      files: new Files(transport),
      batches: new Batches(transport),
      clock: this.clock,
      contact: transport.contact,
      serverClock,
      calls,
    };
    return new JobEngine(services, this.#aimed(settings), requests);
  }
}
