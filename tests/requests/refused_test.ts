/** What is refused before anything is sent, with the position and the rule. */

import { OpenAIBatch, type RequestSource } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import {
  type Fields,
  lineOf,
  linesOf,
  refusalOf,
  SECRET,
  user,
} from "./_requests.ts";

const CHAT = "/v1/chat/completions";

const MODEL = "gpt-4o-mini";

const cycle: Fields = { note: SECRET };

cycle.self = cycle;

/** A rule, a request that breaks it, and what the message has to name. */
const REFUSED: [rule: string, request: unknown, names: RegExp][] = [
  ["an id must be unique", { id: "0", content: SECRET }, /"0".*\b0\b/],
  [
    "a line's id must be unique",
    lineOf("1", { model: MODEL, messages: [user] }),
    /"1".*\b1\b/,
  ],
  ["an id must not be empty", { id: "", content: SECRET }, /""/],
  ["an id is not a number", { id: 7, content: SECRET }, /\b7\b.*string/],
  ["an id is not null", { id: null, content: SECRET }, /null/],
  ["a line has an id", lineOf(undefined!, { model: MODEL }), /undefined/],
  ["nothing streams", { body: { messages: [user], stream: true } }, /stream/],
  [
    "params of a request don't stream",
    { content: SECRET, params: { stream: true } },
    /stream/,
  ],
  [
    "a line does not stream",
    lineOf("x", { model: MODEL, messages: [user], stream: true }),
    /stream/,
  ],
  ["a model is not an empty string", { body: { model: "" } }, /model/],
  ["a model is a string", { body: { model: 4 } }, /model 4/],
  ["a line has a model", lineOf("x", { messages: [user] }), /model/],
  [
    "messages beside an id go into body",
    { id: "x", messages: [user] },
    /messages goes into body, as \{ id, body: \{ messages \} \}/,
  ],
  [
    "a wrapper has no key `prompt`",
    { id: "x", content: "", prompt: SECRET },
    /"prompt"/,
  ],
  [
    "a wrapper has no key `model`",
    { content: SECRET, model: MODEL },
    /"model"/,
  ],
  ["a body stands alone", { body: {}, content: SECRET }, /"content"/],
  ["a body has no params beside it", { body: {}, params: {} }, /"params"/],
  ["a line has no params", { ...lineOf("x", {}), params: {} }, /"params"/],
  ["a message has no id", { id: "x", ...user }, /"id"|"role"/],
  ["a message has no params", { ...user, params: {} }, /"params"|"role"/],
  ["a message has no body", { ...user, body: {} }, /"body"|"role"/],
  ["a wrapper has a content", { id: "x" }, /"id"/],
  ["a request is not an empty object", {}, /content/],
  ["a line is for POST", { ...lineOf("x", {}), method: "GET" }, /"GET"/],
  [
    "a line names its method",
    { ...lineOf("x", {}), method: undefined },
    /method/,
  ],
  ["a line names its url", { ...lineOf("x", {}), url: undefined }, /url/],
  [
    "a line's url is a path",
    lineOf("x", {}, "v1/responses"),
    /"v1\/responses"/,
  ],
  ["a body is not a string", { body: SECRET }, /body/],
  ["a body is not a list", { body: [SECRET] }, /body/],
  ["a body is not undefined", { id: "x", body: undefined }, /body/],
  ["a body is not null", { id: "x", body: null }, /body/],
  [
    "a line's body is not a string",
    lineOf("x", `{"input":"${SECRET}"}`),
    /body/,
  ],
  ["a line has a body", lineOf("x", undefined), /body/],
  ["params are not a string", { content: "x", params: SECRET }, /params/],
  ["params are not a list", { content: "x", params: [SECRET] }, /params/],
  ["a content is not undefined", { id: "x", content: undefined }, /content/],
  ["a content is not null", { id: "x", content: null }, /content/],
  ["content is not a message", { id: "x", content: user }, /content/],
  ["content is not an empty list", { id: "x", content: [] }, /content/],
  // deno-lint-ignore no-sparse-arrays
  ["a content has no holes", { content: [user, , user] }, /content/],
  ["a content has no undefined", { content: [user, undefined] }, /content/],
  // deno-lint-ignore no-sparse-arrays
  ["a list of messages has no holes", [user, , user], /list/],
  ["a list of messages has no null", [user, null], /list/],
  ["a list of messages is not empty", [], /list/],
  ["a list of strings is not a request", [SECRET], /list/],
  ["a request is not undefined", undefined, /undefined/],
  ["a request is not null", null, /null/],
  ["a request is not a number", 5, /\b5\b/],
  ["a request is not a function", () => SECRET, /function|string/],
  [
    "a body has no cycle",
    { body: { messages: [user], tools: [cycle] } },
    /cycle/,
  ],
  ["a body has no BigInt", { body: { messages: [user], seed: 1n } }, /BigInt/],
  [
    "a line has no BigInt",
    lineOf("x", { model: MODEL, messages: [user], seed: 1n }),
    /BigInt/,
  ],
];

