/**
 * The files and batches endpoints, call by call.
 *
 * @module
 */

import { type CallOptions, OpenAIBatch } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import {
  anything,
  caught,
  json,
  script,
  silence,
} from "../_support/scripted.ts";

const BATCH = {
  input_file_id: "file-1",
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
} as const;

type Rest = Pick<OpenAIBatch, "files" | "batches">;

function inputFile(id = "a"): File {
  const line = {
    custom_id: id,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] },
  };
  return new File([JSON.stringify(line) + "\n"], `${id}.jsonl`);
}

const CALLS: [
  string,
  (rest: Rest, options: CallOptions) => Promise<unknown>,
][] = [
  [
    "files.create",
    ({ files }, options) =>
      files.create({ file: inputFile(), purpose: "batch" }, options),
  ],
  ["files.retrieve", ({ files }, options) => files.retrieve("file-1", options)],
  ["files.list", ({ files }, options) => files.list({ limit: 3 }, options)],
  ["files.content", ({ files }, options) => files.content("file-1", options)],
  ["files.delete", ({ files }, options) => files.delete("file-1", options)],
  ["batches.create", ({ batches }, options) => batches.create(BATCH, options)],
  [
    "batches.retrieve",
    ({ batches }, options) => batches.retrieve("batch_1", options),
  ],
  [
    "batches.list",
    ({ batches }, options) => batches.list({ limit: 3 }, options),
  ],
  [
    "batches.cancel",
    ({ batches }, options) => batches.cancel("batch_1", options),
  ],
];

for (const [name, call] of CALLS) {
  test(
    `${name} lays its own headers and query over the client's`,
    options,
    async () => {
      const { client, calls } = script(() => anything(), {
        headers: {
          "x-team": "client",
          "x-kept": "client",
          "x-none": undefined,
        },
        query: { "api-version": "client", kept: "client", none: undefined },
      });
      await call(client, {
        headers: { "X-Team": "call" },
        query: { "api-version": "call" },
      });
      const { headers, url } = calls[0]!;
      assert.equal(headers.get("x-team"), "call");
      assert.equal(headers.get("x-kept"), "client");
      assert.equal(headers.get("x-none"), null);
      const query = new URL(url).searchParams;
      assert.deepEqual(query.getAll("api-version"), ["call"]);
      assert.equal(query.get("kept"), "client");
      assert.equal(query.has("none"), false);
      assert.equal(query.get("limit"), name.endsWith("list") ? "3" : null);
    },
  );

  test(`${name} has its own timeout and maxRetries`, options, async () => {
    const { client, calls, clock } = script(({ signal }) => silence(signal), {
      timeout: 60_000,
      maxRetries: 2,
    });
    const start = clock.now();
    const error = await caught(() =>
      call(client, { timeout: 1_000, maxRetries: 0 })
    );
    assert.equal((error as { code: string }).code, "timeout");
    assert.equal(calls.length, 1);
    assert.ok(clock.now() - start < 60_000);
  });

  test(
    `${name} ends by its signal, with the signal's reason`,
    options,
    async () => {
      const { client, calls } = script(({ signal }) => silence(signal));
      const abort = new AbortController();
      const reason = new Error("enough");
      const running = caught(() => call(client, { signal: abort.signal }));
      while (calls.length === 0) await Promise.resolve();
      abort.abort(reason);
      assert.equal(await running, reason);
      assert.equal(calls.length, 1);
    },
  );
}

test("batches.create sends more fields of the body", options, async () => {
  const { client, calls } = script(() => anything());
  await client.batches.create(BATCH, {
    body: { name: "nightly", priority: 1 },
  });
  assert.deepEqual(JSON.parse(String(calls[0]?.body)), {
    ...BATCH,
    name: "nightly",
    priority: 1,
  });
  assert.equal(calls[0]?.headers.get("content-type"), "application/json");
});

test("files.create sends more fields of the form", options, async () => {
  const { client, calls } = script(() => anything());
  await client.files.create({ file: inputFile(), purpose: "batch-api" }, {
    body: { model: "qwen" },
  });
  const form = calls[0]?.body;
  assert.ok(form instanceof FormData);
  assert.equal(form.get("model"), "qwen");
  assert.equal(form.get("purpose"), "batch-api");
  // fetch adds the type itself, with the boundary.
  assert.equal(calls[0]?.headers.get("content-type"), null);
});

