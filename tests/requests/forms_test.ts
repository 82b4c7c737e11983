/** What a caller may pass as requests, and the lines that come of it. */

import { chunk, OpenAIBatch, type RequestSource } from "@offpeak/openai-batch";
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

const system = { role: "system", content: SECRET };

const assistant = { role: "assistant", content: SECRET };

async function bodyOf(request: unknown, options: object): Promise<unknown> {
  const [line] = await linesOf([request], options);
  return (line as Fields).body;
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
  "a request's own params take precedence over the job's, key by key, and content over both",
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

test("no requests make no calls and no results", options, async () => {
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
