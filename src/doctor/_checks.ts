/**
 * What the engine relies on, check by check, each after those it depends on.
 *
 * @module
 */

import { APIError } from "../errors.ts";
import { hasEnded, millisecondsOf, statusOf } from "../job/state/batch.ts";
import { readChunks } from "../jsonl/decode.ts";
import type { PagePromise } from "../rest/page.ts";
import type { Batch, FileObject } from "../types/batch.ts";
import { refusalOf, type Server } from "./_server.ts";

/** What a check found. */
export interface Finding {
  /** Whether it holds; undefined if that couldn't be checked. */
  holds: boolean | undefined;
  /** What was seen. */
  seen: string;
}

/** One thing a job relies on. */
export interface CheckRule {
  /** What should hold. */
  name: string;
  /** What it means for a job if it doesn't. */
  means: string;
  /** Whether nothing else can be checked without it. */
  isNeeded?: boolean;
  /**
   * Checks it.
   *
   * @param visit What has been made so far. The check adds what it makes.
   */
  look(visit: Visit): Promise<Finding>;
}

/** What one examination has made at the server. */
export interface Visit {
  /** The server. */
  server: Server;
  /** The options of the batch. */
  options: {
    model: string;
    endpoint: string;
    completionWindow: string;
    settleTime: number;
  };
  /** A unique mark for names and metadata. */
  mark: string;
  /** The files, once they are uploaded. */
  files: FileObject[];
  /** The batch, once it is created. */
  batch?: Batch | undefined;
}

/** The metadata pair that marks the batch. */
const KEY = "offpeak_doctor";

/** The input of the batch: two requests that cost next to nothing. */
export function linesOf({ options }: Visit): string {
  const { model, endpoint } = options;
  return ["a", "b"].map((custom_id) => {
    const body = { model, ...bodyFor(endpoint) };
    const url = endpoint.startsWith("/v1") ? endpoint : `/v1${endpoint}`;
    return `${JSON.stringify({ custom_id, method: "POST", url, body })}\n`;
  }).join("");
}

function bodyFor(endpoint: string): object {
  if (endpoint.endsWith("/responses")) {
    return { input: "Hi", max_output_tokens: 16 };
  }
  if (endpoint.endsWith("/embeddings")) return { input: "Hi" };
  const messages = [{ role: "user", content: "Hi" }];
  return { messages, max_completion_tokens: 16 };
}

