/**
 * What a caller may pass as requests, the lines that come of it, and what is
 * refused before anything is sent.
 *
 * @module
 */

import { chunk, OpenAIBatch, type RequestSource } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

const CHAT = "/v1/chat/completions";
const MODEL = "gpt-4o-mini";
/** Stands wherever a prompt may stand: no message may have it. */
const SECRET = "SECRET";

type Fields = Record<string, unknown>;

const user = { role: "user", content: SECRET };
const system = { role: "system", content: SECRET };
const assistant = { role: "assistant", content: SECRET };

function lineOf(id: string, body: unknown, url = CHAT): Fields {
  return { custom_id: id, method: "POST", url, body };
}

/** The lines of requests that the compiler would partly refuse. */
async function linesOf(
  requests: unknown,
  options: object = {},
): Promise<unknown[]> {
  const source = requests as RequestSource;
  const parts = await Array.fromAsync(chunk(source, options));
  return parts.flatMap(({ lines }) => lines);
}

async function bodyOf(request: unknown, options: object): Promise<unknown> {
  const [line] = await linesOf([request], options);
  return (line as Fields).body;
}

async function refusalOf(work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

/** Checks each form of a request by the body that comes of it. */
async function checkForms(
  endpoint: string,
  params: Fields,
  forms: readonly [request: unknown, body: Fields][],
): Promise<void> {
  for (const [i, [request, body]] of forms.entries()) {
    const [line] = await linesOf([request], { endpoint, params });
    const expected = lineOf("0", { ...params, ...body }, endpoint);
    assert.deepEqual(line, expected, `form ${i}`);
  }
}

test(
  "chat takes texts, messages, lists of messages, contents and bodies",
  options,
  async () => {
    const parts = [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: "https://example.com/a.png" } },
    ];
    await checkForms(CHAT, { model: MODEL }, [
      ["hi", { messages: [{ role: "user", content: "hi" }] }],
      ["", { messages: [{ role: "user", content: "" }] }],
      [user, { messages: [user] }],
      [[system, user], { messages: [system, user] }],
      [{ content: "hi" }, { messages: [{ role: "user", content: "hi" }] }],
      [{ content: [system, user] }, { messages: [system, user] }],
      [{ content: parts }, { messages: [{ role: "user", content: parts }] }],
      [{ body: { messages: [user], n: 2 } }, { messages: [user], n: 2 }],
    ]);
  },
);

test(
  "responses take texts, messages, lists of items, contents and bodies",
  options,
  async () => {
    const output = { type: "function_call_output", call_id: "c", output: "1" };
    await checkForms("/v1/responses", { model: MODEL }, [
      ["hi", { input: "hi" }],
      [user, { input: [user] }],
      [[system, user], { input: [system, user] }],
      [{ content: "hi" }, { input: "hi" }],
      [{ content: [user, output] }, { input: [user, output] }],
      [{ body: { input: "hi", store: false } }, { input: "hi", store: false }],
    ]);
  },
);

test(
  "embeddings take texts, lists of texts, tokens, lists of tokens and bodies",
  options,
  async () => {
    await checkForms("/v1/embeddings", { model: "text-embedding-3-small" }, [
      ["hi", { input: "hi" }],
      [{ content: "hi" }, { input: "hi" }],
      [{ content: ["a", "b"] }, { input: ["a", "b"] }],
      [{ content: [1, 2] }, { input: [1, 2] }],
      [{ content: [[1], [2]] }, { input: [[1], [2]] }],
      [{ body: { input: ["a"] } }, { input: ["a"] }],
    ]);
  },
);

test(
  "completions take texts, lists of texts, tokens and bodies",
  options,
  async () => {
    await checkForms("/v1/completions", { model: "davinci-002" }, [
      ["Once", { prompt: "Once" }],
      [{ content: "Once" }, { prompt: "Once" }],
      [{ content: ["a", "b"] }, { prompt: ["a", "b"] }],
      [{ content: [1, 2] }, { prompt: [1, 2] }],
      [{ body: { prompt: "Once", echo: true } }, {
        prompt: "Once",
        echo: true,
      }],
    ]);
  },
);

test(
  "moderations take texts, lists of texts, parts and bodies, and no model",
  options,
  async () => {
    const parts = [{ type: "text", text: "hi" }];
    await checkForms("/v1/moderations", {}, [
      ["hi", { input: "hi" }],
      [{ content: ["a", "b"] }, { input: ["a", "b"] }],
      [{ content: parts }, { input: parts }],
      [{ body: { input: "hi" } }, { input: "hi" }],
    ]);
    const model = "omni-moderation-latest";
    await checkForms("/v1/moderations", { model }, [["hi", { input: "hi" }]]);
  },
);

