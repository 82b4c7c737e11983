/**
 * Answers on their way out, as bytes in pieces.
 *
 * @module
 */

import { onAbort } from "../on_abort.ts";
import type { HttpError } from "./_http_error.ts";
import type { Bytes } from "./_lines.ts";
import type { Random } from "./_random.ts";

const LARGEST_PIECE = 65_536;

/** An answer before it is a `Response`. */
export interface Reply {
  status: number;
  body: Bytes;
  headers: Record<string, string>;
}

/** How a reply is sent. */
export interface Sending {
  /** When it is sent, ms. */
  now: number;
  /** Decides the size of the pieces. */
  random: Random;
  /** The caller's; ends the body with its reason. */
  signal: AbortSignal | undefined;
  /** Whether the body stops halfway. */
  truncated: boolean;
  /** Called before each piece: the caller is at work. */
  working: () => void;
}

/** An answer in JSON. */
export function json(
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): Reply {
  return {
    status,
    body: new TextEncoder().encode(JSON.stringify(value)),
    headers: { "content-type": "application/json", ...headers },
  };
}

/** A refusal in JSON. */
export function refusal({ status, error, headers }: HttpError): Reply {
  return json(status, { error }, headers);
}

/** The bytes of a file. */
export function content(body: Bytes): Reply {
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": `${body.length}`,
  };
  return { status: 200, body, headers };
}

/** Makes a reply a `Response` whose body comes in pieces of uneven size. */
export function send(reply: Reply, sending: Sending): Response {
  return new Response(pieces(reply.body, sending), {
    status: reply.status,
    headers: {
      ...reply.headers,
      date: new Date(sending.now).toUTCString(),
      "x-request-id": sending.random.id("req_"),
    },
  });
}

function pieces(
  body: Bytes,
  { random, signal, truncated, working }: Sending,
): ReadableStream<Bytes> {
  const end = truncated ? body.length >> 1 : body.length;
  const largest = Math.min(LARGEST_PIECE, body.length);
  let offset = 0;
  let stop = () => {};
  return new ReadableStream({
    start(controller) {
      const abort = () => controller.error(signal?.reason);
      if (signal?.aborted) abort();
      stop = onAbort(signal, abort);
    },
    pull(controller) {
      working();
      if (offset < end) {
        const size = Math.ceil(largest * random.next() ** 2) || 1;
        const next = Math.min(offset + size, end);
        // A copy: the reader may transfer the buffer of what it gets.
        controller.enqueue(body.slice(offset, next));
        offset = next;
        return;
      }
      stop();
      if (truncated) controller.error(new TypeError("terminated"));
      else controller.close();
    },
    cancel: () => stop(),
  }, { highWaterMark: 0 });
}
