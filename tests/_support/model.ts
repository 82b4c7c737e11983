/**
 * A model for the simulator that the programs of real SDKs can talk to: it
 * calls the tool that it is given, keeps to the schema, and answers in upper
 * case. The same question gets the same answer, so that a program can be
 * compared with itself.
 *
 * @module
 */

import type { SimulatedRequest } from "@offpeak/openai-batch/testing";

const WEATHER = '{"city":"Oslo"}';

/**
 * @param request What is asked.
 * @returns The answer.
 */
export function model(request: SimulatedRequest): object | string {
  const { url, body, text } = request;
  if (url === "/v1/embeddings") return embeddings(body);
  const isChat = url === "/v1/chat/completions";
  if (body.tools?.length) {
    const result = isChat ? chatResult(body) : responsesResult(body);
    if (result !== undefined) return `It is ${result}`;
    return isChat ? chatCall(body) : responsesCall(body);
  }
  const format = isChat ? body.response_format?.type : body.text?.format?.type;
  if (format === "json_schema") return `{"answer":"${text.slice(-9)}"}`;
  return text.toUpperCase();
}

// deno-lint-ignore no-explicit-any
type Body = any;

/** As the API gives them: base64 is four bytes a number. */
function embeddings(body: Body): object {
  const inputs: string[] = [body.input].flat();
  return {
    object: "list",
    model: body.model,
    data: inputs.map((input, index) => {
      const vector = new Float32Array([input.length, index, 0.5]);
      const bytes = new Uint8Array(vector.buffer);
      const embedding = body.encoding_format === "base64"
        ? btoa(String.fromCharCode(...bytes))
        : [...vector];
      return { object: "embedding", index, embedding };
    }),
    usage: { prompt_tokens: 1, total_tokens: 1 },
  };
}

function chatResult({ messages }: Body): string | undefined {
  const last = messages.at(-1);
  return last.role === "tool" ? String(last.content) : undefined;
}

function responsesResult({ input }: Body): string | undefined {
  const last = Array.isArray(input) ? input.at(-1) : undefined;
  return last?.type === "function_call_output" ? last.output : undefined;
}

function chatCall({ model, tools }: Body): object {
  const { name } = tools[0].function;
  return {
    id: "chatcmpl-tool",
    object: "chat.completion",
    created: 1,
    model,
    choices: [{
      index: 0,
      finish_reason: "tool_calls",
      logprobs: null,
      message: {
        role: "assistant",
        content: null,
        refusal: null,
        tool_calls: [{
          id: "call_1",
          type: "function",
          function: { name, arguments: WEATHER },
        }],
      },
    }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}

function responsesCall({ model, tools }: Body): object {
  const { name } = tools[0];
  return {
    id: "resp_tool",
    object: "response",
    created_at: 1,
    status: "completed",
    error: null,
    incomplete_details: null,
    model,
    output: [{
      type: "function_call",
      id: "fc_1",
      call_id: "call_1",
      name,
      arguments: WEATHER,
      status: "completed",
    }],
    usage: {
      input_tokens: 1,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 2,
    },
  };
}
