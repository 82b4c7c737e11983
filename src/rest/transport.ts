/**
 * The one way out: every HTTP call of this module goes through here, with its key,
 * time limit, retries and errors.
 *
 * @module
 */

import { asCode } from "../as_code.ts";
import { APIError, ConnectionError } from "../errors.ts";
import type { Clock, Fetch, MaybePromise, Open } from "../types/platform.ts";
import { type Answer, isAnswer, readAnswer } from "./answer.ts";
import { Contact } from "./contact.ts";
import {
  MAX_RETRY_AFTER,
  mayRepeat,
  type Repeat,
  waitBefore,
} from "./retry.ts";
import { maskHeaders, readErrorText } from "./_error_body.ts";
import type { Shape } from "./shape.ts";
import {
  MOST_OF_AN_ANSWER,
  MOST_OF_AN_ERROR,
  parseJson,
  readText,
} from "./_text.ts";
import { Watchdog } from "./_watchdog.ts";

/** Options of a single call. */
export interface CallOptions {
  /** Headers. They take precedence over the client's. */
  headers?: Record<string, string>;
  /** Query parameters. They take precedence over the client's. */
  query?: Record<string, string>;
  /** Extra fields of the body, for servers that know more than OpenAI's. */
  body?: Record<string, unknown>;
  /** Milliseconds without progress after which the call is given up. @default the client's `timeout` */
  timeout?: number;
  /** How many times to retry it. @default the client's `maxRetries` */
  maxRetries?: number;
  /** Ends the call, which rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What all calls share. */
export interface TransportSettings {
  /** The key, or a function called for it before each call. */
  apiKey: string | (() => MaybePromise<string>);
  /** The header for the key: as a Bearer token in "authorization", bare in any other. */
  apiKeyHeader: Open<"authorization" | "api-key">;
  /** The API's address, including `/v1`. */
  baseURL: string;
  /** Sent with every call. */
  headers: Record<string, string | undefined>;
  /** Sent with every call. */
  query: Record<string, string | undefined>;
  /** Milliseconds without progress after which a call is given up. */
  timeout: number;
  /** How many times to retry a call. */
  maxRetries: number;
  /** The longest wait before a retry, ms; rather than wait longer, the error is thrown. @default 600_000 */
  maxWait?: number;
  /** Called before each call, including retries. If it throws, so does the call. */
  onCall?: () => void;
  /** Called with the headers of each response, of any status. */
  onAnswer?: (headers: Headers) => void;
  /** Called with each call that has ended, and before each retry. */
  onMade?: ((made: Made) => void) | undefined;
  /** Makes the calls. */
  fetch: Fetch;
  /** Measures the waits. */
  clock: Clock;
}

/** What became of a call. */
export interface Made {
  /** The call. */
  call: Call;
  /** When it began, in ms since the epoch. */
  at: number;
  /** How long it took, in ms; for a retry, how long it waits. */
  ms: number;
  /** 1, 2, …: how many times it was made. */
  attempt: number;
  /** Whether it is about to be retried; otherwise it has ended. */
  isRetry?: boolean;
  /** The HTTP status; undefined if there was no answer. */
  status?: number | undefined;
  /** `x-request-id`. */
  requestId?: string | undefined;
  /** Why it failed: a code. */
  error?: string | undefined;
  /** Bytes read of its body. */
  bytes?: number | undefined;
  /** What it was answered with, if that is JSON. */
  answer?: unknown;
}

/** One call. */
export interface Call {
  /** The HTTP method. */
  method: "GET" | "POST" | "DELETE";
  /** The path below the base URL, made with {@linkcode pathOf}. */
  path: string;
  /** Query parameters. Undefined ones are left out. */
  query?: Record<string, string | number | undefined> | undefined;
  /** A form, or a value to send as JSON. */
  body?: Blob | Record<string, unknown> | undefined;
  /** The size of an upload, which adds to the time limit. */
  bytes?: number;
  /** When it may be retried. @default "always" */
  repeat?: Repeat;
  /** The caller's options. */
  options?: CallOptions | undefined;
  /** For tracing: the name of the file it sends, and which attempt of a request it is. */
  about?: { name?: string; attempt?: number } | undefined;
}

/** Tells that a call has ended. */
type Note = (outcome: Partial<Made>) => void;

type Read<T> = (
  response: Response,
  watchdog: Watchdog,
  key: string,
  note: Note | undefined,
) => Promise<T>;

/** The slowest upload to expect, in bytes per millisecond: 128 KiB/s. */
const SLOWEST_UPLOAD = (128 * 1024) / 1_000;

/**
 * Joins path segments. Ids come from servers: each is encoded, so that none leads to
 * another path.
 *
 * @returns The path, with a slash in front.
 * @throws {TypeError} If a segment is empty, "." or "..".
 */
export function pathOf(...segments: string[]): string {
  for (const segment of segments) {
    if (typeof segment !== "string" || /^\.{0,2}$/.test(segment)) {
      throw new TypeError(`This is not an id: ${asCode(segment)}`);
    }
  }
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join("");
}

/** Makes calls; see the module's comment. */
export class Transport {
  /** What the calls have met, those of all transports that were made of this one. */
  readonly contact: Contact;
  readonly #settings: TransportSettings;

