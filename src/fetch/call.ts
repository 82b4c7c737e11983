/**
 * Reads a call of `fetch`: is it one for a batch, and what does it ask?
 *
 * @module
 */

import { Refused } from "./answers.ts";

/** A call that goes into a batch. */
export interface BatchCall {
  /** Where it is asked: "/v1/chat/completions". */
  endpoint: string;
  /** Its body, as text. */
  text: string;
  /** Its own name, from `x-offpeak-key`. */
  name: string | undefined;
  /** Whose call it is. */
  account: Account;
  /** Ends the wait for it. */
  signal: AbortSignal | undefined;
}

/** Where a call goes, and who pays for it. */
export interface Account {
  /** The address up to the endpoint. */
  baseURL: string;
  /** The query parameters, such as Azure's `api-version`. */
  query: Record<string, string>;
  /** The header that carries the key. */
  apiKeyHeader: "authorization" | "api-key";
  /** The key. */
  apiKey: string | undefined;
  /** `OpenAI-Organization`. */
  organization: string | undefined;
  /** `OpenAI-Project`. */
  project: string | undefined;
}

/** A call that goes to the real `fetch`. */
export interface PassedCall {
  /** Its `init`, without our headers. */
  init: RequestInit | undefined;
}

/** A header that this module reads, and does not send on. */
const MODE = "x-offpeak";
const NAME = "x-offpeak-key";

/** The longer ones first: the second one ends as the first one does. */
const ENDPOINTS = [
  "/chat/completions",
  "/completions",
  "/responses",
  "/embeddings",
  "/moderations",
  "/images/generations",
  "/images/edits",
];

/**
 * Reads a call.
 *
 * @param input What `fetch` was given.
 * @param init What `fetch` was given besides.
 * @returns What it asks in a batch; or how to pass it on.
 * @throws {Refused} If `x-offpeak` says what can't be done.
 */
export function readCall(
  input: string | URL | Request,
  init: RequestInit | undefined,
): BatchCall | Promise<BatchCall> | PassedCall {
  const request = input instanceof Request ? input : undefined;
  const headers = new Headers(init?.headers ?? request?.headers);
  const mode = headers.get(MODE);
  if (mode !== null && mode !== "batch" && mode !== "direct") {
    throw new Refused(
      `The header ${MODE} must be "batch" or "direct": it is ${
        JSON.stringify(mode)
      }`,
    );
  }
  const path = mode === "direct" ? undefined : batchPath(
    request?.url ?? `${input}`,
    init?.method ?? request?.method,
    mode === "batch",
  );
  const body = path && bodyOf(request, init, headers);
  if (!path || body === undefined) {
    if (mode !== "batch") return passOn(init, headers);
    throw new Refused(
      `A call with the header ${MODE}: batch must be a POST of JSON to an endpoint of the Batch API`,
    );
  }
  const call = {
    endpoint: path.endpoint,
    name: headers.get(NAME) ?? undefined,
    account: accountOf(path, headers),
    signal: init?.signal ?? request?.signal,
  };
  return typeof body === "string"
    ? { ...call, text: body }
    : body.text().then((text) => ({ ...call, text }));
}

/** The address of a call, cut in two. */
interface BatchPath {
  baseURL: string;
  endpoint: string;
  query: Record<string, string>;
}

function batchPath(
  url: string,
  method: string | undefined,
  takesAny: boolean,
): BatchPath | undefined {
  if (method?.toUpperCase() !== "POST") return undefined;
  if (takesAny) return parsePath(url, true);
  // A program calls the same address again and again.
  if (lastPath.url !== url) lastPath = { url, path: parsePath(url, false) };
  return lastPath.path;
}

let lastPath: { url: string; path: BatchPath | undefined } = {
  url: "",
  path: undefined,
};

function parsePath(url: string, takesAny: boolean): BatchPath | undefined {
  if (!URL.canParse(url)) return undefined;
  const { origin, pathname, searchParams } = new URL(url);
  const known = ENDPOINTS.find((endpoint) => pathname.endsWith(endpoint));
  const any = takesAny ? /\/v1(\/.+)$/.exec(pathname)?.[1] : undefined;
  const tail = known ?? any;
  if (tail === undefined) return undefined;
  return {
    baseURL: origin + pathname.slice(0, -tail.length),
    endpoint: `/v1${tail}`,
    query: Object.fromEntries(searchParams),
  };
}

/** A JSON body: at once where it is a text, as SDKs send it. */
function bodyOf(
  request: Request | undefined,
  init: RequestInit | undefined,
  headers: Headers,
): string | Response | Request | undefined {
  const type = headers.get("content-type");
  if (type !== null && !/\bjson\b/i.test(type)) return undefined;
  const body = init?.body;
  if (typeof body === "string") return body;
  if (type === null) return undefined;
  return body === undefined || body === null ? request : new Response(body);
}

function accountOf({ baseURL, query }: BatchPath, headers: Headers): Account {
  const bearer = headers.get("authorization")?.replace(/^bearer /i, "");
  const bare = headers.get("api-key") ?? undefined;
  return {
    baseURL,
    query,
    apiKeyHeader: bearer === undefined && bare ? "api-key" : "authorization",
    apiKey: bearer ?? bare,
    organization: headers.get("openai-organization") ?? undefined,
    project: headers.get("openai-project") ?? undefined,
  };
}

function passOn(init: RequestInit | undefined, headers: Headers): PassedCall {
  if (!headers.has(MODE) && !headers.has(NAME)) return { init };
  headers.delete(MODE);
  headers.delete(NAME);
  return { init: { ...init, headers } };
}