test("images take prompts and bodies, and no model", options, async () => {
  const images = [{ file_id: "file-1" }];
  for (const endpoint of ["/v1/images/generations", "/v1/images/edits"]) {
    await checkForms(endpoint, { size: "auto" }, [
      ["a cat", { prompt: "a cat" }],
      [{ content: "a cat" }, { prompt: "a cat" }],
      [{ body: { prompt: "a cat", images } }, { prompt: "a cat", images }],
    ]);
  }
});

test(
  "an endpoint that is not known takes bodies, and no model",
  options,
  async () => {
    await checkForms("/v1/videos", {}, [
      [{ body: { model: "sora-2", prompt: "a cat" } }, {
        model: "sora-2",
        prompt: "a cat",
      }],
      [{ body: {} }, {}],
    ]);
  },
);

test("an endpoint that is not known takes no content", options, async () => {
  for (const request of ["a cat", { content: "a cat" }, user, [user]]) {
    const { name, message } = await refusalOf(() =>
      linesOf([request], { endpoint: "/v1/videos" })
    );
    assert.equal(name, "TypeError");
    assert.match(message, /Request 0 .*\/v1\/videos/);
  }
});

test("Azure's spelling has the same forms", options, async () => {
  await checkForms("/chat/completions", { model: MODEL }, [
    ["hi", { messages: [{ role: "user", content: "hi" }] }],
    [user, { messages: [user] }],
  ]);
  await checkForms("/embeddings", { model: MODEL }, [["hi", { input: "hi" }]]);
  await assert.rejects(linesOf(["hi"], { endpoint: "/responses" }), TypeError);
});

test("bare messages are for chat and responses only", options, async () => {
  for (const request of [user, [user]]) {
    const { name, message } = await refusalOf(() =>
      linesOf(["a", request], {
        endpoint: "/v1/embeddings",
        params: { model: MODEL },
      })
    );
    assert.equal(name, "TypeError");
    assert.match(message, /Request 1 .*\/v1\/embeddings/);
  }
});

test(
  "a line is sent as it is: neither params nor endpoint reach it",
  options,
  async () => {
    const line = lineOf("mine", { input: ["a"], model: "m" }, "/v1/embeddings");
    const text = JSON.stringify(line);
    const source = [line] as unknown as RequestSource;
    const options = { params: { model: MODEL, temperature: 0 } };
    const [part] = await Array.fromAsync(chunk(source, options));
    assert.equal(await part?.blob().text(), text + "\n");
    assert.equal(part?.endpoint, "/v1/embeddings");
    assert.equal(part?.model, "m");
  },
);

test("all forms may stand in one list", options, async () => {
  const messages = [{ role: "user", content: "hi" }];
  const body = { messages, model: MODEL };
  assert.deepEqual(
    await linesOf(
      [
        "hi",
        messages[0],
        messages,
        { id: "a", content: "hi" },
        { content: messages },
        { id: "b", body: { messages } },
        lineOf("c", body),
      ],
      { params: { model: MODEL } },
    ),
    ["0", "1", "2", "a", "4", "b", "c"].map((id) => lineOf(id, body)),
  );
});

test("what a request has not is its position as its id", options, async () => {
  const requests = [
    "x",
    { id: "own", content: "x" },
    { id: undefined, content: "x" },
    { body: { messages: [user] } },
    [user],
  ];
  const options = { params: { model: MODEL } };
  const lists = [requests, new Set(requests), requests.values()];
  for (const list of lists) {
    const ids = (await linesOf(list, options)).map((line) =>
      (line as Fields).custom_id
    );
    assert.deepEqual(ids, ["0", "own", "2", "3", "4"]);
  }
});

test(
  "params lie under a request's own, key by key, and content lies over all",
  options,
  async () => {
    const params = {
      model: "under",
      temperature: 0,
      metadata: { a: "1" },
      messages: [system],
    };
    const content = { messages: [{ role: "user", content: "hi" }] };
    assert.deepEqual(
      await bodyOf({
        content: "hi",
        params: { model: "over", metadata: { b: "2" }, messages: [assistant] },
      }, { params }),
      { model: "over", temperature: 0, metadata: { b: "2" }, ...content },
    );
    assert.deepEqual(
      await bodyOf({ body: { ...content, temperature: 1 } }, { params }),
      { model: "under", temperature: 1, metadata: { a: "1" }, ...content },
    );
  },
);