test("files.create writes nested fields in brackets", options, async () => {
  const { client, calls } = script(() => anything());
  await client.files.create({
    file: inputFile(),
    purpose: "batch",
    expires_after: { anchor: "created_at", seconds: 86_400 },
  }, { body: { tags: ["a", "b"], deep: { er: 1 }, none: undefined } });
  const form = calls[0]?.body as FormData;
  assert.deepEqual([...form].slice(0, -1), [
    ["purpose", "batch"],
    ["expires_after[anchor]", "created_at"],
    ["expires_after[seconds]", "86400"],
    ["tags[]", "a"],
    ["tags[]", "b"],
    ["deep[er]", "1"],
  ]);
});

test(
  "what a form cannot carry is refused before any call",
  options,
  async () => {
    const { client, calls } = script(() => anything());
    const file = inputFile();
    const stream = file.stream() as unknown as Blob;
    await assert.rejects(
      client.files.create({ file: stream, purpose: "batch" }),
      { name: "TypeError", message: /must be a Blob or a File/ },
    );
    await assert.rejects(
      client.files.create({ file, purpose: "batch" }, { body: { a: null } }),
      { name: "TypeError", message: /"a" is null/ },
    );
    assert.equal(calls.length, 0);
  },
);

test(
  "batches.cancel sends no body unless the caller has one",
  options,
  async () => {
    const { client, calls } = script(() => anything());
    await client.batches.cancel("batch_1");
    await client.batches.cancel("batch_1", { body: { why: "typo" } });
    assert.equal(calls[0]?.body, null);
    assert.equal(calls[1]?.body, '{"why":"typo"}');
  },
);

const BY_ID: [string, (rest: Rest, id: string) => Promise<unknown>][] = [
  ["/files/{id}", ({ files }, id) => files.retrieve(id)],
  ["/files/{id}", ({ files }, id) => files.delete(id)],
  ["/files/{id}/content", ({ files }, id) => files.content(id)],
  ["/batches/{id}", ({ batches }, id) => batches.retrieve(id)],
  ["/batches/{id}/cancel", ({ batches }, id) => batches.cancel(id)],
];

test(
  "an id that isn't a path segment is refused before any call",
  options,
  async () => {
    for (const id of ["", ".", "..", undefined, null, 7, {}]) {
      for (const [, call] of BY_ID) {
        const { client, calls } = script(() => anything());
        await assert.rejects(
          async () => await call(client, id as string),
          TypeError,
        );
        assert.equal(calls.length, 0);
      }
    }
  },
);

test("no id leads to another path", options, async () => {
  const ids = [
    "a/b?c",
    "../batches",
    "a#b",
    "%2e%2e",
    "..\\",
    "a b",
    "é",
    "...",
    "a\nb",
  ];
  for (const id of ids) {
    for (const [path, call] of BY_ID) {
      const { client, calls } = script(() => anything());
      await call(client, id);
      const url = new URL(calls[0]!.url);
      const there = `/v1${path.replace("{id}", encodeURIComponent(id))}`;
      assert.equal(url.pathname, there);
      assert.equal(url.search + url.hash, "");
    }
  }
});

test("the global fetch is looked up at each call", options, async (t) => {
  const { fetch } = globalThis;
  t.after(() => {
    globalThis.fetch = fetch;
  });
  const client = new OpenAIBatch({ apiKey: "sk-scripted" });
  globalThis.fetch = () => Promise.resolve(json({ id: "file-1" }));
  assert.equal((await client.files.retrieve("file-1")).id, "file-1");
  globalThis.fetch = () => Promise.resolve(json({ id: "file-2" }));
  assert.equal((await client.files.retrieve("file-1")).id, "file-2");
});

test(
  "unknown and impossible options of the client are refused",
  options,
  () => {
    const make = (options: object) => () =>
      new OpenAIBatch({ apiKey: "sk-scripted", ...options });
    assert.throws(make({ apikey: "x" }), TypeError);
    assert.throws(make({ baseURL: "api.example" }), TypeError);
    assert.throws(make({ baseURL: "ftp://api.example/v1" }), TypeError);
    assert.throws(make({ baseURL: "https://api.example/v1?key=1" }), TypeError);
    assert.throws(make({ timeout: 0 }), RangeError);
    assert.throws(
      make({ maxRetries: -1 }),
      /maxRetries .* 0 or more: it is -1/,
    );
    assert.throws(make({ settleTime: Infinity }), RangeError);
  },
);
