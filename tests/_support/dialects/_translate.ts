/**
 * A server of another kind: the simulator behind an interpreter.
 *
 * @module
 */

import type {
  Batch,
  ClientOptions,
  Endpoint,
  Fetch,
  FileObject,
  JobOptions,
  ResultError,
} from "@offpeak/openai-batch";
import {
  type Simulator,
  type SimulatorOptions,
  VirtualClock,
} from "@offpeak/openai-batch/testing";
import { Ids } from "./_ids.ts";

/** A JSON object on its way through. */
export type Fields = Record<string, unknown>;

/** How to use a server, and what it is like. */
export interface Dialect {
  /** What the client is made with, but for the key. */
  client: ClientOptions;
  /** What a job needs to be run there. */
  job: Pick<JobOptions<Endpoint>, "batch" | "batchSize" | "endpoint" | "file">;
  /** What comes of a request that OpenAI refuses with the code "no", where the server has other words for it. */
  refused?: { error: ResultError; attempts: number };
  /** What the server does that the simulator can do by itself. */
  simulator?: SimulatorOptions;
  /** The server. */
  serve: (sim: Simulator) => Fetch;
}

/** A call as the server hears it. */
export interface Heard {
  method: string;
  url: URL;
  headers: Headers;
  /** The JSON body. */
  body: Fields | undefined;
}

/** What a server says in other words than OpenAI. What is left out, it says alike. */
export interface Tongue {
  /** An id of the simulator as the server's. */
  id?: (id: string) => string;
  /** Answers in the simulator's place. */
  answer?: (call: Heard) => Response | undefined;
  /** From the body of its `POST /batches` to OpenAI's. */
  create?: (body: Fields) => Fields;
  /** From a line of its input files to OpenAI's. */
  input?: (line: Fields) => Fields;
  /** From OpenAI's batch to its own. */
  batch?: (batch: Batch) => object;
  /** From OpenAI's file to its own. */
  file?: (file: FileObject) => object;
  /** From OpenAI's page to its own. */
  list?: (page: { data: object[] }) => object;
  /** From a line of OpenAI's result files to its own. */
  output?: (line: Fields) => object;
  /** Whether its answers carry no Date. */
  isDateless?: boolean;
}

/**
 * Puts the interpreter before the simulator.
 *
 * @param sim The simulator.
 * @param tongue What the server says in other words.
 * @returns The server.
 */
export function translate(sim: Simulator, tongue: Tongue): Fetch {
  const ids = new Ids(tongue.id);
  const uploads = new Map<string, File>();
  const hold = <T>(work: Promise<T>): Promise<T> =>
    sim.clock instanceof VirtualClock ? sim.clock.hold(work) : work;

  return async (input, init) => {
    const request = new Request(input, init);
    const { method, headers } = request;
    const url = new URL(request.url);
    const form = isForm(headers) ? await hold(request.formData()) : undefined;
    const text = form ? "" : await hold(request.text());
    const body = text ? JSON.parse(text) as Fields : undefined;
    const answer = tongue.answer?.({ method, url, headers, body });
    if (answer) return answer;

    const file = form?.get("file") as File | undefined;
    if (form) form.set("file", await hold(translateInput(file!, tongue)));
    const call = async (path: string, init: RequestInit = {}) =>
      await sim.fetch(ids.inward(path), { ...init, headers: plain(headers) });
    const response = await call(url.href, {
      method,
      signal: init?.signal ?? null,
      ...(form || body ? { body: form ?? ids.inward(createBody(body!)) } : {}),
    });
    if (!response.ok) return response;

    const id = /\/files\/([^/]+)\/content$/.exec(url.pathname)?.[1];
    if (id) {
      const upload = uploads.get(decodeURIComponent(id));
      return upload ? new Response(upload) : await translateOutput(response);
    }
    const answered = JSON.parse(ids.outward(await response.text()));
    if (file) uploads.set(answered.id, file);
    const date = response.headers.get("date");
    const told = date && !tongue.isDateless ? { date } : {};
    return Response.json(await object(answered), { headers: told });

    async function object(value: Fields): Promise<object> {
      if (value.object === "list") {
        const data = await Promise.all((value.data as Fields[]).map(object));
        const page = { ...value, data };
        return tongue.list?.(page) ?? page;
      }
      if (value.object === "batch") {
        const batch = value as unknown as Batch;
        return tongue.batch?.(batch) ?? batch;
      }
      if (value.deleted) return value;
      const bytes = await sizeOf(value);
      const file = { ...value, bytes } as unknown as FileObject;
      return tongue.file?.(file) ?? file;
    }

    /** As many bytes as its content will have. */
    async function sizeOf({ id, purpose, bytes }: Fields): Promise<unknown> {
      const upload = uploads.get(String(id));
      if (upload) return upload.size;
      const isAsked = url.pathname.endsWith(encodeURIComponent(String(id)));
      if (purpose !== "batch_output" || !isAsked) return bytes;
      const content = await call(`${url.href}/content`);
      return (await (await translateOutput(content)).blob()).size;
    }
  };

  function createBody(body: Fields): string {
    return JSON.stringify(tongue.create?.(body) ?? body);
  }

  async function translateOutput(response: Response): Promise<Response> {
    const { output } = tongue;
    const text = await response.text();
    return new Response(output ? mapLines(text, output) : text);
  }
}

async function translateInput(file: File, { input }: Tongue): Promise<File> {
  if (!input) return file;
  return new File([mapLines(await file.text(), input)], file.name);
}

function mapLines(text: string, change: (line: Fields) => object): string {
  return text.split("\n").map((line) =>
    line && JSON.stringify(change(JSON.parse(line)))
  ).join("\n");
}

function isForm(headers: Headers): boolean {
  return !!headers.get("content-type")?.startsWith("multipart/form-data");
}

/** A form gets a new boundary. */
function plain(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => name !== "content-type");
}
