/** Runs against a server that answers as a test says. */

import {
  type Endpoint,
  type JobOptions,
  OpenAIBatch,
  type Requests,
  type Result,
  type Run,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedAnswer,
  type SimulatedRequest,
} from "@offpeak/openai-batch/testing";
import { assert } from "../_support/prelude.ts";

const MODEL = "gpt-4o-mini";

const CHAT = "/v1/chat/completions";

export type Respond = (request: SimulatedRequest) => SimulatedAnswer;

/** Runs requests against a server that answers so. */
export async function runOn<E extends Endpoint = typeof CHAT>(
  respond: Respond,
  requests: Requests<NoInfer<E>>,
  options: JobOptions<E> = {},
): Promise<Run<E, undefined>> {
  const sim = createSimulator({ respond });
  const client = new OpenAIBatch(sim.options);
  const params = { model: MODEL } as JobOptions<E>["params"];
  return await client.run<E>(requests, { params, progress: false, ...options });
}

/** The one result of a single request. */
export async function resultOf<E extends Endpoint = typeof CHAT>(
  answer: SimulatedAnswer,
  options: JobOptions<E> = {},
): Promise<Result<E, undefined>> {
  const requests = [{ id: "a", content: "hi" }] as unknown as Requests<E>;
  const run = await runOn<E>(() => answer, requests, options);
  assert.equal(run.results.length, 1);
  return run.results[0]!;
}

export function chatBody(choice: object, more: object = {}): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "gpt-4o-mini-2024-07-18",
    choices: [{ index: 0, finish_reason: "stop", ...choice }],
    ...more,
  };
}

export function said(content: string | null, more: object = {}): object {
  return { message: { role: "assistant", content, ...more } };
}
