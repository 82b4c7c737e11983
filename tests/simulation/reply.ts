/**
 * Answers whose bodies the clock waits for.
 *
 * @module
 */

import type { VirtualClock } from "../../src/testing/mod.ts";

/** How a body ends. */
export type Ending = "close" | "error" | "stall";

/** Makes a response. */
export function reply(
  clock: VirtualClock,
  status: number,
  body: Uint8Array<ArrayBuffer> | object | string,
  headers?: HeadersInit,
): Response {
  return bodyReply(clock, { status, headers }, bytesOf(body), "close");
}

/** Makes a response whose body may end badly. */
export function bodyReply(
  clock: VirtualClock,
  { status, headers }: { status: number; headers?: HeadersInit | undefined },
  bytes: Uint8Array<ArrayBuffer>,
  ending: Ending,
): Response {
  let sent = false;
  const working = () => void clock.hold(Promise.resolve());
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller): void | Promise<void> {
      working();
      if (!sent && bytes.length > 0) {
        sent = true;
        controller.enqueue(bytes.slice());
        return;
      }
      if (ending === "close") controller.close();
      if (ending === "error") controller.error(new TypeError("terminated"));
      if (ending === "stall") return new Promise(() => {});
    },
  }, { highWaterMark: 0 });
  return new Response(body, { status, headers: headers ?? {} });
}

function bytesOf(
  body: Uint8Array<ArrayBuffer> | object | string,
): Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new TextEncoder().encode(text);
}
