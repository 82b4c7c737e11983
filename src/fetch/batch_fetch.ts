/**
 * `createBatchFetch`: a `fetch` that answers calls from batches.
 *
 * @module
 */

import { onAbort } from "../on_abort.ts";
import { requestLine } from "../requests/request_line.ts";
import { type Answer, answerOfError, Refused } from "./answers.ts";
import { type Account, type BatchCall, readCall } from "./call.ts";
import { Caller } from "./caller.ts";
import { Collector } from "./collector.ts";
import { keyOf } from "./key.ts";
import { lineOf } from "./line.ts";
import { Numbers } from "./numbers.ts";
import { type BatchFetchStats, noStats } from "./stats.ts";
import {
  type BatchFetchOptions,
  type BatchFetchSettings,
  readBatchFetchOptions,
} from "./options.ts";

/** A `fetch` for the client of another library. */
export interface BatchFetch {
  /**
   * Answers JSON POSTs to the batch endpoints from batches, and passes everything
   * else on to the real `fetch`.
   *
   * @param input As for `fetch`.
   * @param init As for `fetch`. The header `x-offpeak` ("batch" or "direct") decides for a call; `x-offpeak-key` names a call with a body that is never the same twice. Neither is passed on.
   * @returns The API's response. A final error has a status that no SDK retries.
   */
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * Sends what was collected, without waiting for the rest of the window. Await it
   * at the end of a cron's invocation: a process waits for `settleTime` before it
   * sends anything.
   *
   * @throws Whatever kept it from being sent. Waiting calls are answered with that too.
   */
  flush(): Promise<void>;
  /**
   * Ends all waits: each call rejects with the reason, and so does every later one.
   * The batches keep running, unless `atAbort` is "cancel".
   *
   * @param reason Why. @default an AbortError
   * @returns Resolves when nothing is running any more.
   */
  close(reason?: unknown): Promise<void>;
  /** How many calls are waiting for their answers. */
  readonly pending: number;
  /** What it has done so far. */
  readonly stats: BatchFetchStats;
}

/**
 * Makes a `fetch` that collects calls, runs them as jobs at batch price, and answers
 * each as the API would, minutes or hours later.
 *
 * **The name stands for one run**: under the same `job`, equal calls get the answers
 * they got before. Restart a killed program under the same name, and it sends only
 * what it hasn't sent before. For the next night, use another name. The key, the
 * address, the organization and the project are those of the first call, unless the
 * options name them.
 *
 * @param options The name of the run, when calls are sent, and the options of clients and jobs.
 * @returns The `fetch`, for the client of any SDK.
 * @throws {TypeError} If an option is unknown or has the wrong type.
 * @throws {RangeError} If a number is out of range.
 *
 * @example
 * ```ts
 * import { createBatchFetch } from "@offpeak/openai-batch/fetch";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const batchFetch = createBatchFetch({ job: "demo", ...createSimulator().options });
 * const ask = async (content: string) => {
 *   const response = await batchFetch("https://api.openai.com/v1/chat/completions", {
 *     method: "POST",
 *     headers: { authorization: "Bearer sk-simulator", "content-type": "application/json" },
 *     body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content }] }),
 *   });
 *   return (await response.json()).choices[0].message.content;
 * };
 * console.log(await Promise.all([ask("1 + 1 = "), ask("1 + 2 = ")]));
 * console.log(batchFetch.stats.jobs); // 1
 * ```
 */
export function createBatchFetch(options: BatchFetchOptions): BatchFetch {
  const calls = new BatchCalls(readBatchFetchOptions(options));
  const batchFetch = (input: string | URL | Request, init?: RequestInit) =>
    calls.fetch(input, init);
  const members = {
    flush: { value: () => calls.flush() },
    close: { value: (reason?: unknown) => calls.close(reason) },
    pending: { get: () => calls.pending },
    stats: { get: () => calls.stats },
  };
  return Object.defineProperties(batchFetch, members) as BatchFetch;
}