  constructor(settings: TransportSettings, contact: Contact = new Contact()) {
    this.#settings = settings;
    this.contact = contact;
  }

  /**
   * The same transport for one that must not wait itself, or has a limit.
   *
   * @param changes Longest wait between repetitions, ms, and what is called before each call and with each answer.
   */
  with(
    changes: Pick<
      TransportSettings,
      "maxWait" | "onCall" | "onAnswer" | "onMade"
    >,
  ): Transport {
    return new Transport({ ...this.#settings, ...changes }, this.contact);
  }

  /**
   * A call that answers with JSON.
   *
   * @param shape What the response must be: anything else doesn't count.
   * @throws {APIError} If the API answers with an error.
   * @throws {ConnectionError} If there is no answer, or none of that shape.
   */
  json<T>(call: Call, shape: Shape<T>): Promise<T> {
    return this.#repeated(call, async (response, watchdog, _key, note) => {
      const { text, isWhole } = await readText(response, MOST_OF_AN_ANSWER);
      watchdog.stop();
      const answer = isWhole ? shape.read(parseJson(text)) : undefined;
      if (answer !== undefined) {
        note?.({ answer });
        return answer;
      }
      throw new ConnectionError(
        `${
          nameOf(call)
        } was answered with ${response.status}, but not with ${shape.name}`,
        { code: "unreadable", ambiguous: isUnrepeatable(call) },
      );
    });
  }

  /**
   * A call that answers with bytes. The time limit holds for each chunk.
   *
   * @returns The answer, its body still to be read.
   * @throws {APIError} If the API answers with an error.
   * @throws {ConnectionError} If there is no answer; the body's stream errors with it too.
   */
  bytes(call: Call): Promise<Response> {
    return this.#repeated(
      call,
      (response, watchdog, _key, note) => {
        const onEnd = note &&
          ((bytes: number, error?: unknown) =>
            note({ bytes, ...(error ? { error: codeOf(error) } : {}) }));
        return Promise.resolve(watchdog.watchBody(response, onEnd));
      },
    );
  }

  /**
   * A call for which a refusal is an answer too. It is made once: the caller
   * sees to the repetitions.
   *
   * @throws {APIError} If the key is refused (401).
   * @throws {ConnectionError} If there is no answer ("unreachable", "connection", "timeout", "redirect"), or if it broke off ("unreadable").
   */
  answer(call: Call): Promise<Answer> {
    const read: Read<Answer> = async (response, watchdog, key, note) => {
      const answer = await readAnswer(response, key);
      watchdog.stop();
      note?.({ answer: answer.body });
      return answer;
    };
    return this.#once(call, read, isAnswer);
  }

