/** Servers with oddities: the simulator behind a `fetch` that changes calls or answers. */

import type { Batch, Fetch, OutputLine } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";
import { rewriteBatches } from "./rewrite.ts";

/** A call on its way to the simulator. */
export interface PassingCall {
  method: string;
  path: string;
  /** The JSON body, where it has one. */
  body: Record<string, unknown> | undefined;
  /** Lets it pass, perhaps with another body. */
  send(body?: object): Promise<Response>;
}

/** Stands between a client and the simulator. */
export function intercept(
  sim: Simulator,
  handle: (call: PassingCall) => Promise<Response>,
): Fetch {
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    // A form says so in its type.
    const isJson = init?.body instanceof Blob && init.body.type === "";
    return await handle({
      method: init?.method ?? "GET",
      path: pathname,
      body: isJson ? await new Response(init.body).json() : undefined,
      send: (body) =>
        sim.fetch(input, body ? { ...init, body: JSON.stringify(body) } : init),
    });
  };
}

/** Whether a call creates a batch. */
export function isCreate({ method, path }: PassingCall): boolean {
  return method === "POST" && path.endsWith("/batches");
}

/** Calls `watch` before each batch is created. */
export function watchCreates(
  sim: Simulator,
  watch: (inputFileId: string) => void,
): Fetch {
  return intercept(sim, (call) => {
    if (isCreate(call)) watch(String(call.body?.input_file_id));
    return call.send();
  });
}

/** Answers the chosen calls in another way. */
export function refuse(
  sim: Simulator,
  isChosen: (call: PassingCall) => boolean,
  answer: () => Response,
): Fetch {
  return intercept(
    sim,
    (call) => isChosen(call) ? Promise.resolve(answer()) : call.send(),
  );
}

/** An error of the API. */
export function errorAnswer(status: number, code: string): Response {
  const error = { message: `It is ${code}.`, type: code, param: null, code };
  return Response.json({ error }, { status });
}

/** A server whose lists, of files and of batches, lag behind by so many ms. */
export function laggingAll(sim: Simulator, lag: number): Fetch {
  const shownAt = new Map<string, number>();
  return intercept(sim, async (call) => {
    const response = await call.send();
    if (!response.ok || call.path.endsWith("/content")) return response;
    const body: { id?: string; data?: { id: string }[] } = await response
      .clone().json();
    const now = sim.clock.now();
    const isNew = call.method === "POST" && !shownAt.has(`${body.id}`);
    if (isNew && body.id) shownAt.set(body.id, now + lag);
    if (!body.data) return response;
    const data = body.data.filter(({ id }) => (shownAt.get(id) ?? 0) <= now);
    return Response.json({ ...body, data }, { headers: response.headers });
  });
}

/** A server that keeps input files to itself. */
export function hidesInputs(sim: Simulator): Fetch {
  const isInput = ({ path }: PassingCall) =>
    sim.ledger.files.some(({ id, purpose }) =>
      purpose === "batch" && path.endsWith(`/files/${id}/content`)
    );
  return refuse(sim, isInput, () => errorAnswer(403, "not_allowed"));
}

/** Rewrites the lines of all result files: texts are written as they are. */
export function rewriteLines(
  sim: Simulator,
  rewrite: (line: OutputLine) => unknown[],
): Fetch {
  return async (input, init) => {
    const response = await sim.fetch(input, init);
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const [, id, content] = /\/files\/([^/]+)(\/content)?$/.exec(pathname) ??
      [];
    const file = sim.ledger.files.find((file) => file.id === id);
    if (!response.ok || file?.purpose !== "batch_output") return response;
    const whole = content
      ? response
      : await sim.fetch(`${input}/content`, init);
    const lines = (await whole.text()).trim().split("\n").flatMap((line) =>
      rewrite(JSON.parse(line))
    );
    const text = lines.map((line) =>
      `${typeof line === "string" ? line : JSON.stringify(line)}\n`
    ).join("");
    if (content) return new Response(text);
    return Response.json({ ...file, bytes: new Blob([text]).size });
  };
}

/** A server whose batches don't find certain input files. */
export function losesFiles(
  sim: Simulator,
  isLost: (inputFileId: string) => boolean,
  reason?: { code: string; message: string },
): Fetch {
  const lost = new Map<string, string>();
  const creating = intercept(sim, async (call) => {
    const file = String(call.body?.input_file_id);
    if (!isCreate(call) || !isLost(file)) return await call.send();
    const nowhere = `file-nowhere-${reason?.code ?? ""}${lost.size}`;
    lost.set(nowhere, file);
    return await call.send({ ...call.body, input_file_id: nowhere });
  });
  return rewriteBatches(creating, (batch) => {
    const input_file_id = lost.get(batch.input_file_id);
    if (!input_file_id) return batch;
    const told = batch.errors && reason && { object: "list", data: [reason] };
    return { ...batch, input_file_id, errors: told || batch.errors };
  });
}

/** A server that has no room in its queue for certain input files. */
export function refusesFiles(
  sim: Simulator,
  isRefused: (filename: string) => boolean,
  message = "Enqueued token limit reached.",
): Fetch {
  const code = "token_limit_exceeded";
  const isLost = (id: string) => isRefused(filenameOf(sim, id));
  return losesFiles(sim, isLost, { code, message });
}

/** The name of a file at the server. */
export function filenameOf(sim: Simulator, id: string): string {
  return sim.ledger.files.find((file) => file.id === id)?.filename ?? "";
}

/** A server whose list shows batches only some time after they were created. */
export function lagging(sim: Simulator, lag: number): Fetch {
  return intercept(sim, async (call) => {
    const response = await call.send();
    const isList = call.method === "GET" && call.path.endsWith("/batches");
    if (!isList || !response.ok) return response;
    const body: { data: Batch[] } = await response.json();
    const shown = body.data.filter(({ created_at }) =>
      created_at * 1_000 + lag <= sim.clock.now()
    );
    return Response.json({ ...body, data: shown });
  });
}
