/**
 * A `fetch` whose answers are written down beforehand, on a virtual clock.
 *
 * @module
 */

import {
  type ClientOptions,
  type MaybePromise,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import { VirtualClock } from "@offpeak/openai-batch/testing";

/** A call as it was made. */
export interface ScriptedCall {
  /** When, ms. */
  at: number;
  method: string;
  url: string;
  headers: Headers;
  /** JSON as text. */
  body: FormData | string | null;
  signal: AbortSignal;
}

/** Answers a call; throws what the `fetch` is to reject with. */
export type Answer = (
  call: ScriptedCall,
  index: number,
) => MaybePromise<Response>;

/** A client and what it did. */
export interface Script {
  client: OpenAIBatch;
  clock: VirtualClock;
  calls: ScriptedCall[];
  /** The times between the calls, ms. */
  waits(): number[];
}

/**
 * Makes a client whose calls are answered by a script.
 *
 * @param answer Answers every call.
 * @param options The client's.
 * @returns The client and its calls.
 */
export function script(answer: Answer, options: ClientOptions = {}): Script {
  const clock = new VirtualClock();
  const calls: ScriptedCall[] = [];
  const client = new OpenAIBatch({
    apiKey: "sk-scripted",
    clock,
    fetch: async (input, init) => {
      const call: ScriptedCall = {
        at: clock.now(),
        method: init?.method ?? "GET",
        url: String(input),
        headers: new Headers(init?.headers),
        body: null,
        signal: init?.signal ?? new AbortController().signal,
      };
      const index = calls.push(call) - 1;
      call.body = await bodyOf(init);
      return await answer(call, index);
    },
    ...options,
  });
  const waits = () => calls.slice(1).map(({ at }, i) => at - calls[i]!.at);
  return { client, clock, calls, waits };
}

async function bodyOf(init?: RequestInit): Promise<ScriptedCall["body"]> {
  const body = init?.body ?? null;
  if (body === null) return null;
  const sent = new Response(body);
  const isForm = sent.headers.get("content-type")?.startsWith("multipart/");
  return isForm ? await sent.formData() : await sent.text();
}

/** @returns An answer that every call of files and batches takes for its own, lists included. */
export function anything(): Response {
  return json({ id: "any-1", status: "validating", deleted: true, data: [] });
}

/** @returns What `fetch` rejects with where nobody listens, in Node's words. */
export function unreachable(): TypeError {
  const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), {
    code: "ECONNREFUSED",
    syscall: "connect",
  });
  return new TypeError("fetch failed", { cause });
}

/**
 * @param body Sent as JSON.
 * @param status The HTTP status.
 * @param headers Of the answer.
 * @returns An answer.
 */
export function json(
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): Response {
  return Response.json(body, { status, headers });
}

/**
 * @param status The HTTP status.
 * @param headers Of the answer.
 * @param code The API's code.
 * @returns An answer as the API gives it to a call it refuses.
 */
export function refusal(
  status: number,
  headers: Record<string, string> = {},
  code: string | null = null,
): Response {
  const error = { message: "No.", type: "refused", param: null, code };
  return json({ error }, status, headers);
}

/**
 * @param signal Ends it.
 * @returns An answer that never comes.
 */
export function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/**
 * @param chunk Makes the next chunk; undefined at the end. What it throws, the body errors with.
 * @returns An answer that comes in pieces.
 */
export function pieces(
  chunk: (index: number) => MaybePromise<string | undefined>,
): Response {
  let index = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async (controller) => {
      const text = await chunk(index++);
      if (text === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(text));
    },
  }, { highWaterMark: 0 });
  return new Response(body);
}

/**
 * @param work What is expected to fail.
 * @returns What it rejected with.
 */
export async function caught(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
