/**
 * The example's function as a host calls it: a client for each request, whose
 * time is the simulator's when the request came.
 *
 * @module
 */

import { handlerOf } from "../../examples/edge_function.ts";
import { OpenAIBatch } from "../../mod.ts";
import { systemClock } from "../../src/system_clock.ts";

/** What a host knows. */
export interface Env {
  /** The simulator's key. */
  OPENAI_API_KEY: string;
  /** Where it is. */
  OPENAI_BASE_URL: string;
  /** What it signs webhooks with. */
  OPENAI_WEBHOOK_SECRET: string;
}

/** Answers one request. */
export function answer(request: Request, env: Env): Promise<Response> {
  const lead = Number(request.headers.get("x-now")) - Date.now();
  const client = new OpenAIBatch({
    apiKey: env.OPENAI_API_KEY,
    baseURL: env.OPENAI_BASE_URL,
    settleTime: 0,
    clock: { ...systemClock, now: () => Date.now() + lead },
  });
  return handlerOf(client, env.OPENAI_WEBHOOK_SECRET)(request);
}
