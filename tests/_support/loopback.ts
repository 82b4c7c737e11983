/**
 * Real servers on 127.0.0.1.
 *
 * @module
 */

import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Fetch } from "@offpeak/openai-batch";

/**
 * Serves until the test has ended.
 *
 * @param t The test.
 * @param listener Answers.
 * @returns The server's origin.
 */
export async function serve(
  t: TestContext,
  listener: RequestListener,
): Promise<string> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/**
 * Hands a request over to a `fetch` and its answer back.
 *
 * @param request The request.
 * @param response Where the answer goes.
 * @param fetch Answers.
 */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  fetch: Fetch,
): Promise<void> {
  const { method = "GET", url = "/" } = request;
  const headers = new Headers(request.headers as Record<string, string>);
  const body = await readBody(request);
  const answer = await fetch(`http://127.0.0.1${url}`, {
    method,
    headers,
    ...(body.length > 0 ? { body } : {}),
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  response.writeHead(answer.status, {
    ...Object.fromEntries(answer.headers),
    "content-length": bytes.length,
  });
  response.end(bytes);
}

/**
 * @param request A request.
 * @returns Its whole body.
 */
export async function readBody(
  request: IncomingMessage,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return await new Response(new Blob(chunks)).bytes();
}