for (const [rule, request, names] of REFUSED) {
  test(
    `${rule}: the list is refused before anything is sent`,
    options,
    async () => {
      const good = Array.from({ length: 5 }, (_, i) => `${SECRET} ${i}`);
      const sim = createSimulator();
      const client = new OpenAIBatch(sim.options);
      const source = [...good, request, ...good] as RequestSource;
      const { name, message } = await refusalOf(() =>
        client.run(source, {
          params: { model: MODEL },
          batchSize: 1,
          progress: false,
        })
      );
      assert.equal(name, "TypeError");
      assert.match(message, /^Request 5\b/);
      assert.match(message, names);
      assert.doesNotMatch(message, new RegExp(SECRET));
      assert.deepEqual(sim.ledger.calls, []);
    },
  );
}

test("a list may have no holes", options, async () => {
  const sim = createSimulator();
  const client = new OpenAIBatch(sim.options);
  // deno-lint-ignore no-sparse-arrays
  const source = ["a", "b", , "d"] as RequestSource;
  const { name, message } = await refusalOf(() =>
    client.run(source, { params: { model: MODEL }, batchSize: 1 })
  );
  assert.equal(name, "TypeError");
  assert.match(message, /^Request 2\b.*undefined/);
  assert.deepEqual(sim.ledger.calls, []);
});

test("a request without a model anywhere is refused", options, async () => {
  for (
    const endpoint of [
      CHAT,
      "/v1/responses",
      "/v1/embeddings",
      "/v1/completions",
    ]
  ) {
    const { name, message } = await refusalOf(() =>
      linesOf([SECRET], { endpoint })
    );
    assert.equal(name, "TypeError");
    assert.match(message, /^Request 0\b.*\bmodel\b.*undefined/);
    assert.doesNotMatch(message, new RegExp(SECRET));
  }
});

test("params that ask for a stream are refused", options, async () => {
  const params = { model: MODEL, stream: true };
  const { name, message } = await refusalOf(() => linesOf(["x"], { params }));
  assert.equal(name, "TypeError");
  assert.match(message, /^Request 0\b.*stream/);
});

test(
  "params that aren't JSON are refused before anything is sent",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const params = { model: MODEL, seed: 1n as unknown as number };
    await assert.rejects(
      client.run(["a", "b", "c"], { params, batchSize: 1 }),
      { name: "TypeError", message: /^Request 0\b.*BigInt/ },
    );
    assert.deepEqual(sim.ledger.calls, []);
  },
);

