/**
 * Writes down what a client sends, in words that do not depend on the client.
 *
 * @module
 */

import type { Fetch } from "@offpeak/openai-batch";

/** A call as the server gets it. */
export interface Sent {
  method: string;
  path: string;
  /** "limit=2&order=asc", sorted. */
  query: string;
  /** Those that both clients owe the server. */
  headers: Record<string, string | null>;
  /** The parsed JSON, or the form's fields with the files' names and texts; null where there is none. */
  body: unknown;
}

const HEADERS = [
  "accept",
  "authorization",
  "openai-organization",
  "openai-project",
  "x-team",
];

/**
 * Stands between a client and a server.
 *
 * @param fetch The server.
 * @param sent Where the calls are written down.
 * @returns What the client gets as its `fetch`.
 */
export function record(fetch: Fetch, sent: Sent[]): Fetch {
  return async (input, init) => {
    const request = new Request(input, { ...init, signal: null });
    const { protocol, pathname, searchParams } = new URL(request.url);
    // The official SDK asks for "data:," to see what the platform can do.
    if (protocol === "data:") return await fetch(input, init);
    searchParams.sort();
    sent.push({
      method: request.method,
      path: pathname,
      query: searchParams.toString(),
      headers: Object.fromEntries(
        HEADERS.map((name) => [name, request.headers.get(name)]),
      ),
      body: await bodyOf(request.clone()),
    });
    return await fetch(request, init?.signal ? { signal: init.signal } : {});
  };
}

async function bodyOf(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!type.startsWith("multipart/form-data")) {
    const text = await request.text();
    return text === "" ? null : JSON.parse(text);
  }
  const fields: string[][] = [];
  for (const [name, value] of await request.formData()) {
    const file = value as string | File;
    fields.push(
      typeof file === "string"
        ? [name, file]
        : [name, file.name, await file.text()],
    );
  }
  return fields.sort();
}
