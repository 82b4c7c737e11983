/**
 * A LiteLLM proxy: ids in base64, a header that names the model, and a 429
 * where the queue of a key is full, which it says at once.
 *
 * @module
 */

import { type Dialect, type Heard, translate } from "./_translate.ts";

export const litellm: Dialect = {
  client: {
    baseURL: "http://localhost:4000/v1",
    headers: { "x-litellm-model": "gpt-4o-mini" },
  },
  job: {},
  serve: (sim) => {
    let refusals = 0;
    return translate(sim, {
      id: (id) =>
        btoa(`litellm_proxy:application/octet-stream;unified_id,${id}`),
      answer: (call) => {
        if (!call.headers.has("x-litellm-model")) return noModel();
        return isCreate(call) && refusals++ % 2 === 0 ? isFull() : undefined;
      },
    });
  },
};

function isCreate({ method, url }: Heard): boolean {
  return method === "POST" && url.pathname.endsWith("/batches");
}

function noModel(): Response {
  const message = "LLM Provider NOT provided.";
  return Response.json({ error: { message, code: "400" } }, { status: 400 });
}

function isFull(): Response {
  const message = "Batch rate limit exceeded: too many enqueued tokens.";
  const error = { message, type: "None", param: "None", code: "429" };
  return Response.json({ error }, {
    status: 429,
    headers: { "retry-after": "1" },
  });
}
