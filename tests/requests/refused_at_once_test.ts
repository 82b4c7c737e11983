/**
 * What the API is certain to refuse is refused before anything is sent, with
 * the position and the rule, and nothing else is.
 *
 * @module
 */

import { chunk, type Endpoint, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

const CHAT = "/v1/chat/completions";
const RESPONSES = "/v1/responses";
const EMBEDDINGS = "/v1/embeddings";
const PROMPT = "a secret prompt";

type Row = [name: string, endpoint: Endpoint, body: object, rule: RegExp];

const REFUSED: Row[] = [
  ["chat without messages", CHAT, {}, /has nothing as its `messages`/],
  ["chat in Azure's spelling", "/chat/completions", {}, /`messages`/],
  ["a text for messages", CHAT, { messages: PROMPT }, /has a string as its/],
  ["no message", CHAT, { messages: [] }, /has an empty list as its/],
  ["an object for messages", CHAT, { messages: {} }, /of the type object/],
  ["a response to nothing", RESPONSES, {}, /has nothing to answer/],
  ["a response to null", RESPONSES, { input: null }, /has nothing to answer/],
  ["messages for a response", RESPONSES, {
    input: PROMPT,
    messages: [],
  }, /`messages`, which this endpoint calls `input`/],
  ["a response in the background", RESPONSES, {
    input: PROMPT,
    background: true,
  }, /has `background: true`/],
  ["no text to embed", EMBEDDINGS, {}, /has nothing as its `input`/],
  ["an empty list to embed", EMBEDDINGS, { input: [] }, /an empty list/],
  ["an empty text to embed", EMBEDDINGS, { input: "" }, /an empty string/],
  [
    "one empty text of two",
    EMBEDDINGS,
    { input: ["x", ""] },
    /an empty string/,
  ],
];

const TAKEN: [name: string, endpoint: Endpoint, body: object][] = [
  ["a stored prompt", RESPONSES, { prompt: { id: "pmpt_1" } }],
  ["a conversation", RESPONSES, { conversation: "conv_1" }],
  ["what follows a response", RESPONSES, { previous_response_id: "resp_1" }],
  ["an empty input", RESPONSES, { input: "" }],
  ["background: false", RESPONSES, { input: "x", background: false }],
  ["tokens to embed", EMBEDDINGS, { input: [1, 2] }],
  ["an endpoint that is not known here", "/v1/odd", {}],
];

function open(baseURL?: string) {
  const sim = createSimulator();
  const options = { ...sim.options, ...(baseURL ? { baseURL } : {}) };
  return { sim, client: new OpenAIBatch(options) };
}

for (const [name, endpoint, body, rule] of REFUSED) {
  test(`${name} is refused before anything is sent`, options, async () => {
    const { sim, client } = open();
    const lone = [{ body: { model: "m", ...body } }] as never;
    const options = { endpoint, progress: false } as const;
    await assert.rejects(client.run(lone, options), (error: Error) => {
      assert.equal(error.name, "TypeError");
      assert.match(error.message, /^Request 0 /);
      assert.match(error.message, rule);
      assert.ok(!error.message.includes(PROMPT));
      return true;
    });
    assert.deepEqual(sim.ledger.calls, []);
  });
}

for (const [name, endpoint, body] of TAKEN) {
  test(`${name} is taken`, options, async () => {
    const lone = [{ body: { model: "m", ...body } }] as never;
    const parts = await Array.fromAsync(chunk(lone, { endpoint }));
    assert.equal(parts.length, 1);
  });
}

test("whole lines are checked too", options, async () => {
  const { client } = open();
  const line = { custom_id: "a", method: "POST", url: CHAT } as const;
  await assert.rejects(
    client.run([{ ...line, body: { model: "m" } }] as never),
    /^TypeError: Request 0 has nothing as its `messages`/,
  );
});

test("only OpenAI is known to take no empty text", options, async () => {
  const other = open("https://other.example/v1");
  const options = { endpoint: EMBEDDINGS, progress: false } as const;
  const { results } = await other.client.run(
    [{ body: { model: "m", input: "" } }],
    options,
  );
  assert.equal(results.length, 1);
});

test("a direct call may ask in the background", options, async () => {
  const { client } = open();
  const stream = client.direct(
    [{ body: { model: "m", input: "x", background: true } }],
    { endpoint: RESPONSES },
  );
  assert.equal((await stream.collect()).results.length, 1);
});