/** Every check. */
export const CHECKS: readonly CheckRule[] = [
  {
    name: "the address answers, and takes the key",
    means: "Nothing works. Check the address, the key and its header.",
    isNeeded: true,
    async look({ server }) {
      await server.client.files.list({ limit: 1 });
      return yes("a list of files");
    },
  },
  {
    name: "a wrong key is refused",
    means: "Anyone who can reach this address can use it, and read your files.",
    async look({ server }) {
      const list = server.withWrongKey().files.list({ limit: 1 });
      const refusal = await refusalOf(list);
      return found(refusal !== undefined, refusal?.status ?? "it is taken");
    },
  },
  {
    name: "answers carry a Date",
    means: "Deadlines use this machine's clock: set it correctly.",
    look({ server }) {
      const date = Date.parse(server.headers.get("date") ?? "");
      if (Number.isNaN(date)) return Promise.resolve(no("there is none"));
      const skew = Math.round((date - server.clock.now()) / 1_000);
      const isClose = Math.abs(skew) < 5;
      const off = `${Math.abs(skew)} s ${skew > 0 ? "ahead" : "behind"}`;
      return Promise.resolve(yes(isClose ? "as here" : off));
    },
  },
  {
    name: "an upload answers with a file",
    means: "Nothing can be sent.",
    isNeeded: true,
    async look(visit) {
      const { client } = visit.server;
      for (const name of ["input", "other"]) {
        const filename = `${visit.mark}.${name}.jsonl`;
        const file = new File([linesOf(visit)], filename);
        visit.files.push(await client.files.create({ file, purpose: "batch" }));
      }
      return yes("it has an id");
    },
  },
  {
    name: "file names are kept",
    means: "A job can't be found again by its name: don't let its process die.",
    look: onFile(({ filename }, { mark }) =>
      found(filename === `${mark}.input.jsonl`, nameOf(filename, mark))
    ),
  },
  {
    name: "a file says how many bytes it has",
    means: "A result file that is cut off looks complete.",
    look: onFile(({ bytes }, visit) =>
      found(bytes === linesOf(visit).length, `${bytes}`)
    ),
  },
  {
    name: "an uploaded file can be looked at",
    means: "A file that is still being processed can't be waited for.",
    look: onFile(async ({ id }, { server }) => {
      const file = await server.client.files.retrieve(id);
      return found(file.id === id, `status ${file.status ?? "none"}`);
    }),
  },
  {
    name: "the list of files shows an upload",
    means: "Raise settleTime above what you see, or use jobs without a name.",
    look: onFile(({ id }, visit) =>
      lagOf(visit, () => visit.server.client.files.list({ limit: 100 }), id)
    ),
  },
  {
    name: "the list of files goes on after a file",
    means:
      "Only its first page can be seen: a job that may be after it ends with an error, and is not sent again.",
    look: (visit) =>
      goesOn((query) => visit.server.client.files.list(query), visit.files),
  },
  {
    name: "the list of files gives pages of 10,000",
    means: "Only more calls: shorter pages are requested.",
    async look({ server }) {
      await server.client.files.list({ limit: 10_000 });
      const size = server.pageSizes.get("files") ?? 0;
      return found(size === 10_000, size.toLocaleString("en-US"));
    },
  },
  {
    name: "the list of files can be narrowed to a purpose",
    means: "Only more to read: other files are skipped.",
    look: onFile(async ({ id }, { server }) => {
      const purpose = "fine-tune";
      const page = await server.client.files.list({ purpose, limit: 100 });
      const isNarrow = page.data.every((file) => file.id !== id);
      return found(isNarrow, isNarrow ? "it is" : "it has all files");
    }),
  },
  {
    name: "an input file can be read back",
    means: "Results can only be read by a program that has the input, " +
      "and retries need it too.",
    look: onFile(async ({ id }, visit) => {
      const response = await visit.server.client.files.content(id);
      const text = await beginningOf(response);
      if (text === linesOf(visit)) return yes("byte for byte");
      const count = text.split("\n").filter((line) => idOf(line)).length;
      return count === 2 ? yes("written anew") : no("something else");
    }),
  },
  {
    name: "a create answers with a batch",
    means: "Batches can't be created, or have to be looked for afterwards.",
    look: onFile(async ({ id }, visit) => {
      const { server: { client, waitFor }, options } = visit;
      const { endpoint, completionWindow } = options;
      const params = {
        endpoint,
        completion_window: completionWindow,
        input_file_id: id,
        metadata: { [KEY]: visit.mark },
      };
      // As a job does: a file may be checked first, and a queue may be full.
      await waitFor(
        async () => !isPending(await client.files.retrieve(id)),
        LONGEST_PENDING,
      );
      await waitFor(async () => {
        visit.batch = await client.batches.create(params).catch(unlessFull);
        return visit.batch !== undefined;
      });
      if (!visit.batch) return no("429");
      const { status, input_file_id } = visit.batch;
      return found(input_file_id === id, `status ${status}`);
    }),
  },
  {
    name: "a batch can be looked at right away",
    means: "Nothing: the look is repeated for as long as settleTime.",
    look: onBatch(async ({ id }, { server }) => {
      const wait = await server.waitFor(() =>
        isThere(server.client.batches.retrieve(id))
      );
      return wait === undefined
        ? no("404")
        : found(wait === 0, lagInWords(wait));
    }),
  },
  {
    name: "metadata is kept",
    means: "Batches are recognized by their input file alone.",
    look: onBatch(async ({ id }, { server, mark }) => {
      const { metadata } = await server.client.batches.retrieve(id);
      return found(
        metadata?.[KEY] === mark,
        metadata?.[KEY] ? "it is" : "gone",
      );
    }),
  },
  {
    name: "a batch says when it was created",
    means:
      "Time limits can't be kept, and duplicates can't be told apart by age.",
    look: onBatch(({ created_at }) =>
      found(
        millisecondsOf(created_at) !== undefined,
        typeof created_at === "number"
          ? "in seconds"
          : `as ${typeof created_at}`,
      )
    ),
  },
  {
    name: "the list of batches shows a batch",
    means:
      "Raise settleTime above what you see: a lost answer could pay twice.",
    look: onBatch(({ id }, visit) =>
      lagOf(visit, () => visit.server.client.batches.list({ limit: 100 }), id)
    ),
  },
  {
    name: "the list of batches gives pages of 100",
    means: "Only more calls: shorter pages are requested.",
    async look({ server }) {
      await server.client.batches.list({ limit: 100 });
      const size = server.pageSizes.get("batches") ?? 0;
      return found(size === 100, `${size}`);
    },
  },
  {
    name: "what is not there is a 404 with a message",
    means: "An expired job and a wrong name can't be told from an outage.",
    async look({ server }) {
      const { files } = server.client;
      const refusal = await refusalOf(files.retrieve(`file-${KEY}`));
      const { status, message = "" } = refusal ?? {};
      const isSaid = message.length > "404 ".length;
      return found(status === 404 && isSaid, status ?? "it is there");
    },
  },
  {
    name: "a batch can be cancelled",
    means: "cancel() has no effect: what was sent is answered and paid.",
    look: onBatch(async ({ id }, { server }) => {
      const refusal = await refusalOf(server.client.batches.cancel(id));
      const batch = await server.client.batches.retrieve(id);
      const status = statusOf(batch);
      const isOver = status.startsWith("cancel") || hasEnded(batch);
      return found(isOver, refusal ? `${refusal.status}` : status);
    }),
  },
  {
    name: "a file can be deleted",
    means: "cleanup() has no effect, and a step can't take over at once.",
    async look(visit) {
      const { files } = visit.server.client;
      const file = visit.files.at(-1);
      if (!file) return unseen("there is no file");
      const { deleted } = await files.delete(file.id);
      visit.files.pop();
      const refusal = await refusalOf(files.retrieve(file.id));
      return found(deleted && refusal !== undefined, deleted ? "it is" : "no");
    },
  },
];