/** The calls of one `fetch`. */
class BatchCalls {
  readonly #settings: BatchFetchSettings;
  readonly #numbers = new Numbers();
  readonly #waiting = new Set<Caller>();
  readonly #closing = new AbortController();
  readonly #stats = noStats();
  #account: Account | undefined;
  #collector: Collector | undefined;

  readonly #onEnd = (caller: Caller, answer: Answer | undefined): void => {
    this.#waiting.delete(caller);
    if (answer) this.#count(answer);
  };

  constructor(settings: BatchFetchSettings) {
    const { signal } = settings;
    this.#settings = settings;
    const close = () => void this.close(signal?.reason);
    if (signal?.aborted) close();
    else onAbort(signal, close);
  }

  get pending(): number {
    return this.#waiting.size;
  }

  get stats(): BatchFetchStats {
    return { ...this.#stats };
  }

  /** No async function: as many of them as calls would wait in memory. */
  fetch(
    input: string | URL | Request,
    init: RequestInit | undefined,
  ): Promise<Response> {
    try {
      const read = readCall(input, init);
      if ("init" in read) {
        this.#stats.passed++;
        const { fetch = globalThis.fetch } = this.#settings.client;
        return Promise.resolve(fetch(input, read.init));
      }
      const { text } = read;
      // What comes at once is collected at once.
      if (typeof text === "string") return this.#collect(read, text);
      return text.then((text) => this.#collect(read, text))
        .catch((error) => this.#refuse(error));
    } catch (error) {
      return this.#refuse(error);
    }
  }

  async flush(): Promise<void> {
    await this.#collector?.flush();
  }

  async close(reason?: unknown): Promise<void> {
    this.#closing.abort(reason);
    for (const caller of this.#waiting) {
      caller.reject(this.#closing.signal.reason);
    }
    await this.#collector?.ended();
  }

  #collect(call: BatchCall, text: string): Promise<Response> {
    const { signal, endpoint: url, name } = call;
    const body = this.#bodyOf(url, text);
    this.#closing.signal.throwIfAborted();
    signal?.throwIfAborted();
    this.#checkAccount(call.account);
    this.#stats.collected++;
    const collector = this.#collector ??= refusing(() =>
      new Collector(
        this.#settings,
        call.account,
        this.#stats,
        this.#closing.signal,
      )
    );
    const key = keyOf(url, body, name);
    const caller = new Caller(key, this.#numbers, signal, this.#onEnd);
    this.#waiting.add(caller);
    collector.add({ caller, url, text });
    return caller.response;
  }

  /** What `run` would refuse is refused at once, and alone. */
  #bodyOf(url: string, text: string): object {
    const { maxBytes } = this.#settings.job;
    return refusing(() => {
      const line = lineOf("0", { url, text });
      requestLine(line, { maxBytes });
      return line.body;
    });
  }

  #checkAccount(account: Account): void {
    const first = this.#account ??= account;
    const keys = ["baseURL", "apiKey", "organization", "project"] as const;
    const other = keys.find((key) => account[key] !== first[key]);
    if (other === undefined) return;
    throw new Refused(
      `The ${other} must be the same as in the first call`,
    );
  }

  #refuse(error: unknown): Promise<Response> {
    if (!(error instanceof Refused)) return Promise.reject(error);
    const answer = this.#count(answerOfError(error));
    return Promise.resolve(new Response(answer.text, answer));
  }

  #count(answer: Answer): Answer {
    this.#stats[answer.status === 200 ? "answered" : "failed"]++;
    return answer;
  }
}

/** What is wrong with a call is its answer. */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { name, message } = error as Error;
    // What a parser says of a text quotes it.
    throw new Refused(
      name === "SyntaxError"
        ? "The body must be a JSON object"
        : message.replace(/^Request 0/, "The request"),
    );
  }
}