test("a null among the params is sent", options, async () => {
  const options = { params: { model: MODEL, stop: "x", user: null } };
  assert.deepEqual(
    await bodyOf({ body: { messages: [user], stop: null } }, options),
    { model: MODEL, stop: null, user: null, messages: [user] },
  );
});

test("stream: false may stand in a body", options, async () => {
  for (const stream of [false, null, undefined]) {
    const body = { model: MODEL, messages: [user], stream };
    assert.deepEqual(await linesOf([{ body }]), [lineOf("0", body)]);
  }
});

test("what the caller passed stays as it was", options, async () => {
  const requests = [
    { id: "a", content: [user], params: { n: 2 } },
    { id: "b", body: { messages: [user] } },
    lineOf("c", { model: MODEL, messages: [user] }),
  ];
  const options = { params: { model: MODEL } };
  const before = structuredClone({ requests, options });
  await linesOf(requests, options);
  assert.deepEqual({ requests, options }, before);
});

test(
  "requests may come from any iterable, or from a function that opens one",
  options,
  async () => {
    async function* generate() {
      yield* ["a", "b"];
    }
    const sources: (() => unknown)[] = [
      () => ["a", "b"],
      () => new Set(["a", "b"]),
      () => ["a", "b"].values(),
      () => generate(),
      () => generate,
      () => () => ["a", "b"],
      () => () => Promise.resolve(["a", "b"]),
    ];
    for (const open of sources) {
      const sim = createSimulator({ respond: ({ text }) => text });
      const client = new OpenAIBatch(sim.options);
      const run = await client.run(open() as RequestSource, {
        params: { model: MODEL },
        progress: false,
      });
      assert.deepEqual(run.values(), ["a", "b"]);
    }
  },
);

test("no requests are no calls and no results", options, async () => {
  const sim = createSimulator();
  const run = await new OpenAIBatch(sim.options).run([], { progress: false });
  assert.deepEqual(run.results, []);
  assert.deepEqual(sim.ledger.calls, []);
});

test(
  "what chunk yields is what the server gets, at every endpoint",
  options,
  async () => {
    const bodies: Record<string, Fields> = {
      [CHAT]: { messages: [user] },
      "/v1/responses": { input: "hi" },
      "/v1/embeddings": { input: ["a", "b"] },
      "/v1/completions": { prompt: "Once" },
      "/v1/moderations": { input: "hi" },
      "/v1/images/generations": { prompt: "a cat" },
      "/v1/images/edits": { prompt: "a cat", images: [{ file_id: "file-1" }] },
      "/v1/videos": { prompt: "a cat" },
    };
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    for (const [endpoint, body] of Object.entries(bodies)) {
      const request = { id: endpoint, body };
      const options = { endpoint, params: { model: "m" } };
      const source = [request];
      const [line] = await linesOf(source, options);
      const run = await client.run(source, { ...options, progress: false });
      assert.equal(run.failed.length, 0, endpoint);
      const asked = sim.ledger.requests.at(-1)!;
      const { custom_id, url } = asked;
      assert.deepEqual(
        { custom_id, method: "POST", url, body: asked.body },
        line,
      );
    }
  },
);

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
  ["an id is no number", { id: 7, content: SECRET }, /\b7\b.*string/],
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
  ["a model is no empty string", { body: { model: "" } }, /model/],
  ["a model is a string", { body: { model: 4 } }, /model 4/],
  ["a line has a model", lineOf("x", { messages: [user] }), /model/],
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
  ["a request is no empty object", {}, /content/],
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
  ["a body is no text", { body: SECRET }, /body/],
  ["a body is no list", { body: [SECRET] }, /body/],
  ["a body is not undefined", { id: "x", body: undefined }, /body/],
  ["a body is not null", { id: "x", body: null }, /body/],
  ["a line's body is no text", lineOf("x", `{"input":"${SECRET}"}`), /body/],
  ["a line has a body", lineOf("x", undefined), /body/],
  ["params are no text", { content: "x", params: SECRET }, /params/],
  ["params are no list", { content: "x", params: [SECRET] }, /params/],
  ["a content is not undefined", { id: "x", content: undefined }, /content/],
  ["a content is not null", { id: "x", content: null }, /content/],
  ["a content is no message", { id: "x", content: user }, /content/],
  ["a content is no empty list", { id: "x", content: [] }, /content/],
  // deno-lint-ignore no-sparse-arrays
  ["a content has no holes", { content: [user, , user] }, /content/],
  ["a content has no undefined", { content: [user, undefined] }, /content/],
  // deno-lint-ignore no-sparse-arrays
  ["a list of messages has no holes", [user, , user], /list/],
  ["a list of messages has no null", [user, null], /list/],
  ["a list of messages is not empty", [], /list/],
  ["a list of texts is no request", [SECRET], /list/],
  ["a request is not undefined", undefined, /undefined/],
  ["a request is not null", null, /null/],
  ["a request is no number", 5, /\b5\b/],
  ["a request is no function", () => SECRET, /function|string/],
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
  "params that are no JSON are refused before anything is sent",
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

