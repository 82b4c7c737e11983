/**
 * A function for Supabase, Deno Deploy or any host that takes a handler. It
 * keeps nothing: each request finds the job at OpenAI again.
 *
 *     POST /submit                 a JSON list of prompts; comes back with the job's name when all is queued
 *     POST /submit?job=reviews-1   the same under a name of yours: called twice, it sends once
 *     POST /webhook                for OpenAI to say that a batch has ended
 *     POST /step                   for a cron: what no webhook tells
 *     GET  /results?job=reviews-1  the answers as JSONL; 202 and the status until they are there
 *
 * Whoever may call it can spend money: leave the host's own check of the
 * caller switched on for all but the webhook, which is signed.
 *
 *     deno run --allow-net --allow-env examples/edge_function.ts
 */

import { encodeLines, type Job, OpenAIBatch } from "@offpeak/openai-batch";
import {
  isBatchEvent,
  verifyWebhook,
  WebhookError,
} from "@offpeak/openai-batch/webhooks";

/** Makes the handler. `secret` is the webhook's, from OpenAI's settings. */
export function handlerOf(
  client: OpenAIBatch,
  secret: string,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const job = searchParams.get("job") ?? undefined;
    // Hosts put the function's name in front.
    switch (`${request.method} ${pathname.split("/").at(-1)}`) {
      case "POST submit":
        return await submit(client, job, await request.json());
      case "POST webhook":
        return await receive(client, request, secret);
      case "POST step":
        return await stepAll(client);
      case "GET results":
        return await results(client, job ?? "");
    }
    return new Response("Not found\n", { status: 404 });
  };
}

/**
 * Without a name it sends at once. With one it first waits for half a minute,
 * until what an earlier call has sent must show: called twice, it sends once.
 */
async function submit(
  client: OpenAIBatch,
  job: string | undefined,
  prompts: string[],
): Promise<Response> {
  const { id } = await client.submit(prompts, {
    job,
    params: { model: "gpt-4o-mini", max_completion_tokens: 100 },
    maxBytes: 8_000_000, // the memory of an isolate is small
  });
  return Response.json({ job: id }, { status: 202 });
}

async function receive(
  client: OpenAIBatch,
  request: Request,
  secret: string,
): Promise<Response> {
  try {
    const now = client.clock.now();
    const event = await verifyWebhook(request, secret, { now });
    const job = isBatchEvent(event) && await client.jobOf(event.data.id);
    if (job) await (await client.attach(job)).step();
    return new Response(null, { status: 204 });
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error; // it is delivered again
    return new Response(`${error.code}\n`, { status: 400 });
  }
}

async function stepAll(client: OpenAIBatch): Promise<Response> {
  for await (const { id } of client.jobs({ done: false })) {
    await (await client.attach(id)).step();
  }
  return new Response(null, { status: 204 });
}

async function results(client: OpenAIBatch, id: string): Promise<Response> {
  const job = await client.attach(id);
  const status = await job.step();
  if (!status.done) return Response.json(status, { status: 202 });
  return new Response(encodeLines(answersOf(job)), {
    headers: { "content-type": "application/jsonl" },
  });
}

async function* answersOf(job: Job): AsyncGenerator<unknown> {
  for await (const { id, ok, output, error } of job.results({ wait: false })) {
    yield ok ? { id, output } : { id, error: error.code };
  }
}

if (import.meta.main) {
  const secret = Deno.env.get("OPENAI_WEBHOOK_SECRET") ?? "";
  Deno.serve(handlerOf(new OpenAIBatch(), secret));
}
