/**
 * `OpenAIBatch`: wires the rooms together and has no logic of its own.
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
import type { DirectStream } from "./direct/direct_stream.ts";
import {
  type DirectServices,
  openWindows,
  streamDirect,
} from "./direct/stream.ts";
import { JobEngine } from "./job/engine.ts";
import { EngineJob, insist, type Job, send } from "./job/job.ts";
import { type JobInput, listInputs } from "./job/inputs.ts";
import {
  findJobOf,
  type ListedJob,
  listJobs,
  readStatus,
} from "./job/find_jobs.ts";
import {
  type AttachOptions,
  type JobOptions,
  type JobSettings,
  readJobOptions,
} from "./job/options.ts";
import { type JobRecord, readRecord } from "./job/record.ts";
import { JobClock } from "./job/state/job_clock.ts";
import type { JobStatus } from "./progress/job_status.ts";
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
import { parseTag } from "./job/state/tag.ts";
import { listenerOf, type ReadTag, traceCalls } from "./trace.ts";
import type { Clock } from "./types/platform.ts";
import type { Trace } from "./types/trace.ts";

/** What a file's name and a batch's metadata say, for tracing. */
const readTag: ReadTag = (text) => {
  const tag = parseTag(text);
  return tag && { part: tag.part, round: tag.round };
};

/** Longest wait within a step, ms. The loop around it does longer ones. */
const STEP_WAIT = 1_000;