test("a lone string is no list of requests", options, async () => {
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

test("what can't be iterated is no list of requests", options, async () => {
  for (const source of [undefined, null, 5, user, () => 5, lineOf("a", {})]) {
    const { name, message } = await refusalOf(() => linesOf(source));
    assert.equal(name, "TypeError");
    assert.match(message, /iterable/);
    assert.doesNotMatch(message, new RegExp(SECRET));
  }
});

test(
  "two requests of a list may not have one id, however far apart they are",
  options,
  async () => {
    const requests = Array.from({ length: 40 }, (_, i) => ({
      id: i === 33 ? "r4" : `r${i}`,
      content: SECRET,
    }));
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const { name, message } = await refusalOf(() =>
      client.run(requests, { params: { model: MODEL }, batchSize: 2 })
    );
    assert.equal(name, "TypeError");
    assert.match(message, /^Request 33\b.*"r4".*\b4\b/);
    assert.deepEqual(sim.ledger.calls, []);
  },
);

test("an id that is a later request's position is taken", options, async () => {
  const requests = ["a", { id: "2", content: "b" }, "c"];
  const options = { params: { model: MODEL } };
  await assert.rejects(linesOf(requests, options), {
    name: "TypeError",
    message: /^Request 2\b.*"2".*\b1\b/,
  });
});

test(
  "two requests in a part of an iterable may not have one id",
  options,
  async () => {
    async function* generate() {
      yield { id: "a", content: SECRET };
      yield { id: "b", content: SECRET };
      yield { id: "a", content: SECRET };
    }
    for (
      const source of [generate(), new Set(await Array.fromAsync(generate()))]
    ) {
      const { name, message } = await refusalOf(() =>
        linesOf(source, { params: { model: MODEL } })
      );
      assert.equal(name, "TypeError");
      assert.match(message, /^Request 2\b.*"a".*\b0\b/);
      assert.doesNotMatch(message, new RegExp(SECRET));
    }
  },
);

test(
  "across the parts of an iterable ids are the caller's promise",
  options,
  async () => {
    async function* generate() {
      for (const id of ["a", "b", "a"]) yield { id, content: "x" };
    }
    const options = { params: { model: MODEL }, batchSize: 2 };
    const ids = (await linesOf(generate(), options)).map((line) =>
      (line as Fields).custom_id
    );
    assert.deepEqual(ids, ["a", "b", "a"]);
  },
);

test(
  "an iterable is refused at its first bad request, and let go of",
  options,
  async () => {
    let returned = 0;
    async function* generate() {
      try {
        yield "a";
        yield { id: 7, content: SECRET };
        yield "c";
      } finally {
        returned++;
      }
    }
    const { name, message } = await refusalOf(() =>
      linesOf(generate(), { params: { model: MODEL } })
    );
    assert.equal(name, "TypeError");
    assert.match(message, /^Request 1\b/);
    assert.equal(returned, 1);
  },
);

test("an error of the iterable is thrown as it is", options, async () => {
  const own = new Error("the database is gone");
  async function* generate() {
    yield "a";
    throw own;
  }
  const sim = createSimulator();
  const client = new OpenAIBatch(sim.options);
  const options = { params: { model: MODEL }, progress: false };
  await assert.rejects(client.run(generate(), options), own);
  assert.deepEqual(sim.ledger.calls, []);
});

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
  ["an endpoint that is no path", { endpoint: "chat" }, "TypeError", /"chat"/],
  ["an endpoint that is no text", { endpoint: 5 }, "TypeError", /5/],
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

for (const [what, options, name, names] of WRONG_OPTIONS) {
  test(`${what} is refused, by chunk and by run`, options, async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const refusals = [
      await refusalOf(() => linesOf(["a"], options)),
      await refusalOf(() => client.run(["a"], options)),
      await refusalOf(() => client.submit(["a"], options)),
    ];
    for (const refusal of refusals) {
      assert.equal(refusal.name, name);
      assert.match(refusal.message, names);
      assert.doesNotMatch(refusal.message, new RegExp(SECRET));
    }
    assert.deepEqual(sim.ledger.calls, []);
  });
}
