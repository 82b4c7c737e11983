/** How many tokens an estimate counts, and how many it expects to be written. */

import { countTokens as o200k, encodeChat } from "gpt-tokenizer";
import type { RequestLine } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { client } from "./_estimate.ts";

const params = { model: "gpt-4o-mini" };

/** Exactly 1,000 tokens in each text, and 7 around a message. */
const countTokens = () => 993;

/** The limits that a body of chat may have, and what they come to. */
const LIMITS: [
  name: string,
  body: Record<string, number>,
  expected: number | undefined,
][] = [
  ["max_completion_tokens", { max_completion_tokens: 50 }, 50],
  ["max_tokens", { max_tokens: 50 }, 50],
  ["max_tokens for each of n answers", { max_tokens: 50, n: 3 }, 150],
  ["no limit", { n: 3 }, undefined],
];

for (const [name, own, expected] of LIMITS) {
  test(`the most that is written: ${name}`, options, async () => {
    const { maxOutputTokens } = await client.estimate(["a"], {
      params: { ...params, ...own },
    });
    assert.equal(maxOutputTokens, expected);
  });
}

test(
  "the most that is written by responses and completions",
  options,
  async () => {
    const responses = await client.estimate(["a"], {
      endpoint: "/v1/responses",
      params: { ...params, max_output_tokens: 70 },
    });
    assert.equal(responses.maxOutputTokens, 70);
    const completions = await client.estimate(
      [{ content: ["a", "b"] }],
      {
        endpoint: "/v1/completions",
        params: { model: "davinci-002", max_tokens: 10, n: 2, best_of: 3 },
      },
    );
    assert.equal(completions.maxOutputTokens, 2 * 3 * 10);
  },
);

test(
  "without a limit, the cost is that of the input alone",
  options,
  async () => {
    const requests = [
      { content: "a", params: { max_tokens: 100 } },
      { content: "b" },
    ];
    const estimate = await client.estimate(requests, { params, countTokens });
    assert.equal(estimate.maxOutputTokens, undefined);
    assert.equal(estimate.models["gpt-4o-mini"]?.maxOutputTokens, undefined);
    assert.equal(estimate.cost, 0.00018); // 2,000 at 0.075 and 100 at 0.3
  },
);

test(
  "outputTokens is what is expected, within a request's own limit",
  options,
  async () => {
    const requests = [{ content: "a", params: { max_tokens: 100 } }, {
      content: "b",
    }];
    const expect = async (outputTokens: number) =>
      (await client.estimate(requests, { params, outputTokens }))
        .maxOutputTokens;
    assert.equal(await expect(30), 30 + 30);
    assert.equal(await expect(500), 100 + 500);
  },
);

test(
  "embeddings write nothing, and their tokens are counted as they are",
  options,
  async () => {
    const estimate = await client.estimate(
      [{ content: [11, 12, 13] }, { content: [[1, 2], [3]] }, "four"],
      {
        endpoint: "/v1/embeddings",
        params: { model: "text-embedding-3-small" },
        countTokens: (text) => text.length,
      },
    );
    assert.equal(estimate.inputTokens, 3 + 3 + 4);
    assert.equal(estimate.maxOutputTokens, 0);
    assert.equal(estimate.cost, 0.0000001); // 10 at 0.01
  },
);

test("moderation is free", options, async () => {
  const estimate = await client.estimate(["a"], {
    endpoint: "/v1/moderations",
    params: { model: "omni-moderation-latest" },
  });
  assert.deepEqual([estimate.cost, estimate.standardCost], [0, 0]);
  assert.equal(estimate.maxOutputTokens, 0);
});

test(
  "tools, tool calls, schemas and instructions are counted",
  options,
  async () => {
    const texts: string[] = [];
    const listen = (text: string) => texts.push(text);
    const count = async (line: Omit<RequestLine, "method">) => {
      await client.estimate<string>(
        [{ ...line, method: "POST" }] as unknown as RequestLine[],
        { countTokens: listen },
      );
    };
    await count({
      custom_id: "chat",
      url: "/v1/chat/completions",
      body: {
        ...params,
        messages: [
          { role: "user", content: [{ type: "text", text: "Weather?" }] },
          {
            role: "assistant",
            tool_calls: [{
              function: { name: "look", arguments: '{"in":"Ulm"}' },
            }],
          },
          { role: "tool", content: "Rain." },
        ],
        tools: [{ type: "function", function: { name: "look" } }],
        response_format: {
          type: "json_schema",
          json_schema: { name: "answer" },
        },
      },
    });
    await count({
      custom_id: "responses",
      url: "/v1/responses",
      body: {
        ...params,
        instructions: "Be brief.",
        input: [{ type: "function_call_output", output: "Sun." }],
        text: { format: { type: "json_schema", schema: { type: "object" } } },
      } as unknown as RequestLine["body"],
    });
    for (
      const word of [
        "Weather?",
        "look",
        '{"in":"Ulm"}',
        "Rain.",
        '"function":{"name":"look"}',
        '{"name":"answer"}',
      ]
    ) assert.ok(texts[0]!.includes(word), word);
    assert.equal(texts[1], 'Be brief.\nSun.\n{"type":"object"}');
  },
);

test("with a real tokenizer an estimate is exact", options, async () => {
  const chats = [
    [{ role: "user", content: "村子的尽头有一座旧磨坊。" }] as const,
    [
      { role: "system", content: "You are a helpful assistant." },
      { role: "user", content: "How many ducks are left?" },
    ] as const,
  ];
  const { inputTokens } = await client.estimate(chats, {
    params,
    countTokens: (text) => o200k(text),
  });
  const exact = chats.map((chat) => encodeChat(chat, "gpt-4o").length);
  assert.equal(inputTokens, exact[0]! + exact[1]!);
});

test(
  "the default count is near a real tokenizer's in any script",
  options,
  async () => {
    const texts = [
      "The old lighthouse stood at the end of a narrow road.",
      "Die Zuständigkeiten waren seit dreißig Jahren ungeklärt.",
      "村子的尽头有一座旧磨坊，自从那场洪水以后就再也没有人进去过。",
      "На краю деревни стояла старая мельница.",
    ];
    for (const text of texts) {
      const { inputTokens } = await client.estimate([text], { params });
      const error = (inputTokens - 7) / o200k(text) - 1;
      assert.ok(Math.abs(error) < 0.25, `${error} for ${text}`);
    }
  },
);
