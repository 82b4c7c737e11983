/** What models answer beside texts, at the endpoints for chat and responses. */

import type { ChatResponse } from "@offpeak/openai-batch";
import { assert } from "../_support/prelude.ts";
import { testEndpoint } from "./_endpoint.ts";

const params = { model: "gpt-4o-mini" };

const user = (content: string) => ({ role: "user", content });

/** A chat completion with these choices. */
function completion(...choices: object[]): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "gpt-4o-mini-2024-07-18",
    choices: choices.map((choice, index) => ({ index, ...choice })),
    usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
  };
}

const said = (content: string | null, more: object = {}) => ({
  message: { role: "assistant", content, ...more },
  finish_reason: "stop",
});

/** A response with these items. */
function response(status: string, output: object[], more: object = {}) {
  return { id: "resp_1", object: "response", status, output, ...more };
}

const text = (text: string) => ({ type: "output_text", text });

const spoken = (...content: object[]) => ({ type: "message", content });

const call = {
  id: "call_1",
  type: "function",
  function: { name: "weather", arguments: '{"city":"Bonn"}' },
};

const CHAT_ANSWERS: Record<string, object> = {
  tools: completion({
    ...said(null, { tool_calls: [call] }),
    finish_reason: "tool_calls",
  }),
  length: completion({ ...said("cut o"), finish_reason: "length" }),
  filter: completion({ ...said(""), finish_reason: "content_filter" }),
  three: completion(said("a"), said("b"), said("c")),
  refusal: completion(said(null, { refusal: "I can't." })),
};

testEndpoint("what a chat model does beside answering", {
  options: { params },
  requests: Object.keys(CHAT_ANSWERS).map((id) => ({ id, content: id })),
  bodies: Object.keys(CHAT_ANSWERS).map((id) => ({
    ...params,
    messages: [user(id)],
  })),
  respond: ({ custom_id }) => CHAT_ANSWERS[custom_id]!,
  check: (run) => {
    const [tools, length, filter, three] = run.succeeded;
    assert.deepEqual([tools?.output, tools?.finishReason], ["", "tool_calls"]);
    const { tool_calls } = (tools?.body as ChatResponse).choices[0]!.message;
    assert.equal(tool_calls?.[0]?.function.name, "weather");
    assert.deepEqual([length?.output, length?.finishReason], [
      "cut o",
      "length",
    ]);
    assert.equal(filter?.finishReason, "content_filter");
    assert.deepEqual(three?.outputs, ["a", "b", "c"]);

    const [refusal] = run.failed;
    assert.equal(run.failed.length, 1);
    assert.equal(refusal?.error.code, "refusal");
    assert.equal(refusal?.error.message, "I can't.");
    assert.ok(refusal?.body);
    assert.equal(refusal.usage?.output_tokens, 3);
    assert.equal(refusal.attempts, 1);
  },
});

const RESPONSES: Record<string, object> = {
  tools: response("completed", [{
    type: "function_call",
    call_id: "call_1",
    name: "weather",
    arguments: '{"city":"Bonn"}',
  }]),
  incomplete: response("incomplete", [spoken(text("cut o"))], {
    incomplete_details: { reason: "max_output_tokens" },
  }),
  several: response("completed", [
    { type: "reasoning", summary: [] },
    spoken(text("one "), text("answer")),
  ]),
  refusal: response("completed", [
    spoken({ type: "refusal", refusal: "I can't." }),
  ]),
  failed: response("failed", [], {
    error: { code: "server_error", message: "The model had an error." },
  }),
};

testEndpoint("what a model does beside responding", {
  options: { endpoint: "/v1/responses", params, maxAttempts: 1 },
  requests: Object.keys(RESPONSES).map((id) => ({ id, content: id })),
  bodies: Object.keys(RESPONSES).map((id) => ({ ...params, input: id })),
  respond: ({ custom_id }) => RESPONSES[custom_id]!,
  check: (run) => {
    const [tools, incomplete, several] = run.succeeded;
    assert.deepEqual([tools?.output, tools?.finishReason], ["", "completed"]);
    assert.equal(tools?.body.output[0]?.name, "weather");
    assert.deepEqual([incomplete?.output, incomplete?.finishReason], [
      "cut o",
      "incomplete",
    ]);
    assert.equal(
      incomplete?.body.incomplete_details?.reason,
      "max_output_tokens",
    );
    assert.deepEqual(several?.outputs, ["one answer"]);
    assert.deepEqual(run.failed.map(({ id, error }) => [id, error.code]), [
      ["refusal", "refusal"],
      ["failed", "server_error"],
    ]);
  },
});
