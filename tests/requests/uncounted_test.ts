/** What an estimate can't count is said, and a budget promises nothing about it. */

import {
  BudgetError,
  type JobOptions,
  OpenAIBatch,
  type Uncounted,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

const CHAT = "/v1/chat/completions";
const RESPONSES = "/v1/responses";

const client = new OpenAIBatch({ apiKey: "none" });
/** With the frame of one message, 1,000 tokens in. */
const countTokens = () => 993;

const says = (...content: object[]) => [{ role: "user", content }];
const text = { type: "text", text: "What is this?" };
const picture = { type: "image_url", image_url: { url: "data:image/png," } };

type Found = Partial<Omit<Uncounted, "requests">>;

const BODIES: [what: string, url: string, body: object, found: Found][] = [
  ["text", CHAT, { messages: says(text) }, {}],
  ["pictures", CHAT, { messages: says(text, picture, picture) }, { images: 2 }],
  ["audio", CHAT, {
    messages: says({ type: "input_audio", input_audio: { data: "" } }),
  }, { audio: 1 }],
  ["a file", CHAT, {
    messages: says({ type: "file", file: { file_id: "file-1" } }),
  }, { files: 1 }],
  ["functions, which are text", CHAT, {
    messages: says(text),
    tools: [{ type: "function", function: { name: "f" } }],
  }, {}],
  ["a search that OpenAI runs", CHAT, {
    messages: says(text),
    web_search_options: {},
  }, { tools: 1 }],
  ["a model that always searches", CHAT, {
    model: "gpt-4o-mini-search-preview",
    messages: says(text),
  }, { tools: 1 }],
  ["a text", RESPONSES, { input: "What is this?" }, {}],
  ["parts of the Responses API", RESPONSES, {
    input: says(
      { type: "input_text", text: "?" },
      { type: "input_image", image_url: "data:image/png," },
      { type: "input_file", file_id: "file-1" },
    ),
  }, { images: 1, files: 1 }],
  ["a picture that a function gave back", RESPONSES, {
    input: [{
      type: "function_call_output",
      call_id: "c",
      output: [{ type: "input_image", file_id: "file-1" }],
    }],
  }, { images: 1 }],
  ["tools that OpenAI runs, and those that it doesn't", RESPONSES, {
    input: "?",
    tools: [
      { type: "web_search" },
      { type: "file_search", vector_store_ids: ["vs_1"] },
      { type: "code_interpreter", container: { type: "auto" } },
      { type: "mcp", server_label: "s" },
      { type: "one_of_tomorrow" },
      { type: "function", name: "f" },
      { type: "custom", name: "g" },
      { type: "local_shell" },
    ],
  }, { tools: 5 }],
  ["earlier turns that are only named", RESPONSES, {
    input: [{ type: "item_reference", id: "msg_1" }, {
      type: "reasoning",
      encrypted_content: "…",
    }],
    previous_response_id: "resp_1",
  }, { references: 3 }],
  ["a conversation", RESPONSES, { input: "?", conversation: "conv_1" }, {
    references: 1,
  }],
  ["a stored prompt", RESPONSES, { input: "?", prompt: { id: "pmpt_1" } }, {
    references: 1,
  }],
  ["a picture to be edited", "/v1/images/edits", {
    prompt: "A hat on it",
    images: [{ file_id: "file-1" }, { file_id: "file-2" }],
    mask: { file_id: "file-3" },
  }, { images: 3 }],
  ["a picture to be drawn", "/v1/images/generations", {
    prompt: "A lighthouse",
  }, {}],
  ["token ids", "/v1/embeddings", { input: [[1, 2], [3]] }, {}],
  ["a prompt of tokens", "/v1/completions", { prompt: [1, 2, 3] }, {}],
  ["a picture that is moderated, for nothing", "/v1/moderations", {
    input: [picture],
  }, {}],
];

for (const [what, url, body, found] of BODIES) {
  test(`an estimate names what it can't count: ${what}`, options, async () => {
    const line = {
      custom_id: "a",
      method: "POST",
      url,
      body: { model: "gpt-5", ...body },
    };
    const { uncounted } = await client.estimate([line] as never);
    const nothing = { images: 0, audio: 0, files: 0, tools: 0, references: 0 };
    const requests = Object.keys(found).length > 0 ? 1 : 0;
    assert.deepEqual(uncounted, { requests, ...nothing, ...found });
  });
}

const params = { model: "gpt-4o-mini", max_completion_tokens: 1_000 };
const requests = [
  "Only words",
  { content: says(text, picture, picture) },
  { content: says(text, picture) },
] as never;

test(
  "an estimate adds uncountedTokens for each request that has any",
  options,
  async () => {
    const estimate = await client.estimate(requests, {
      params,
      countTokens,
      uncountedTokens: 800,
    });
    assert.equal(estimate.inputTokens, 3 * 1_000 + 2 * 800);
    assert.deepEqual(
      [estimate.uncounted.requests, estimate.uncounted.images],
      [2, 3],
    );
    assert.equal(estimate.cost, 0.001245); // 4,600 at 0.075 and 3,000 at 0.3
  },
);

function run(job: JobOptions) {
  const sim = createSimulator();
  const running = new OpenAIBatch(sim.options).run(requests, {
    params,
    countTokens,
    progress: false,
    ...job,
  });
  return { sim, running };
}

test(
  "a budget refuses what can't be counted, before a byte is sent",
  options,
  async () => {
    const { sim, running } = run({ budget: 100 });
    await assert.rejects(running, (error) => {
      assert.ok(error instanceof BudgetError);
      assert.equal(
        error.message,
        "The budget is $100, and the job's cost is unknown: images (3) " +
          "in 2 of the requests can't be counted (see the option uncountedTokens)",
      );
      assert.equal(error.estimate.uncounted.images, 3);
      return true;
    });
    assert.equal(sim.ledger.calls.length, 0);
  },
);

test("with uncountedTokens a budget holds", options, async () => {
  const { running } = run({ budget: 0.001245, uncountedTokens: 800 });
  assert.equal((await running).succeeded.length, 3);
  const { running: refused } = run({ budget: 0.001244, uncountedTokens: 800 });
  await assert.rejects(refused, { message: /the job may cost \$0\.001245/ });
});

test("uncountedTokens may be 0: then nothing is refused", options, async () => {
  const { running } = run({ budget: 100, uncountedTokens: 0 });
  assert.equal((await running).succeeded.length, 3);
});

test("without a budget pictures are sent as they are", options, async () => {
  assert.equal((await run({}).running).succeeded.length, 3);
});

test("uncountedTokens is checked", options, async () => {
  for (const uncountedTokens of [-1, 0.5, NaN]) {
    const message =
      `The option uncountedTokens must be a whole number of 0 or more: it is ${uncountedTokens}`;
    await assert.rejects(client.estimate(requests, { uncountedTokens }), {
      name: "RangeError",
      message,
    });
    await assert.rejects(async () => await run({ uncountedTokens }).running, {
      name: "RangeError",
      message,
    });
  }
});

test(
  "an estimate prices windows for the Responses API alone, and tiers for that and chat",
  options,
  async () => {
    const priced = async (endpoint: string, model: string) => {
      const { lanes } = await client.estimate(["a"], {
        endpoint,
        params: { model },
      } as never);
      return Object.entries(lanes).filter(([, cost]) => cost !== undefined)
        .map(([lane]) => lane);
    };
    assert.deepEqual(await priced(RESPONSES, "gpt-6-astra"), [
      "batch",
      "8h",
      "2h",
      "flex",
      "standard",
      "priority",
      "ultrafast",
    ]);
    assert.deepEqual(await priced(CHAT, "gpt-5"), [
      "batch",
      "flex",
      "standard",
      "priority",
    ]);
    assert.deepEqual(await priced("/v1/embeddings", "text-embedding-3-small"), [
      "batch",
      "standard",
    ]);
  },
);
