/** What errors of calls say: which call, which server, which rule, and never the key. */

import type { OpenAIBatch } from "@offpeak/openai-batch";
import { BATCH, FILE, listOf } from "../../src/rest/shape.ts";
import { readAnswer } from "../../src/rest/answer.ts";
import { assert, options, test } from "../_support/prelude.ts";
import {
  type Answer,
  caught,
  json,
  pieces,
  refusal,
  script,
  unreachable,
} from "../_support/scripted.ts";

const HOST = "https://api.openai.com";

const once = { maxRetries: 0 };

const page = (ids: string[], has_more = true) =>
  json({ object: "list", data: ids.map((id) => ({ id })), has_more });

const retrieve = (client: OpenAIBatch) => client.files.retrieve("file-1");

const WORDS: [
  what: string,
  answer: Answer,
  call: (client: OpenAIBatch) => unknown,
  error: { name: string; code?: string; message: string },
][] = [
  [
    "another thing than a file",
    () => json({ id: "b", object: "batch" }),
    retrieve,
    {
      name: "ConnectionError",
      code: "unreadable",
      message: "GET /files/file-1 was answered with 200, but not with a file",
    },
  ],
  [
    "another thing than a batch",
    () => json({ id: "b" }),
    (client) => client.batches.retrieve("b"),
    {
      name: "ConnectionError",
      code: "unreadable",
      message: "GET /batches/b was answered with 200, but not with a batch",
    },
  ],
  ["no list of files", () => json({}), (client) => client.files.list(), {
    name: "ConnectionError",
    code: "unreadable",
    message: "GET /files was answered with 200, but not with a list of files",
  }],
  ["no list of batches", () => json({}), (client) => client.batches.list(), {
    name: "ConnectionError",
    code: "unreadable",
    message:
      "GET /batches was answered with 200, but not with a list of batches",
  }],
  [
    "a delete that says nothing",
    () => json({ id: "file-1" }),
    (client) => client.files.delete("file-1"),
    {
      name: "ConnectionError",
      code: "unreadable",
      message:
        "DELETE /files/file-1 was answered with 200, but not with a deleted file",
    },
  ],
  ["a redirect", () => new Response(null, { status: 302 }), retrieve, {
    name: "ConnectionError",
    code: "redirect",
    message:
      "GET /files/file-1 was answered with a redirect, which is not followed",
  }],
  [
    "a redirect that fetch refuses",
    () => {
      throw new TypeError("unexpected redirect");
    },
    retrieve,
    {
      name: "ConnectionError",
      code: "redirect",
      message:
        "GET /files/file-1 was answered with a redirect, which is not followed",
    },
  ],
  [
    "a refusal without a word",
    () => new Response("", { status: 418 }),
    retrieve,
    { name: "APIError", message: "418 (no message)" },
  ],
  [
    "nobody there",
    () => {
      throw unreachable();
    },
    retrieve,
    {
      name: "ConnectionError",
      code: "unreachable",
      message:
        `Cannot reach ${HOST} (TypeError: fetch failed, Error: connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED))`,
    },
  ],
  [
    "a body that breaks off",
    () =>
      pieces((i) => {
        if (i > 0) throw new TypeError("terminated");
        return "{";
      }),
    retrieve,
    {
      name: "ConnectionError",
      code: "connection",
      message:
        `GET /files/file-1 lost its connection to ${HOST} (TypeError: terminated)`,
    },
  ],
  [
    "no list of files at all",
    () => refusal(404),
    (client) => client.files.list(),
    {
      name: "APIError",
      message:
        "404 No.: a job with a name, attach and jobs need the list of files. ",
    },
  ],
  [
    "no list of batches at all",
    () => refusal(405),
    (client) => client.batches.list(),
    {
      name: "APIError",
      message:
        "405 No.: jobs need the list of batches. Direct and estimate work without it",
    },
  ],
];

for (const [what, answer, call, { message, ...error }] of WORDS) {
  test(`a call that meets ${what} says so`, options, async () => {
    const { client } = script(answer, once);
    const found = await caught(async () => await call(client)) as Error;
    const { name, code } = found as Error & { code?: string };
    assert.equal(name, error.name);
    if (error.code) assert.equal(code, error.code);
    const said = found.message;
    assert.ok(
      error.code === "unreachable"
        ? said.startsWith(`Cannot reach ${HOST} (`)
        : said.startsWith(message),
      said,
    );
    assert.ok(!said.includes("sk-scripted"));
  });
}

for (const id of ["", ".", "..", undefined, 7]) {
  test(
    `${JSON.stringify(id)} is not an id, and no call is made`,
    options,
    async () => {
      const { client, calls } = script(() => json({}), once);
      const error = await caught(() => client.files.retrieve(id as string));
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /^This is not an id: /);
      assert.equal(calls.length, 0);
    },
  );
}

test("an id leads to no other path", options, async () => {
  const { client, calls } = script(() => json({ id: "a" }), once);
  await client.files.retrieve("../batches?x=1#y");
  assert.equal(calls[0]!.url, `${HOST}/v1/files/..%2Fbatches%3Fx%3D1%23y`);
});

