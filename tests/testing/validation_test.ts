/** What the simulator refuses, or lets wait, as the API does. */

import OpenAI, { toFile } from "openai";
import { assert, options, test } from "../_support/prelude.ts";
import {
  caught,
  chatBody,
  chatLine,
  chatLines,
  createBatch,
  fill,
  finish,
  runBatch,
  start,
} from "./_simulator.ts";

const CHAT = "/v1/chat/completions";

test("validation finds what is wrong with each line", options, async () => {
  const good = chatLine("good");
  const without = (field: string) => ({ ...chatLine("x"), [field]: undefined });
  const cases: [unknown, string, string | null, RegExp][] = [
    ["this is no json", "invalid_json_line", null, /not parseable/],
    [
      without("custom_id"),
      "missing_required_parameter",
      "custom_id",
      /'custom_id'/,
    ],
    [without("method"), "missing_required_parameter", "method", /'method'/],
    [without("url"), "missing_required_parameter", "url", /'url'/],
    [without("body"), "missing_required_parameter", "body", /'body'/],
    [chatLine("good"), "duplicate_custom_id", "custom_id", /'good'.*duplicate/],
    [
      { ...chatLine("u"), url: "/v1/embeddings" },
      "invalid_url",
      "url",
      /does not match/,
    ],
    [
      { ...chatLine("m"), body: chatBody("x", "gpt-4o") },
      "mismatched_model",
      "body.model",
      /'gpt-4o'.*rest of the batch/,
    ],
    [
      { ...chatLine("n"), body: chatBody("x", "nonexistent-model-xyz") },
      "model_not_found",
      "body.model",
      /'nonexistent-model-xyz' is not supported/,
    ],
    [
      { ...chatLine("s"), body: { ...chatBody("x"), stream: true } },
      "streaming_unsupported",
      "body.stream",
      /Streaming/,
    ],
    [
      { ...chatLine("o"), body: { messages: [] } },
      "invalid_request",
      "body.model",
      /Model parameter is required/,
    ],
    [
      { ...chatLine("p"), body: { model: "gpt-4o-mini" } },
      "invalid_request",
      "body.messages",
      /Messages parameter is required/,
    ],
  ];
  const world = start();
  const batch = await runBatch(world, [good, ...cases.map(([line]) => line)]);
  assert.equal(batch.status, "failed");
  assert.ok(batch.failed_at! >= batch.created_at);
  assert.equal(batch.request_counts!.total, 0);
  assert.equal(batch.output_file_id, null);
  assert.equal(batch.errors!.data!.length, cases.length);
  cases.forEach(([, code, param, message], i) => {
    const error = batch.errors!.data![i]!;
    assert.deepEqual([error.code, error.param, error.line], [
      code,
      param,
      i + 2,
    ]);
    assert.match(error.message!, message);
  });
  assert.deepEqual(world.sim.ledger.requests, []);
});

test(
  "a batch on a file that is not there is created and fails",
  options,
  async () => {
    const { sim, client } = start();
    const { id } = await client.batches.create({
      input_file_id: "file-nowhere",
      endpoint: CHAT,
      completion_window: "24h",
    });
    const [error] = (await finish(sim, client, id)).errors!.data!;
    assert.deepEqual([error!.code, error!.param, error!.line], [
      "invalid_request",
      "file_id",
      null,
    ]);
    assert.match(
      error!.message!,
      /^Cannot find file file-nowhere, or organization/,
    );
  },
);

test("an empty file fails as a batch", options, async () => {
  const { sim, client } = start();
  const file = await toFile(new Blob([]), "empty.jsonl");
  const { id } = await client.batches.create({
    input_file_id:
      (await client.files.create({ file, purpose: "user_data" })).id,
    endpoint: CHAT,
    completion_window: "24h",
  });
  assert.equal(
    (await finish(sim, client, id)).errors!.data![0]!.code,
    "empty_file",
  );
});

test("a byte order mark makes the first line invalid", options, async () => {
  const batch = await runBatch(start(), [
    "\ufeff" + JSON.stringify(chatLine("a")),
  ]);
  const [error] = batch.errors!.data!;
  assert.deepEqual([error!.code, error!.line], ["invalid_json_line", 1]);
});

test(
  "a file with too many requests fails, and embeddings count by their inputs",
  options,
  async () => {
    const world = start({ limits: { requestsPerFile: 3 } });
    assert.equal((await runBatch(world, chatLines(3))).status, "completed");
    const chat = await runBatch(world, chatLines(4));
    assert.equal(chat.errors!.data![0]!.code, "too_many_tasks");
    const url = "/v1/embeddings";
    const body = {
      model: "text-embedding-3-small",
      input: ["a", "b", "c", "d"],
    };
    const line = { custom_id: "a", method: "POST", url, body };
    const embeddings = await runBatch(world, [line], url);
    assert.equal(embeddings.errors!.data![0]!.code, "too_many_tasks");
  },
);

test(
  "queued tokens are limited per model until the other batches end",
  options,
  async () => {
    const { sim, client } = start({ limits: { enqueuedTokens: 1_500 } });
    const lines = [chatLine("a", "x".repeat(4_000))];
    const first = await fill(sim, client, lines);
    const second = await finish(sim, client, await fill(sim, client, lines));
    assert.deepEqual(second.errors!.data, [{
      code: "token_limit_exceeded",
      message:
        "Enqueued token limit reached for gpt-4o-mini in organization org-simulator. Limit: 1,500 enqueued tokens. Please try again once some in_progress batches have been completed.",
      param: null,
      line: null,
    }]);
    assert.equal((await client.batches.retrieve(first)).status, "in_progress");
    const other = { ...lines[0], body: chatBody("x".repeat(4_000), "gpt-4o") };
    const otherModel = await client.batches.retrieve(
      await fill(sim, client, [other]),
    );
    assert.notEqual(otherModel.status, "failed");
    await finish(sim, client, first);
    assert.equal((await runBatch({ sim, client }, lines)).status, "completed");
  },
);

test(
  "a batch with bad lines that does not fit the queue is told of one or the other",
  options,
  async () => {
    const told = new Set<string>();
    for (let seed = 0; seed < 10; seed++) {
      const world = start({
        seed,
        limits: { enqueuedTokens: 1 },
        faults: { named_lines: 1 },
      });
      const { errors } = await runBatch(world, chatLines(1));
      told.add(errors!.data!.map(({ code }) => code).join());
    }
    assert.deepEqual([...told].sort(), [
      "missing_required_parameter",
      "token_limit_exceeded",
    ]);
  },
);

test(
  "more batches than allowed within an hour have to wait",
  options,
  async () => {
    const { sim, client } = start({ limits: { batchesPerHour: 2 } });
    await createBatch(client, chatLines(1));
    await createBatch(client, chatLines(1));
    const error = await caught(createBatch(client, chatLines(1)));
    assert.ok(error instanceof OpenAI.RateLimitError);
    const wait = Number(error.headers!.get("retry-after"));
    assert.ok(wait > 3_500 && wait <= 3_600, `${wait}`);
    await sim.clock.advance(wait * 1000);
    await createBatch(client, chatLines(1));
  },
);
