/**
 * Requests of the Responses API in their bare form: items with the parts and
 * the names of that API, and no other's.
 *
 * @module
 */

import {
  BATCH_LIMITS,
  type BatchRequest,
  OpenAIBatch,
  type ResponsesMessage,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

type Bare = BatchRequest<"/v1/responses">;

const picture: ResponsesMessage = {
  role: "user",
  content: [
    { type: "input_text", text: "What is this?" },
    { type: "input_image", image_url: "https://example.com/cat.png" },
    { type: "input_file", file_id: "file-1", detail: "low" },
  ],
};

const conversation: Bare = [
  picture,
  { role: "assistant", phase: "commentary", content: "I will look it up." },
  { type: "function_call", call_id: "c1", name: "look_up", arguments: "{}" },
  { type: "function_call_output", call_id: "c1", output: "a cat" },
];

test(
  "a list of messages, calls and their outputs is one request",
  options,
  async () => {
    const sim = createSimulator();
    const run = await new OpenAIBatch(sim.options).run(
      [conversation, picture, "and a text"],
      {
        endpoint: "/v1/responses",
        params: { model: "gpt-6-luna" },
        progress: false,
      },
    );
    assert.equal(run.succeeded.length, 3);
    const inputs = sim.ledger.requests.toSorted((a, b) =>
      Number(a.custom_id) - Number(b.custom_id)
    ).map(({ body }) => body.input);
    assert.deepEqual(inputs, [conversation, [picture], "and a text"]);
  },
);

test("the parts of chat messages are not those of this API", options, () => {
  const parts: ResponsesMessage["content"] = [
    // @ts-expect-error chat has an object here
    { type: "input_image", image_url: { url: "https://example.com/cat.png" } },
    // @ts-expect-error a misspelt name
    { type: "input_text", texts: "no" },
  ];
  assert.equal(parts.length, 2);
});

test("the limits of the Batch API are constants", options, () => {
  const requests: 50_000 = BATCH_LIMITS.requestsPerFile;
  assert.deepEqual(BATCH_LIMITS, {
    requestsPerFile: requests,
    bytesPerFile: 200_000_000,
    embeddingInputs: 50_000,
    metadataPairs: 16,
    batchesPerHour: 2_000,
  });
});
