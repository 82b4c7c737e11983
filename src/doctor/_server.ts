/**
 * The server under examination: a client that reports more about each response than a
 * program needs.
 *
 * @module
 */

import { type ClientOptions, readClientOptions } from "../client_options.ts";
import { APIError, OpenAIBatchError } from "../errors.ts";
import { printableLine } from "../printable.ts";
import { systemClock } from "../system_clock.ts";
import { Batches } from "../rest/batches.ts";
import { Files } from "../rest/files.ts";
import { Transport } from "../rest/transport.ts";
import type { Clock, Fetch } from "../types/platform.ts";

/** The endpoints a job uses; a doctor doesn't need the others. */
export interface Endpoints {
  /** The files endpoint. */
  files: Files;
  /** The batches endpoint. */
  batches: Batches;
}

function open(options: ClientOptions): Endpoints {
  const transport = new Transport(readClientOptions(options));
  return { files: new Files(transport), batches: new Batches(transport) };
}

/** A server, seen through a client. */
export class Server {
  /** Makes the calls. */
  readonly client: Endpoints;
  /** Tells the time and waits. */
  readonly clock: Clock;
  /** The headers of the last answer. */
  headers: Headers = new Headers();
  /** The page sizes requested, by path: a client requests shorter pages if a server refuses. */
  readonly pageSizes: Map<string, number> = new Map();
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    const { fetch = globalThis.fetch, clock = systemClock } = options;
    this.clock = clock;
    this.#options = options;
    // Every response counts: no retries behind our back.
    const settings = { ...options, maxRetries: 0, timeout: TIMEOUT };
    this.client = open({ ...settings, fetch: this.#watch(fetch) });
  }

  /**
   * Waits until something shows up.
   *
   * @param longest How long it may take, ms. @default 20_000
   * @returns How many ms it took, 0 if it was there at once; undefined if it took too long.
   */
  readonly waitFor = async (
    look: () => Promise<boolean>,
    longest: number = LONGEST_WAIT,
  ): Promise<number | undefined> => {
    const start = this.clock.now();
    for (let looks = 0; this.clock.now() - start < longest; looks++) {
      if (await look()) return looks === 0 ? 0 : this.clock.now() - start;
      await this.clock.sleep(PAUSE);
    }
    return undefined;
  };

  /** @returns A client of the same server with an invalid key. */
  withWrongKey(): Endpoints {
    const apiKey = "sk-wrong-key-of-openai-batch-doctor";
    return open({ ...this.#options, apiKey, maxRetries: 0 });
  }

  #watch(fetch: Fetch): Fetch {
    return async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const limit = Number(url.searchParams.get("limit"));
      const response = await fetch(input, init);
      this.headers = response.headers;
      const list = url.pathname.endsWith("/batches") ? "batches" : "files";
      if (response.ok && limit > 0) this.pageSizes.set(list, limit);
      return response;
    };
  }
}

/** A server that takes longer for a small call is of no use, ms. */
const TIMEOUT = 20_000;
/** How long something may take to show up, ms. */
const LONGEST_WAIT = 20_000;
const PAUSE = 1_000;

/**
 * Makes a call that should be refused.
 *
 * @returns How it was refused; undefined if it wasn't.
 * @throws Anything that isn't a refusal.
 */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<APIError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof APIError) return error;
    throw error;
  }
}

/** @returns The error in one line; undefined for a mistake of ours or the caller's. */
export function inWords(error: unknown): string | undefined {
  return error instanceof OpenAIBatchError
    ? printableLine(error.message.slice(0, 200))
    : undefined;
}