for (const key of ["", "sk key", "sk-\n", 7, undefined]) {
  test(
    `a key function that gives ${
      JSON.stringify(key)
    } is refused, without the key`,
    options,
    async () => {
      const apiKey = () => key as string;
      const { client, calls } = script(() => json({}), { ...once, apiKey });
      const error = await caught(() =>
        client.files.retrieve("file-1")
      ) as Error;
      assert.equal(
        error.message,
        "The API key must be a string of visible ASCII characters",
      );
      assert.equal(calls.length, 0);
    },
  );
}

test(
  "a header that can't be sent is named, and its value is not",
  options,
  async () => {
    const { client } = script(() => json({ id: "a" }), once);
    const headers = { "x-team": "se\ncret" };
    const error = await caught(() => client.files.retrieve("a", { headers }));
    assert.ok(error instanceof TypeError);
    assert.equal(error.message, 'The header "x-team" is not valid in HTTP');
  },
);

test("the page after the last one is refused", options, async () => {
  const { client } = script(() => page(["file-1"], false), once);
  const first = await client.files.list();
  await assert.rejects(first.getNextPage(), {
    name: "RangeError",
    message: "There is no next page: this is the last one",
  });
});

test(
  "a list that keeps losing its place counts as no answer",
  options,
  async () => {
    const { client, calls } = script(
      ({ url }) =>
        url.includes("after=") ? refusal(404) : page(["file-1", "file-2"]),
      once,
    );
    const error = await caught(() => Array.fromAsync(client.files.list()));
    const { message, code } = error as Error & { code: string };
    assert.equal(code, "lists");
    assert.equal(
      message,
      "GET /files knew none of the places that it was to go on from",
    );
    // The list, and three more times, each with two places.
    assert.equal(calls.length, 4 * 3);
  },
);

for (
  const [status, calls] of [[400, 3], [422, 3], [404, 3], [410, 3], [403, 2], [
    500,
    2,
  ]]
) {
  test(
    `a page that is refused with ${status} is asked for in ${
      calls! - 1
    } places`,
    options,
    async () => {
      const { client, calls: made } = script(
        ({ url }, index) =>
          !url.includes("after=")
            ? page(["file-1", "file-2"], index === 0)
            : refusal(status!),
        once,
      );
      await Array.fromAsync(client.files.list()).catch(() => {});
      const places = made.findIndex(({ url }, i) =>
        i > 0 && !url.includes("after=")
      );
      assert.equal(places < 0 ? made.length : places, calls);
    },
  );
}

for (
  const [says, limit] of [
    ["Limit must be between 1 and 50", 50],
    ["Limit must be between 0 and 10000000", 100],
    ["The limit exceeds what is possible: it must be greater than 0", 100],
    ["limit is too large, at most 30 of 40 are possible", 40],
  ] as const
) {
  test(
    `a list whose server says "${says}" is asked for ${limit} at a time`,
    options,
    async () => {
      const { client, calls } = script(
        (_, index) =>
          index === 0
            ? json({ error: { message: says, param: "limit" } }, 400)
            : page(["file-1"], false),
        once,
      );
      await Array.fromAsync(client.files.list({ limit: 10_000 }));
      const limits = calls.map(({ url }) =>
        new URL(url).searchParams.get("limit")
      );
      assert.deepEqual(limits, ["10000", `${limit}`]);
    },
  );
}

test("an answer that breaks off says so", options, async () => {
  const response = pieces((i) => {
    if (i > 0) throw new TypeError("terminated");
    return "{";
  });
  await assert.rejects(readAnswer(response, "sk-scripted"), {
    name: "ConnectionError",
    code: "unreadable",
    message: "The answer broke off",
  });
});

// Shapes.

for (
  const [shape, value, isOne] of [
    [BATCH, { id: "a", status: "x" }, true],
    [BATCH, { id: "a", status: "x", object: "a.Batch" }, true],
    [BATCH, { id: "a", status: "x", object: "file" }, false],
    [BATCH, { id: "a", status: "x", error: { message: "No" } }, false],
    [BATCH, { id: "a", status: "x", object: "batch", error: {} }, true],
    [BATCH, { id: "a" }, false],
    [BATCH, { id: "", status: "x" }, false],
    [BATCH, { id: 7, status: "x" }, false],
    [BATCH, [], false],
    [BATCH, null, false],
    [FILE, { id: "a" }, true],
    [FILE, { id: "a", object: "file" }, true],
    [FILE, { id: "a", object: "batch" }, false],
    [FILE, { id: "a", input_file_id: "b" }, false],
    [FILE, { id: "a", error: "No" }, false],
    [listOf("files", FILE), { data: [] }, true],
    [listOf("files", FILE), { value: [{ id: "a" }] }, true],
    [listOf("files", FILE), { data: [{ id: "a" }, {}] }, false],
    [listOf("files", FILE), { object: "list", data: null }, true],
    [
      listOf("files", FILE),
      { object: "list", data: null, has_more: true },
      false,
    ],
    [listOf("files", FILE), { object: "list", data: null, error: {} }, false],
    [listOf("files", FILE), { data: null }, false],
    [listOf("files", FILE), { object: "list" }, false],
    [listOf("files", FILE), [], false],
    [listOf("files", FILE), undefined, false],
  ] as const
) {
  test(
    `${JSON.stringify(value)} is ${isOne ? "" : "not "}${shape.name}`,
    options,
    () => {
      assert.equal(shape.read(value) !== undefined, isOne);
    },
  );
}
