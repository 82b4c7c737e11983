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

interface Item {
  id: string;
}

/** A list of n files, of which each call gets the next two. */
function listOf(n: number) {
  const all: Item[] = Array.from(
    { length: n },
    (_, i) => ({ id: `file-${i}` }),
  );
  return script(({ url }) => {
    const after = new URL(url).searchParams.get("after");
    const start = after === null
      ? 0
      : all.findIndex(({ id }) => id === after) + 1;
    const data = all.slice(start, start + 2);
    return json({ object: "list", data, has_more: start + 2 < n });
  });
}

async function idsOf(items: AsyncIterable<Item>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of items) ids.push(id);
  return ids;
}

test("pages keep the query of their list", options, async () => {
  const { client, calls } = listOf(5);
  const options = { headers: { "x-team": "a" }, query: { region: "eu" } };
  const list = client.files.list({ limit: 2, purpose: "batch" }, options);
  assert.equal((await idsOf(list)).length, 5);
  const queries = calls.map(({ url }) => [...new URL(url).searchParams].sort());
  const own = [["limit", "2"], ["purpose", "batch"], ["region", "eu"]];
  assert.deepEqual(queries, [
    own,
    [["after", "file-1"], ...own],
    [["after", "file-3"], ...own],
  ]);
  assert.deepEqual(calls.map(({ headers }) => headers.get("x-team")), [
    "a",
    "a",
    "a",
  ]);
});

test(
  "iterating a page gives its items and those of the pages behind it",
  options,
  async () => {
    const { client } = listOf(5);
    const first = await client.files.list();
    const second = await first.getNextPage();
    assert.deepEqual(await idsOf(second), ["file-2", "file-3", "file-4"]);
    assert.equal((await idsOf(first)).length, 5);
  },
);

test(
  "a list that is awaited and iterated asks for its first page once",
  options,
  async () => {
    const { client, calls } = listOf(2);
    const list = client.files.list();
    assert.equal((await list).data.length, 2);
    assert.deepEqual(await idsOf(list), ["file-0", "file-1"]);
    assert.equal(calls.length, 1);
  },
);

test("breaking out of a list asks for no more pages", options, async () => {
  const { client, calls } = listOf(5);
  for await (const { id } of client.files.list()) {
    if (id === "file-1") break;
  }
  assert.equal(calls.length, 1);
});

test("the last page has no next one", options, async () => {
  const { client, calls } = listOf(2);
  const page = await client.files.list();
  assert.equal(page.hasNextPage(), false);
  await assert.rejects(async () => await page.getNextPage(), RangeError);
  assert.equal(calls.length, 1);
});

test("an empty page ends a list, whatever it says", options, async () => {
  const { client } = script(() => json({ data: [], has_more: true }));
  const page = await client.files.list();
  assert.equal(page.hasNextPage(), false);
  assert.deepEqual(await idsOf(page), []);
});

test(
  "a list may be wrapped as `value`, as Azure's older API does",
  options,
  async () => {
    const { client } = script(() =>
      json({ value: [{ id: "batch_1", status: "validating" }] })
    );
    assert.deepEqual(await idsOf(client.batches.list()), ["batch_1"]);
  },
);

test(
  "a list without has_more, or with null for no items, ends",
  options,
  async () => {
    for (const has_more of [undefined, null]) {
      const { client } = script(() =>
        json({ data: [{ id: "file-0" }], has_more })
      );
      const page = await client.files.list();
      assert.equal(page.has_more, false);
      assert.deepEqual(await idsOf(page), ["file-0"]);
    }
    const { client } = script(() => json({ object: "list", data: null }));
    assert.deepEqual((await client.files.list()).data, []);
  },
);

test(
  "iterating the list of a server that ignores `after` ends",
  options,
  async () => {
    const data = [{ id: "file-1" }, { id: "file-2" }];
    const { client, calls } = script(() => json({ data, has_more: true }));
    const ids = await idsOf(client.files.list());
    assert.deepEqual(ids, ["file-1", "file-2"]);
    assert.equal(calls.length, 2);
  },
);

test("a list that fails rejects, awaited or iterated", options, async () => {
  const { client } = script(() => json({}, 400));
  await assert.rejects(async () => await client.files.list(), { status: 400 });
  await assert.rejects(idsOf(client.files.list()), { status: 400 });
});

const BY_ID: [string, (rest: Rest, id: string) => Promise<unknown>][] = [
  ["/files/{id}", ({ files }, id) => files.retrieve(id)],
  ["/files/{id}", ({ files }, id) => files.delete(id)],
  ["/files/{id}/content", ({ files }, id) => files.content(id)],
  ["/batches/{id}", ({ batches }, id) => batches.retrieve(id)],
  ["/batches/{id}/cancel", ({ batches }, id) => batches.cancel(id)],
];

test(
  "an id that is no path segment is refused before any call",
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

test(
  "an error body of any shape becomes an APIError with texts in it",
  options,
  async () => {
    const bodies = [
      "",
      "<html>Bad Gateway</html>",
      "null",
      "[]",
      '"no"',
      '{"error":"no"}',
      '{"error":null}',
      '{"detail":[{"msg":"no"}]}',
      '{"error":{"message":null,"code":null}}',
      '{"error":{"message":["no"],"type":7,"param":[],"code":400}}',
      '[{"error":{"message":"no","code":400}}]',
    ];
    for (const body of bodies) {
      const { client } = script(() => new Response(body, { status: 422 }));
      const error = await caught(() => client.files.retrieve("file-1"));
      const { name, status, message, code, type, param } = error as Record<
        string,
        unknown
      >;
      assert.deepEqual(
        { name, status },
        { name: "APIError", status: 422 },
        body,
      );
      assert.match(String(message), /^422 /, body);
      assert.equal(typeof code, "string", body);
      for (const text of [type, param]) {
        assert.ok(text === undefined || typeof text === "string", body);
      }
    }
  },
);

test(
  "an error has the answer's code, parameter, request id and headers",
  options,
  async () => {
    const error = {
      message: "Invalid value.",
      type: "invalid_request_error",
      param: "endpoint",
      code: "invalid_value",
    };
    const { client } = script(() =>
      json({ error }, 400, { "x-request-id": "req_1" })
    );
    await assert.rejects(client.batches.create(BATCH), (thrown: unknown) => {
      const { status, code, type, param, requestId, headers, ambiguous } =
        thrown as Record<string, unknown>;
      assert.deepEqual(
        { status, code, type, param, requestId, ambiguous },
        {
          status: 400,
          code: "invalid_value",
          type: "invalid_request_error",
          param: "endpoint",
          requestId: "req_1",
          ambiguous: false,
        },
      );
      assert.equal((headers as Headers).get("x-request-id"), "req_1");
      return true;
    });
  },
);

test(
  "a FastAPI server's 422 says what is wrong, without the value that was",
  options,
  async () => {
    const loc = ["body", "completion_window"];
    const msg = "Input should be '24h'";
    for (const detail of [[{ loc, msg, input: "secret" }], msg]) {
      const { client } = script(() => json({ detail }, 422));
      await assert.rejects(client.batches.create(BATCH), (error: Error) => {
        assert.match(error.message, /^422 .*Input should be '24h'$/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
  },
);

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
