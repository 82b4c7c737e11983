/**
 * Reads a call of `fetch`: does it belong in a batch, and what does it ask?
 *
 * @module
 */

import type { Endpoints } from "../types/endpoints.ts";
import { Refused } from "./answers.ts";

/** A call that goes into a batch. */
export interface BatchCall {
  /** Where it is asked: "/v1/chat/completions". */
  endpoint: string;
  /** Its body: at once where it is a text, as SDKs send it. */
  text: string | Promise<string>;
  /** Its own name, from `x-offpeak-key`. */
  name: string | undefined;
  /** The account it belongs to. */
  account: Account;
  /** Ends the wait for it. */
  signal: AbortSignal | undefined;
}

/** The account of a call: where it goes, and which key pays for it. */
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

/** An endpoint behind the base URL, which has the version, if there is one. */
type Tail<E extends keyof Endpoints> = E extends `/v1${infer T}` ? T : never;

const TAILS: Readonly<Record<Tail<keyof Endpoints>, 1>> = {
  "/chat/completions": 1,
  "/responses": 1,
  "/embeddings": 1,
  "/completions": 1,
  "/moderations": 1,
  "/images/generations": 1,
  "/images/edits": 1,
};

const ENDPOINT = new RegExp(`(${Object.keys(TAILS).join("|")})$`);

/**
 * Reads a call.
 *
 * @returns Its request for a batch, or how to pass it on.
 * @throws {Refused} If `x-offpeak` asks for something impossible.
 */
export function readCall(
  input: string | URL | Request,
  init: RequestInit | undefined,
): BatchCall | PassedCall {
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
  const text = path && textOf(request, init, headers);
  if (!path || text === undefined) {
    if (mode !== "batch") return passOn(init, headers);
    throw new Refused("Only a POST of JSON to an endpoint can go into a batch");
  }
  return {
    endpoint: path.endpoint,
    text,
    name: headers.get(NAME) ?? undefined,
    account: accountOf(path, headers),
    signal: init?.signal ?? request?.signal,
  };
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
  // Programs call the same address over and over.
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
  const tail = ENDPOINT.exec(pathname)?.[0] ??
    (takesAny ? /\/v1(\/.+)$/.exec(pathname)?.[1] : undefined);
  if (tail === undefined) return undefined;
  return {
    baseURL: origin + pathname.slice(0, -tail.length),
    endpoint: `/v1${tail}`,
    query: Object.fromEntries(searchParams),
  };
}

/** A body that is JSON. */
function textOf(
  request: Request | undefined,
  init: RequestInit | undefined,
  headers: Headers,
): string | Promise<string> | undefined {
  const body = init?.body;
  const isText = typeof body === "string";
  const type = headers.get("content-type") ?? (isText ? "json" : "");
  if (!/\bjson\b/i.test(type)) return undefined;
  if (isText) return body;
  return (body ? new Response(body) : request)?.text();
}

function accountOf({ baseURL, query }: BatchPath, headers: Headers): Account {
  const read = (name: string) => headers.get(name) ?? undefined;
  const bearer = read("authorization")?.replace(/^bearer /i, "");
  const bare = read("api-key");
  return {
    baseURL,
    query,
    apiKeyHeader: bearer === undefined && bare ? "api-key" : "authorization",
    apiKey: bearer ?? bare,
    organization: read("openai-organization"),
    project: read("openai-project"),
  };
}

function passOn(init: RequestInit | undefined, headers: Headers): PassedCall {
  if (!headers.has(MODE) && !headers.has(NAME)) return { init };
  headers.delete(MODE);
  headers.delete(NAME);
  return { init: { ...init, headers } };
}