function found(holds: boolean, seen: string | number): Finding {
  return { holds, seen: `${seen}` };
}

function yes(seen: string): Finding {
  return { holds: true, seen };
}

function no(seen: string): Finding {
  return { holds: false, seen };
}

function unseen(seen: string): Finding {
  return { holds: undefined, seen };
}

type Look<T> = (item: T, visit: Visit) => Finding | Promise<Finding>;

function onFile(look: Look<FileObject>): CheckRule["look"] {
  return async (visit) => {
    const [file] = visit.files;
    return file ? await look(file, visit) : unseen("there is no file");
  };
}

function onBatch(look: Look<Batch>): CheckRule["look"] {
  return async (visit) => {
    const { batch } = visit;
    return batch ? await look(batch, visit) : unseen("there is no batch");
  };
}

/** Names come from the server: only ours is quoted. */
function nameOf(filename: unknown, mark: string): string {
  if (filename === `${mark}.input.jsonl`) return "it is";
  return filename ? "another name" : "no name";
}

function isPending({ status }: FileObject): boolean {
  return status?.toLowerCase() === "pending";
}

function unlessFull(error: unknown): undefined {
  if (!(error instanceof APIError) || error.status !== 429) throw error;
}

async function isThere(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof APIError && error.status === 404) return false;
    throw error;
  }
}

async function lagOf<T extends { id: string }>(
  { server, options }: Visit,
  list: () => PagePromise<T>,
  id: string,
): Promise<Finding> {
  const wait = await server.waitFor(async () =>
    (await list()).data.some((item) => item.id === id)
  );
  if (wait === undefined) return no("not seen within 20 s");
  return found(wait < options.settleTime, lagInWords(wait));
}

function lagInWords(ms: number): string {
  return ms === 0 ? "at once" : `after ${Math.ceil(ms / 1_000)} s`;
}

/** Two pages of one item must differ. */
async function goesOn<T extends { id: string }>(
  list: (query: { limit: number; after?: string }) => PagePromise<T>,
  made: readonly unknown[],
): Promise<Finding> {
  if (made.length < 2) return unseen("there are too few files");
  const [first] = (await list({ limit: 1 })).data;
  if (!first) return no("a page of one is empty");
  const { data } = await list({ limit: 1, after: first.id });
  const [second] = data;
  if (!second) return no("the second page is empty");
  const isSame = second.id === first.id;
  return found(!isSame, isSame ? "the same page again" : "it does");
}

/** A file that isn't ours may have any size. */
async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of readChunks(response)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LONGEST_INPUT) break;
  }
  return text;
}

const LONGEST_INPUT = 10_000;
/** How long a server may check a file before it accepts it, ms. */
const LONGEST_PENDING = 60_000;

function idOf(line: string): unknown {
  try {
    return JSON.parse(line).custom_id;
  } catch {
    return undefined;
  }
}