/**
 * Runs any number of requests through the OpenAI Batch API, and returns one
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
  /** Tells the time and waits. */
  readonly clock: Clock;
  readonly #transport: Transport;
  readonly #isOpenAI: boolean;
  readonly #settings: Pick<Services, "settleTime" | "prices">;
  readonly #direct: DirectServices;
  readonly #trace: Trace | undefined;

  /**
   * Creates a client. Nothing is sent yet.
   *
   * @param options Key, address and limits. If `OPENAI_API_KEY` is set, all of them have defaults.
   * @throws {TypeError} If there is no key for this address, or an option is invalid.
   */
  constructor(options: ClientOptions = {}) {
    const {
      settleTime,
      prices,
      isOpenAI,
      answerTimeout: timeout,
      flexTimeout,
      trace,
      ...settings
    } = readClientOptions(options);
    this.#isOpenAI = isOpenAI;
    this.clock = settings.clock;
    this.#trace = listenerOf(trace);
    const onMade = traceCalls(this.#trace, undefined, readTag);
    this.#transport = new Transport({ ...settings, onMade });
    this.#settings = { settleTime, prices };
    const caller = { transport: this.#transport, timeout, flexTimeout };
    this.files = new Files(this.#transport);
    this.#direct = {
      caller,
      clock: this.clock,
      prices,
      background: { settleTime, listening: new Set() },
    };
    this.batches = new Batches(this.#transport);
  }

  /**
   * Runs requests and waits for all results: up to 24 hours, usually much less.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param requests The requests.
   * @param options Defaults for the requests, where they are cut, and the job's name.
   * @returns The results in input order, the batches and the usage.
   * @throws {TypeError} If a request or an option breaks a rule.
   * @throws {APIError} If the API refuses a call for good.
   * @throws {ConnectionError} If the API can't be reached for an hour.
   * @throws {QuotaError} If you are out of credit. What was running is read first.
   * @throws {JobConflictError} If the job's name belongs to different input.
   * @throws {JobExpiredError} If the job needs files that are gone.
   * @throws {BudgetError} If the job may cost more than `budget`. Nothing was sent.
   */
  async run<E extends Endpoint = Chat, T = undefined>(
    requests: Requests<NoInfer<E>>,
    options: JobOptions<E, T> = {},
  ): Promise<Run<E, T, number>> {
    return await this.stream<E, T>(requests, options).collect();
  }

  /**
   * Runs requests and yields each result as soon as it can be read, keeping
   * none. Results come batch by batch, not in input order.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param requests The requests.
   * @param options Defaults for the requests, where they are cut, and the job's name.
   * @returns The results. Reading them drives the job.
   * @throws {TypeError} If an option breaks a rule. If a request does, reading the results throws.
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
  ): ResultStream<E, T, number> {
    const engine = this.#open(readJobOptions(options), requests);
    return streamJob<E, T, number>(engine, this.clock, { closes: true });
  }

  /**
   * Sends requests without a batch: the same requests and the same results, at
   * once and at the standard price, or in another `lane`. Calls run concurrently,
   * as many as the server takes. Nothing is stored at OpenAI, except in the lanes
   * "8h" and "2h": after a crash, everything is sent again.
   *
   * If the API refuses a request, that is a failure, as in a batch. After 408,
   * 409, 5xx or a timeout, a request is retried up to `maxAttempts`. A rate limit
   * (429), an overloaded server (503), a lost network and a lane "flex" without
   * room are waited out for up to an hour, and don't count as an attempt.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param requests The requests. They are read as there is room for them.
   * @param options Defaults for the requests, and how many may run at the same time.
   * @returns The results as they come. Reading them drives the calls; `collect()` returns them in input order.
   * @throws {TypeError} If an option breaks a rule. If a request does, reading the results throws.
   *
   * Reading throws {@linkcode QuotaError} if you are out of credit,
   * {@linkcode APIError} if the key is refused, and one of {@linkcode APIError}
   * and {@linkcode ConnectionError} if nothing gets through for an hour. It first
   * yields the results of everything that was running. With a `job`, it throws
   * {@linkcode JobConflictError} if the name belongs to different input.
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
  ): DirectStream<E, T> {
    const given = this.#aimed(readDirectOptions(options));
    const trace = listenerOf(this.#trace, given.trace);
    const services = this.#tracedBy(trace, given.job);
    return streamDirect<E, T>(requests, { ...given, trace }, services);
  }

  /**
   * Hands on what a webhook tells: one event moves one request on. In the
   * lanes "8h" and "2h" a response is looked at as soon as an event says that
   * it has ended, instead of when its next look is due. Events about anything
   * else, or anybody else's, change nothing.
   *
   * @param event What `verifyWebhook` gave.
   * @returns Whether a request of this client waits for that response.
   *
   * @example
   * ```ts
   * import { OpenAIBatch } from "@offpeak/openai-batch";
   * import { createSimulator } from "@offpeak/openai-batch/testing";
   * import { verifyWebhook } from "@offpeak/openai-batch/webhooks";
   *
   * const sim = createSimulator();
   * const client = new OpenAIBatch(sim.options);
   * sim.onWebhook(async (request) => { // in your server: the request that OpenAI makes
   *   const now = sim.clock.now();
   *   client.notify(await verifyWebhook(request, sim.webhookSecret, { now }));
   * });
   * const stream = client.direct(["1 + 1 ="], {
   *   endpoint: "/v1/responses",
   *   lane: "2h",
   *   params: { model: "gpt-5" },
   * });
   * console.log((await stream.collect()).values());
   * ```
   */
  notify(event: { type: string; data: { id?: unknown } }): boolean {
    const { id } = event.data;
    if (typeof id !== "string" || !event.type.startsWith("response.")) {
      return false;
    }
    const { listening } = this.#direct.background;
    return [...listening].some((windows) => windows.hurry(id));
  }

  /**
   * Sends requests and returns as soon as all of them are queued.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param requests The requests.
   * @param options Defaults for the requests, where they are cut, and the job's name.
   * @returns The job: step it, watch it, read its results.
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
   * Continues a job from anywhere, without its input.
   *
   * By name, it lists the account's files, and its batches back to the job's
   * first one. From a record, it makes no call: the next `step` sees what is
   * new. Such a step looks at the active batches only, and lists nothing until
   * something has to be created.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param job The job's name, or the record that `toJSON` returned.
   * @param options What can't be read back from OpenAI, such as `retry`.
   * @returns The job.
   * @throws {JobNotFoundError} If OpenAI has nothing of this job.
   * @throws {JobExpiredError} If OpenAI still has its batches, but not its files.
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
   * Reports where a job stands. Changes nothing: to move the job on, use
   * `attach` and `step`, or leave it to the process that is running it.
   *
   * @param job The job's name, or the record that `toJSON` returned.
   * @param options What can't be read back from OpenAI, such as `retry`.
   * @returns Its status. Answers are only read as far as needed to tell what is done.
   * @throws {JobNotFoundError} If OpenAI has nothing of this job.
   * @throws {JobExpiredError} If OpenAI still has its batches, but not its files.
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
   * Estimates what requests will cost. Nothing is sent: they are read, counted
   * and cut as for a job, with one part in memory at a time.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @param requests The requests. A generator is used up afterwards; a list or a function can still be run.
   * @param options Defaults for the requests, where they are cut, and how tokens are counted.
   * @returns Tokens, parts and USD, in total and by model.
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
   * Sends a few requests directly, returns their results, and estimates from
   * their real tokens what all of them will cost. All requests are read once and
   * counted as for `estimate`; the few that are sent cost the standard price.
   *
   * @typeParam E The endpoint, from `options.endpoint`.
   * @typeParam T The type of `parsed`.
   * @param requests The requests. A generator is used up afterwards; a list or a function can still be run.
   * @param options How many are sent and which ones, and what `direct` takes.
   * @returns The results of those that were sent, in input order, and the estimate for all.
   * @throws {TypeError} If a request or an option breaks a rule.
   * @throws What reading `direct` throws.
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
    const given = readSampleOptions<E, T>(options, this.#settings.prices);
    const trace = listenerOf(this.#trace, given.asking.trace);
    const settings = { ...given, asking: { ...given.asking, trace } };
    const services = this.#tracedBy(trace, given.asking.job);
    return await sampleRequests<E, T>(requests, settings, services);
  }

  /**
   * Finds the job that a batch belongs to: all a webhook knows is the batch.
   *
   * @param batch A batch, or its id.
   * @returns The job's name, for `attach`; undefined if this module didn't create the batch.
   * @throws {APIError} With status 404 if there is no such batch.
   */
  jobOf(batch: string | Batch): Promise<string | undefined> {
    return findJobOf(this, batch);
  }

  /**
   * Lists all jobs that OpenAI still has files of, with one listing of the files
   * and one of the batches. Answers are only read as far as needed to tell whether
   * a job is done. Changes nothing.
   *
   * @param options Which jobs.
   * @param options.prefix What the name begins with. @default ""
   * @param options.done Only those that are done, or only those that aren't. @default both
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
      yield { ...status, id, batches: listed.batches };
    }
  }

  /**
   * Lists the input files of jobs as they were first sent: what was asked, job by
   * job. One listing of the files; changes nothing.
   *
   * @param options Which jobs.
   * @param options.prefix What the name begins with. @default ""
   * @param options.signal Ends the wait.
   * @returns The files, oldest first; `ids()` and `lines()` download one.
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

  /** What direct calls get, traced. */
  #tracedBy(
    trace: Trace | undefined,
    job: string | undefined,
  ): DirectServices {
    const { caller } = this.#direct;
    const onMade = traceCalls(trace, job, readTag);
    const transport = caller.transport.with({ onMade });
    return { ...this.#direct, caller: { ...caller, transport } };
  }

  #open(given: JobSettings, requests?: unknown): JobEngine {
    const trace = listenerOf(this.#trace, given.trace);
    const settings = { ...given, trace };
    const direct = this.#tracedBy(trace, given.id);
    const calls = new CallBudget();
    const clock = new JobClock(this.clock);
    const transport = this.#transport.with({
      maxWait: STEP_WAIT,
      onMade: traceCalls(trace, given.id, readTag),
      onCall: () => calls.spend(),
      onAnswer: (headers) => clock.note(headers),
    });
    const services: Services = {
      ...this.#settings,
      askDirectly: (requests, options) =>
        askAll(requests, {
          ...direct,
          ...options,
          trace,
          windows: openWindows(options, direct),
          concurrency: CONCURRENCY,
          onSend: () => {},
          onWait: () => {},
        }),
      backgroundOf: (lane, job) =>
        openWindows({ lane, job, atAbort: "leave" }, direct),
      files: new Files(transport),
      batches: new Batches(transport),
      clock,
      contact: transport.contact,
      calls,
    };
    return new JobEngine(services, this.#aimed(settings), requests);
  }
}
