/**
 * A Cloudflare Worker with a Workflow: a job that may take a day, without a
 * process that lives that long. The Workflow wakes up, does one step, and
 * sleeps; each step that has ended is never done again.
 *
 *     POST /?job=reviews-1  a JSON list of prompts
 *     GET  /?job=reviews-1  where it stands, and the answers at the end
 *
 * Its wrangler.jsonc:
 *
 *     {
 *       "name": "reviews",
 *       "main": "cloudflare_workflow.ts",
 *       "compatibility_date": "2025-05-01",
 *       "workflows": [
 *         { "name": "reviews", "binding": "REVIEWS", "class_name": "Reviews" }
 *       ]
 *     }
 */

/// <reference types="./_cloudflare.d.ts" />
import { OpenAIBatch } from "@offpeak/openai-batch";
import {
  type Workflow,
  WorkflowEntrypoint,
  type WorkflowEvent,
  type WorkflowStep,
} from "cloudflare:workers";

interface Env {
  /** `wrangler secret put OPENAI_API_KEY` */
  OPENAI_API_KEY: string;
  OPENAI_BASE_URL?: string;
  REVIEWS: Workflow<string[]>;
}

/** Wakes up a paid plan's Workflow about 300 times a day. */
const PAUSE = 300_000;

export class Reviews extends WorkflowEntrypoint<Env, string[]> {
  override async run(
    { instanceId, payload }: WorkflowEvent<string[]>,
    step: WorkflowStep,
  ): Promise<[id: string, answer: string][]> {
    const client = new OpenAIBatch({
      apiKey: this.env.OPENAI_API_KEY,
      baseURL: this.env.OPENAI_BASE_URL,
    });
    await step.do("submit", async () => {
      await client.submit(payload, {
        job: instanceId,
        params: { model: "gpt-4o-mini", max_completion_tokens: 100 },
        maxBytes: 8_000_000,
      });
    });
    for (let i = 1;; i++) {
      const isDone = await step.do(`step ${i}`, async () => {
        const job = await client.attach(instanceId);
        return (await job.step()).done;
      });
      if (isDone) break;
      await step.sleep(`pause ${i}`, PAUSE);
    }
    // A step returns at most 1 MiB: write more than that to R2 instead.
    return await step.do("results", async () => {
      const answers: [string, string][] = [];
      const job = await client.attach(instanceId);
      for await (const { id, ok, output, error } of job.results()) {
        answers.push([id, ok ? output : error.message]);
      }
      return answers;
    });
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const id = new URL(request.url).searchParams.get("job") ?? "";
    if (request.method === "POST") {
      const params = await request.json();
      const instance = await env.REVIEWS.create({ id, params });
      return Response.json({ job: instance.id }, { status: 202 });
    }
    const instance = await env.REVIEWS.get(id);
    return Response.json(await instance.status());
  },
};