test(
  "bare messages that start with a system message are asked about: did you mean [[…]]?",
  options,
  async () => {
    for (const role of ["system", "developer"]) {
      for (const endpoint of [CHAT, "/v1/responses"]) {
        const messages = [{ role, content: SECRET }, user];
        const sim = createSimulator();
        const client = new OpenAIBatch(sim.options);
        const options = { endpoint, params: { model: MODEL } };
        const sources = [messages, messages.values(), () => messages];
        for (const source of sources) {
          const { name, message } = await refusalOf(() =>
            client.run(source as RequestSource<string>, options)
          );
          assert.equal(name, "TypeError");
          assert.match(message, /^Request 0\b/);
          assert.match(
            message,
            new RegExp(`"${role}".*did you mean \\[\\[…\\]\\]`),
          );
          assert.doesNotMatch(message, new RegExp(SECRET));
        }
        assert.deepEqual(sim.ledger.calls, []);
        const [line] = await linesOf([messages], options);
        const { body } = line as { body: Fields };
        assert.deepEqual(body.messages ?? body.input, messages);
      }
    }
  },
);

test("a single string is not a list of requests", options, async () => {
  for (const source of [SECRET, () => SECRET]) {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const { name, message } = await refusalOf(() =>
      client.run(source as unknown as RequestSource, {
        params: { model: MODEL },
      })
    );
    assert.equal(name, "TypeError");
    assert.match(message, /string/);
    assert.doesNotMatch(message, new RegExp(SECRET));
    assert.deepEqual(sim.ledger.calls, []);
  }
});

test(
  "something that can't be iterated is not a list of requests",
  options,
  async () => {
    for (const source of [undefined, null, 5, user, () => 5, lineOf("a", {})]) {
      const { name, message } = await refusalOf(() => linesOf(source));
      assert.equal(name, "TypeError");
      assert.match(message, /iterable/);
      assert.doesNotMatch(message, new RegExp(SECRET));
    }
  },
);

const WRONG_OPTIONS: [
  what: string,
  options: object,
  name: string,
  names: RegExp,
][] = [
  ["an unknown option", { batch_size: 2 }, "TypeError", /"batch_size"/],
  [
    "a parameter beside params",
    { temperature: 0 },
    "TypeError",
    /"temperature"/,
  ],
  ["params that are a list", { params: [] }, "TypeError", /params/],
  ["params that are null", { params: null }, "TypeError", /params/],
  ["params that are a text", { params: SECRET }, "TypeError", /params/],
  [
    "an endpoint that is not a path",
    { endpoint: "chat" },
    "TypeError",
    /"chat"/,
  ],
  ["an endpoint that is not a string", { endpoint: 5 }, "TypeError", /5/],
  ["a batchSize that is a string", { batchSize: "5" }, "RangeError", /is "5"/],
  ["model beside params", { model: "x" }, "TypeError", /mean params\.model/],
  ["max_tokens beside params", { max_tokens: 5 }, "TypeError", /params\.max_/],
  ["an option of the client", { timeout: 5 }, "TypeError", /new OpenAIBatch/],
  ["Python's batch_size", { batch_size: 5 }, "TypeError", /mean batchSize/],
  ["a batchSize of 0", { batchSize: 0 }, "RangeError", /batchSize.*\b0\b/],
  ["a batchSize of 1.5", { batchSize: 1.5 }, "RangeError", /batchSize.*1\.5/],
  ["a batchSize of NaN", { batchSize: NaN }, "RangeError", /batchSize.*NaN/],
  [
    "a batchSize that is a text",
    { batchSize: "10" },
    "RangeError",
    /batchSize.*10/,
  ],
  ["a negative maxBytes", { maxBytes: -1 }, "RangeError", /maxBytes.*-1/],
  [
    "an endless maxBytes",
    { maxBytes: Infinity },
    "RangeError",
    /maxBytes.*Infinity/,
  ],
];

for (const [what, wrong, name, names] of WRONG_OPTIONS) {
  test(`${what} is refused, by chunk and by run`, options, async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const refusals = [
      await refusalOf(() => linesOf(["a"], wrong)),
      await refusalOf(() => client.run(["a"], wrong)),
      await refusalOf(() => client.submit(["a"], wrong)),
    ];
    for (const refusal of refusals) {
      assert.equal(refusal.name, name);
      assert.match(refusal.message, names);
      assert.doesNotMatch(refusal.message, new RegExp(SECRET));
    }
    assert.deepEqual(sim.ledger.calls, []);
  });
}
