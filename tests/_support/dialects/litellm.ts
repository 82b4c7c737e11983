/**
 * A LiteLLM proxy before Vertex: ids in base64, a header that names the model,
 * a 429 where the queue of a key is full, which it says at once, empty bodies
 * with status 200, and one code for whatever Vertex refuses.
 *
 * @module
 */

import {
  type Dialect,
  type Fields,
  type Heard,
  translate,
} from "./_translate.ts";

export const litellm: Dialect = {
  client: {
    baseURL: "http://localhost:4000/v1",
    headers: { "x-litellm-model": "gpt-4o-mini" },
  },
  job: {},
  // Nobody can tell whether it will pass: it is tried twice.
  refused: {
    error: { code: "vertex_ai_error", message: "No." },
    attempts: 2,
  },
  serve: (sim) => {
    let refusals = 0;
    return translate(sim, {
      id: (id) =>
        btoa(`litellm_proxy:application/octet-stream;unified_id,${id}`),
      answer: (call) => {
        if (!call.headers.has("x-litellm-model")) return noModel();
        return isCreate(call) && refusals++ % 2 === 0 ? isFull() : undefined;
      },
      output,
    });
  },
};

function output(line: Fields): object {
  if (!line.response) return line;
  const { status_code, body, ...rest } = line.response as Fields;
  if (Number(status_code) < 300) return line;
  if (Number(status_code) >= 500) {
    return { ...line, response: { ...rest, status_code: 200, body: {} } };
  }
  const { message } = (body as { error: { message: string } }).error;
  return {
    ...line,
    response: null,
    error: { code: "vertex_ai_error", message },
  };
}

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
