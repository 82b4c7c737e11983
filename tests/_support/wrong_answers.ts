/**
 * Answers with status 200 that are not what was asked for, for every call, and
 * jobs that meet them.
 *
 * @module
 */

import type { Chat, Fetch, OpenAIBatch, Result } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";

/** Every call of the module. */
export const CALLS = [
  "files.create",
  "files.retrieve",
  "files.list",
  "files.content of the input",
  "files.content of the output",
  "files.delete",
  "batches.create",
  "batches.retrieve",
  "batches.list",
  "batches.cancel",
  "direct",
] as const;

/** One of them. */
export type CallName = typeof CALLS[number];

const FILE = {
  id: "file-other",
  object: "file",
  bytes: 3,
  created_at: 1,
  filename: "other.jsonl",
  purpose: "assistants",
};

const BATCH = {
  id: "batch_other",
  object: "batch",
  status: "completed",
  input_file_id: "file-other",
  endpoint: "/v1/embeddings",
  created_at: 1,
};

const MODELS = { object: "list", data: [{ id: "gpt-4o", object: "model" }] };

/** Wrong answers by name. */
export const WRONG: Readonly<Record<string, (call: CallName) => Response>> = {
  "a long page of HTML": () => html("<p>Sign in</p>".repeat(20_000)),
  "a short page of HTML": () => html(""),
  "nothing": () => new Response(""),
  "204": () => new Response(null, { status: 204 }),
  "{}": () => Response.json({}),
  "an error": () =>
    Response.json({ error: { message: "Oops", code: "server_error" } }),
  "null": () => Response.json(null),
  "[]": () => Response.json([]),
  "a text": () => Response.json("ok"),
  "a list without data": () => Response.json({ object: "list" }),
  "a list of another kind": () => Response.json(MODELS),
  "an object of another kind": (call) =>
    Response.json(call.startsWith("batches") ? FILE : BATCH),
  "half of it": () => new Response('{"id":"batch_1","object":"ba'),
};

function html(text: string): Response {
  return new Response(`<!doctype html><html><body>${text}</body></html>`, {
    headers: { "content-type": "text/html" },
  });
}

/** What becomes of a call that is answered wrongly. */
export type Mode = "instead of its effect" | "after its effect";

/** A server that answers the first calls of a kind wrongly. */
export function answerWrongly(
  sim: Simulator,
  name: CallName,
  wrong: keyof typeof WRONG,
  { mode, times }: { mode: Mode; times: number },
): { fetch: Fetch; met: () => number } {
  let met = 0;
  const fetch: Fetch = async (input, init) => {
    const request = input instanceof Request ? input : undefined;
    const { pathname } = new URL(request?.url ?? String(input));
    const method = init?.method ?? request?.method ?? "GET";
    if (met >= times || nameOf(sim, method, pathname) !== name) {
      return await sim.fetch(input, init);
    }
    met++;
    if (mode === "after its effect") {
      const right = await sim.fetch(input, init);
      await right.arrayBuffer();
    }
    return WRONG[wrong]!(name);
  };
  return { fetch, met: () => met };
}

function nameOf(
  sim: Simulator,
  method: string,
  path: string,
): CallName | undefined {
  const [, room, id, sub] =
    /\/v1\/(files|batches|chat)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path) ?? [];
  if (room === "chat") return "direct";
  if (room === "files" && sub === "content") {
    const file = sim.ledger.files.find((file) => file.id === id);
    const isInput = file?.purpose === "batch";
    return `files.content of the ${isInput ? "input" : "output"}`;
  }
  if (sub === "cancel") return "batches.cancel";
  if (method === "DELETE") return "files.delete";
  const verb = id ? "retrieve" : method === "POST" ? "create" : "list";
  return `${room}.${verb}` as CallName;
}

/** What is asked. */
export const REQUESTS: { id: string; content: string }[] = Array.from({
  length: 6,
}, (_, i) => ({
  id: `calc_${i}`,
  content: `1 + ${i} = `,
}));

/**
 * Uses every call of the module: a job of two parts that is sent, found again,
 * read and deleted; one that is cancelled; or direct calls.
 *
 * @param client A client.
 * @param name The call that has to occur.
 * @returns The results as they come.
 */
export async function* work(
  client: OpenAIBatch,
  name: CallName,
): AsyncGenerator<Result<Chat, unknown>> {
  const params = { model: "gpt-4o-mini" };
  if (name === "direct") return yield* client.direct(REQUESTS, { params });
  const job = "night";
  const options = { job, params, batchSize: 3, pollInterval: 3_600_000 };
  const submitted = await client.submit(REQUESTS, options);
  if (name === "batches.cancel") {
    await submitted.cancel();
    return yield* submitted.results();
  }
  const attached = await client.attach(job, { pollInterval: 3_600_000 });
  yield* attached.results();
  // Its output files are deleted as well: nothing of them can come again.
  if (name === "files.delete") await attached.cleanup();
}