  async #repeated<T>(call: Call, read: Read<T>): Promise<T> {
    const { clock, maxWait = MAX_RETRY_AFTER } = this.#settings;
    const { maxRetries = this.#settings.maxRetries, signal } = call.options ??
      {};
    const startedAt = clock.now();
    for (let retries = 0;; retries++) {
      try {
        return await this.#once(call, read, undefined, retries + 1);
      } catch (error) {
        if (retries >= maxRetries) throw error;
        if (!mayRepeat(error, call.repeat ?? "always")) throw error;
        const wait = waitBefore(error, retries, clock.now());
        if (wait > maxWait) throw error;
        const lasted = clock.now() - startedAt;
        if (this.contact.isHopeless(lasted + wait)) throw error;
        this.#settings.onMade?.({
          call,
          at: clock.now(),
          ms: wait,
          attempt: retries + 1,
          isRetry: true,
          error: codeOf(error),
        });
        await clock.sleep(wait, signal);
      }
    }
  }

  async #once<T>(
    call: Call,
    read: Read<T>,
    accepts: (response: Response) => boolean = ({ ok }) => ok,
    attempt: number = 1,
  ): Promise<T> {
    const { clock, fetch, onCall, onAnswer } = this.#settings;
    const { timeout = this.#settings.timeout, signal } = call.options ?? {};
    signal?.throwIfAborted();
    onCall?.();
    const key = await this.#key();
    signal?.throwIfAborted();
    const url = this.#url(call);
    const init = this.#init(call, key);
    const watchdog = new Watchdog(clock, timeout, signal, {
      name: nameOf(call),
      address: new URL(url).origin,
      key,
      ambiguous: isUnrepeatable(call),
    });
    watchdog.start(timeout + (call.bytes ?? 0) / SLOWEST_UPLOAD);
    const made: Pick<Made, "status" | "requestId"> = {};
    const note = this.#noteOf(call, attempt, made);
    try {
      const response = await fetch(url, { ...init, signal: watchdog.signal });
      watchdog.isAnswered = this.contact.isReached = true;
      onAnswer?.(response.headers);
      made.status = response.status;
      made.requestId = response.headers.get("x-request-id") ?? undefined;
      if (accepts(response)) {
        const value = await read(response, watchdog, key, note);
        this.contact.successes++;
        return value;
      }
      throw await toError(response, call, key);
    } catch (error) {
      watchdog.abandon();
      const explained = watchdog.explain(error);
      note?.({ error: codeOf(explained) });
      throw explained;
    }
  }

  /** Undefined if nothing is listening. */
  #noteOf(
    call: Call,
    attempt: number,
    made: Partial<Made>,
  ): Note | undefined {
    const { clock, onMade } = this.#settings;
    if (!onMade) return undefined;
    const at = clock.now();
    return (outcome) => {
      const ms = clock.now() - at;
      onMade({ call, at, ms, attempt, ...made, ...outcome });
    };
  }

  async #key(): Promise<string> {
    const { apiKey } = this.#settings;
    const key = typeof apiKey === "function" ? await apiKey() : apiKey;
    // The platform's own error would quote the value.
    if (typeof key !== "string" || !/^[\x21-\x7e]+$/.test(key)) {
      throw new TypeError(
        "The API key must be a string of visible ASCII characters",
      );
    }
    return key;
  }

  #url(call: Call): string {
    const { baseURL, query } = this.#settings;
    const all = { ...query, ...call.query, ...call.options?.query };
    const given = Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]]
    );
    const search = new URLSearchParams(given).toString();
    return baseURL + call.path + (search && `?${search}`);
  }

  #init(call: Call, key: string): RequestInit {
    const { apiKeyHeader } = this.#settings;
    const bearer = apiKeyHeader.toLowerCase() === "authorization";
    const { body } = call;
    const isForm = body instanceof Blob;
    const headers = toHeaders({
      accept: "application/json",
      ...(body && !isForm ? { "content-type": "application/json" } : {}),
      ...this.#settings.headers,
      ...call.options?.headers,
      [apiKeyHeader]: bearer ? `Bearer ${key}` : key,
    });
    const init: RequestInit = {
      method: call.method,
      headers,
      redirect: redirectMode(),
    };
    // Deno's fetch sends a POST again by itself if its body is a text or bytes.
    if (body) init.body = isForm ? body : new Blob([JSON.stringify(body)]);
    return init;
  }
}

function toHeaders(values: Record<string, string | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    try {
      headers.set(name, value);
    } catch {
      // The platform's own error would quote the value.
      throw new TypeError(`The header ${asCode(name)} is not valid in HTTP`);
    }
  }
  return headers;
}

let redirect: "error" | "manual" | undefined;

/** A key must not follow a redirect, and Node keeps whole bodies for one. workerd has no "error". */
function redirectMode(): "error" | "manual" {
  if (redirect) return redirect;
  try {
    new Request("http://localhost/", { redirect: "error" });
    return redirect = "error";
  } catch {
    return redirect = "manual";
  }
}

/** Whether it may have taken effect if it was not answered, and must not twice. */
function isUnrepeatable({ repeat }: Call): boolean {
  return repeat === "if_refused";
}

/** Why a call failed, in a word that holds nothing of what was asked. */
function codeOf(error: unknown): string {
  return error instanceof APIError || error instanceof ConnectionError
    ? error.code
    : "aborted";
}

function nameOf(call: Call): string {
  return `${call.method} ${call.path}`;
}

async function toError(
  response: Response,
  call: Call,
  key: string,
): Promise<Error> {
  const { status, headers } = response;
  if (status < 400) {
    void response.body?.cancel().catch(() => {});
    return new ConnectionError(
      `${nameOf(call)} was answered with a redirect, which is not followed`,
      { code: "redirect" },
    );
  }
  const { text } = await readText(response, MOST_OF_AN_ERROR);
  const error = readErrorText(text, key);
  const said = error.message;
  return new APIError(said ? `${status} ${said}` : `${status} (no message)`, {
    status,
    headers: maskHeaders(headers, key),
    error,
    ambiguous: isUnrepeatable(call) &&
      (status === 408 || status === 409 || status >= 500),
  });
}
