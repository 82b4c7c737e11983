/**
 * The simulator, driven by the official SDK.
 *
 * @module
 */

import OpenAI, { toFile } from "openai";
import {
  createSimulator,
  type SimulatedAnswer,
  type Simulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

const HOUR = 60 * 60 * 1000;
const CHAT = "/v1/chat/completions";
const TERMINAL = ["completed", "failed", "expired", "cancelled"];

type Line = Record<string, unknown>;
// deno-lint-ignore no-explicit-any
type Parsed = any;

function clientOf(sim: Simulator, maxRetries = 0): OpenAI {
  const { apiKey, baseURL, fetch } = sim.options;
  return new OpenAI({ apiKey, baseURL, fetch, maxRetries });
}

function start(options: SimulatorOptions = {}) {
  const sim = createSimulator(options);
  return { sim, client: clientOf(sim) };
}

function chatBody(text: string, model = "gpt-4o-mini"): Line {
  return { model, messages: [{ role: "user", content: text }] };
}

function chatLine(id: string, text = `question ${id}`): Line {
  return { custom_id: id, method: "POST", url: CHAT, body: chatBody(text) };
}

function chatLines(count: number): Line[] {
  return Array.from({ length: count }, (_, i) => chatLine(`r${i}`));
}

function jsonl(lines: readonly unknown[]): string {
  return lines.map((line) =>
    (typeof line === "string" ? line : JSON.stringify(line)) + "\n"
  ).join("");
}

async function upload(client: OpenAI, lines: readonly unknown[]) {
  const file = await toFile(new Blob([jsonl(lines)]), "input.jsonl");
  return await client.files.create({ file, purpose: "batch" });
}

async function createBatch(
  client: OpenAI,
  lines: readonly unknown[],
  endpoint = CHAT,
) {
  const file = await upload(client, lines);
  return await client.batches.create({
    input_file_id: file.id,
    endpoint: endpoint as typeof CHAT,
    completion_window: "24h",
  });
}

async function finish(sim: Simulator, client: OpenAI, id: string) {
  for (;;) {
    const batch = await client.batches.retrieve(id);
    if (TERMINAL.includes(batch.status)) return batch;
    await sim.clock.sleep(60_000);
  }
}

async function runBatch(
  { sim, client }: { sim: Simulator; client: OpenAI },
  lines: readonly unknown[],
  endpoint = CHAT,
) {
  const { id } = await createBatch(client, lines, endpoint);
  return await finish(sim, client, id);
}

async function linesOf(
  client: OpenAI,
  id: string | null | undefined,
): Promise<Parsed[]> {
  if (!id) return [];
  const text = await (await client.files.content(id)).text();
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

async function caught(
  work: Promise<unknown>,
): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

async function fill(sim: Simulator, client: OpenAI, lines: readonly unknown[]) {
  const batch = await createBatch(client, lines);
  await sim.clock.advance(90_000);
  return batch.id;
}

test(
  "a batch goes from validating to completed, and every request has its answer",
  options,
  async () => {
    const world = start();
    const { sim, client } = world;
    const created = await createBatch(client, chatLines(50));
    assert.equal(created.status, "validating");
    assert.deepEqual(created.request_counts, {
      total: 0,
      completed: 0,
      failed: 0,
    });
    assert.equal(created.expires_at! - created.created_at, 24 * 60 * 60);

    const statuses = new Set<string>();
    const counts: number[] = [];
    for (;;) {
      const batch = await client.batches.retrieve(created.id);
      statuses.add(batch.status);
      if (batch.status === "in_progress") {
        counts.push(
          batch.request_counts!.completed,
        );
      }
      if (batch.status === "completed") break;
      await sim.clock.sleep(4_000);
    }
    assert.deepEqual([...statuses], [
      "validating",
      "in_progress",
      "finalizing",
      "completed",
    ]);
    assert.ok(new Set(counts).size > 10, "completed grows while it runs");
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b));

    const batch = await client.batches.retrieve(created.id);
    assert.equal(batch.model, "gpt-4o-mini");
    assert.equal(batch.error_file_id, null);
    assert.deepEqual(batch.request_counts, {
      total: 50,
      completed: 50,
      failed: 0,
    });
    const times = [
      batch.created_at,
      batch.in_progress_at!,
      batch.finalizing_at!,
      batch.completed_at!,
    ];
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
    const lines = await linesOf(client, batch.output_file_id);
    const ids = lines.map((line) => line.custom_id);
    assert.notDeepEqual(
      ids,
      chatLines(50).map((line) => line.custom_id),
      "shuffled",
    );
    assert.deepEqual(
      ids.toSorted(),
      chatLines(50).map((line) => line.custom_id).toSorted(),
    );
    for (const line of lines) {
      assert.equal(line.error, null);
      assert.equal(line.response.status_code, 200);
      assert.equal(
        line.response.body.choices[0].message.content,
        `Answer to: question ${line.custom_id}`,
      );
    }
    const sum = (key: string) =>
      lines.reduce((sum, line) => sum + line.response.body.usage[key], 0);
    assert.equal(batch.usage!.input_tokens, sum("prompt_tokens"));
    assert.equal(batch.usage!.output_tokens, sum("completion_tokens"));
    assert.equal(batch.usage!.total_tokens, sum("total_tokens"));
  },
);

test("the default answer adds", options, async () => {
  const { client } = start();
  const answer = await client.chat.completions.create({
    model: "gpt-4o-mini",
    messages: [{ role: "user", content: "Calculate: 1 + 3 = " }],
  });
  assert.equal(answer.choices[0]!.message.content, "1 + 3 = 4");
});

test("metadata is echoed, and null without any", options, async () => {
  const { client } = start();
  const { id } = await upload(client, chatLines(1));
  const params = {
    input_file_id: id,
    endpoint: CHAT,
    completion_window: "24h",
  } as const;
  const metadata = { offpeak: "job.v1.p0" };
  const tagged = await client.batches.create({ ...params, metadata });
  assert.deepEqual(tagged.metadata, metadata);
  assert.equal((await client.batches.create(params)).metadata, null);
});

test(
  "a file can be uploaded, listed, read back byte by byte, and deleted",
  options,
  async () => {
    const { client } = start();
    const text = jsonl([chatLine("ü", "größer 😀".repeat(50)), chatLine("b")]);
    const file = await client.files.create({
      file: await toFile(new Blob([text]), "job.jsonl"),
      purpose: "batch",
    });
    assert.equal(file.filename, "job.jsonl");
    assert.equal(file.bytes, new TextEncoder().encode(text).length);
    assert.equal(file.expires_at! - file.created_at, 30 * 24 * 60 * 60);
    assert.deepEqual(await client.files.retrieve(file.id), file);
    const content = await client.files.content(file.id);
    assert.equal(content.headers.get("content-length"), `${file.bytes}`);
    const pieces: Uint8Array[] = [];
    for await (const piece of content.body!) pieces.push(piece);
    assert.ok(pieces.length > 1, "content comes in pieces");
    assert.equal(await new Blob(pieces as BlobPart[]).text(), text);

    assert.equal((await client.files.delete(file.id)).deleted, true);
    const calls = [
      () => client.files.retrieve(file.id),
      () => client.files.content(file.id),
      () => client.files.delete(file.id),
    ];
    for (const call of calls) {
      assert.ok(await caught(call()) instanceof OpenAI.NotFoundError);
    }
    assert.deepEqual((await client.files.list()).data, []);
  },
);

test(
  "files are listed over pages, newest first or oldest first, by purpose",
  options,
  async () => {
    const { client } = start();
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) {
      ids.push(
        (await upload(client, [chatLine("a")])).id,
      );
    }
    const file = await toFile(new Blob(["{}"]), "notes.txt");
    await client.files.create({ file, purpose: "user_data" });

    const listed = async (order: "asc" | "desc") => {
      const found: string[] = [];
      const pages = client.files.list({ purpose: "batch", limit: 3, order });
      for await (const file of pages) found.push(file.id);
      return found;
    };
    assert.deepEqual(await listed("asc"), ids);
    assert.deepEqual(await listed("desc"), ids.toReversed());
    assert.equal((await client.files.list()).data.length, 8);
    const page = await client.files.list({ limit: 3, order: "asc" });
    assert.equal(page.has_more, true);
    assert.equal(
      (await caught(client.files.list({ limit: 10_001 }))).status,
      400,
    );
  },
);

test("files expire by the clock", options, async () => {
  const { sim, client } = start();
  const file = await client.files.create({
    file: await toFile(new Blob([jsonl(chatLines(1))]), "a.jsonl"),
    purpose: "batch",
    expires_after: { anchor: "created_at", seconds: 3600 },
  });
  await sim.clock.advance(HOUR - 5_000);
  await client.files.retrieve(file.id);
  await sim.clock.advance(5_000);
  assert.ok(
    await caught(client.files.retrieve(file.id)) instanceof
      OpenAI.NotFoundError,
  );
  assert.deepEqual(sim.ledger.files, []);
});

test("uploads that the API refuses are refused", options, async () => {
  const { client } = start({ limits: { bytesPerFile: 500 } });
  const send = async (text: string, name: string, seconds?: number) =>
    await caught(client.files.create({
      file: await toFile(new Blob([text]), name),
      purpose: "batch",
      ...(seconds && { expires_after: { anchor: "created_at", seconds } }),
    }));
  const line = jsonl([chatLine("a")]);
  const format = "400 Invalid file format for Batch API. Must be .jsonl";
  assert.equal((await send(line, "input.txt")).message, format);
  assert.equal((await send("", "input.jsonl")).message, format);
  assert.equal(
    (await send("not json\n" + line, "input.jsonl")).message,
    format,
  );
  assert.equal(
    (await send(jsonl(chatLines(9)), "input.jsonl")).message,
    "400 File is too large.",
  );
  assert.equal(
    (await send(line, "input.jsonl", 3599)).param,
    "expires_after.seconds",
  );
  assert.equal(
    (await send(line, "input.jsonl", 2_592_001)).code,
    "integer_above_max_value",
  );
});

test("batches are listed newest first, over pages", options, async () => {
  const { client } = start();
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) {
    ids.push((await createBatch(client, chatLines(1))).id);
  }
  const found: string[] = [];
  for await (const batch of client.batches.list({ limit: 3 })) {
    found.push(batch.id);
  }
  assert.deepEqual(found, ids.toReversed());
  assert.equal(
    (await caught(client.batches.list({ limit: 101 }))).param,
    "limit",
  );
});

test("a batch with a wrong parameter is not created", options, async () => {
  const { sim, client } = start();
  const good = {
    input_file_id: (await upload(client, chatLines(1))).id,
    endpoint: CHAT,
    completion_window: "24h",
  };
  const cases: [Record<string, unknown>, string, string][] = [
    [{ endpoint: "/v1/invalid/endpoint" }, "endpoint", "invalid_value"],
    [{ completion_window: "48h" }, "completion_window", "invalid_value"],
    [
      { input_file_id: undefined },
      "input_file_id",
      "missing_required_parameter",
    ],
    [{ endpoint: undefined }, "endpoint", "missing_required_parameter"],
    [{ metadata: { n: 1 } }, "metadata.n", "invalid_type"],
    [
      { metadata: { n: "x".repeat(513) } },
      "metadata.n",
      "string_above_max_length",
    ],
    [
      { metadata: { ["k".repeat(65)]: "" } },
      "metadata",
      "string_above_max_length",
    ],
    [
      {
        metadata: Object.fromEntries(
          Array.from({ length: 17 }, (_, i) => [`k${i}`, ""]),
        ),
      },
      "metadata",
      "object_above_max_properties",
    ],
    [
      { output_expires_after: { anchor: "created_at", seconds: 1 } },
      "output_expires_after.seconds",
      "integer_below_min_value",
    ],
  ];
  for (const [change, param, code] of cases) {
    const params = {
      ...good,
      ...change,
    } as unknown as OpenAI.BatchCreateParams;
    const error = await caught(client.batches.create(params));
    assert.ok(error instanceof OpenAI.BadRequestError, JSON.stringify(change));
    assert.deepEqual([error.param, error.code], [param, code]);
    assert.equal(error.type, "invalid_request_error");
  }
  assert.deepEqual(sim.ledger.batches, []);
});

test("an unknown batch is not found", options, async () => {
  const { client } = start();
  const calls = [
    () => client.batches.retrieve("batch_x"),
    () => client.batches.cancel("batch_x"),
  ];
  for (const call of calls) {
    const error = await caught(call());
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.match(error.message, /No batch found/);
  }
});

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

test(
  "cancelling keeps what was answered, and the rest ends as batch_cancelled",
  options,
  async () => {
    const { sim, client } = start();
    const id = await fill(sim, client, chatLines(200));
    for (;;) {
      const { request_counts: counts } = await client.batches.retrieve(id);
      if (counts!.completed > 20) break;
      await sim.clock.sleep(1_000);
    }
    const cancelling = await client.batches.cancel(id);
    assert.equal(cancelling.status, "cancelling");
    assert.ok(cancelling.cancelling_at);
    const batch = await finish(sim, client, id);
    assert.equal(batch.status, "cancelled");
    assert.ok(batch.cancelled_at! - batch.cancelling_at! <= 600);
    const done = await linesOf(client, batch.output_file_id);
    const rest = await linesOf(client, batch.error_file_id);
    assert.equal(done.length, batch.request_counts!.completed);
    assert.equal(done.length + rest.length, 200);
    assert.ok(
      rest.every((line) =>
        line.response === null && line.error.code === "batch_cancelled"
      ),
    );
    assert.equal(sim.ledger.requests.length, done.length);
    assert.equal((await client.batches.cancel(id)).status, "cancelled");
  },
);

test(
  "a batch that completed or failed cannot be cancelled",
  options,
  async () => {
    const world = start();
    const completed = await runBatch(world, chatLines(1));
    const failed = await runBatch(world, [{}]);
    for (const { id, status } of [completed, failed]) {
      const error = await caught(world.client.batches.cancel(id));
      assert.ok(error instanceof OpenAI.ConflictError);
      assert.equal(
        error.message,
        `409 Cannot cancel a batch with status '${status}'.`,
      );
    }
  },
);

test(
  "an expired batch has a part of its answers, and the rest as batch_expired",
  options,
  async () => {
    const world = start({ faults: { expired: 1 } });
    const batch = await runBatch(world, chatLines(100));
    assert.equal(batch.status, "expired");
    assert.equal(batch.expired_at, batch.expires_at);
    const done = await linesOf(world.client, batch.output_file_id);
    const rest = await linesOf(world.client, batch.error_file_id);
    assert.ok(done.length > 0 && rest.length > 0);
    assert.equal(done.length + rest.length, 100);
    assert.deepEqual(rest[0].error, {
      code: "batch_expired",
      message:
        "This request could not be executed before the completion window expired.",
    });
    assert.equal(rest[0].response, null);
  },
);

test("both kinds of error lines stand in the error file", options, async () => {
  const body = {
    error: {
      message: "No.",
      type: "invalid_request_error",
      param: null,
      code: null,
    },
  };
  const answers: Record<string, SimulatedAnswer> = {
    r0: { status: 400, body },
    r1: { error: "request_timeout" },
    r2: { status: 201, body: { fine: true } },
  };
  const world = start({ respond: ({ custom_id }) => answers[custom_id]! });
  const batch = await runBatch(world, chatLines(3));
  assert.deepEqual(batch.request_counts, { total: 3, completed: 1, failed: 2 });
  const lines = await linesOf(world.client, batch.error_file_id);
  const [refused, timedOut] = lines.toSorted((a, b) =>
    a.custom_id < b.custom_id ? -1 : 1
  );
  assert.equal(refused.error, null);
  assert.equal(refused.response.status_code, 400);
  assert.deepEqual(refused.response.body, body);
  assert.equal(timedOut.response, null);
  assert.equal(timedOut.error.code, "request_timeout");
  const [fine] = await linesOf(world.client, batch.output_file_id);
  assert.deepEqual([fine.response.status_code, fine.response.body], [201, {
    fine: true,
  }]);
  assert.deepEqual(["r0", "r1", "r2"].map(world.sim.ledger.answered), [
    0,
    0,
    1,
  ]);
});

test(
  "a completed batch in which everything failed has no output file",
  options,
  async () => {
    const world = start({ respond: () => ({ status: 500, body: {} }) });
    const batch = await runBatch(world, chatLines(2));
    assert.equal(batch.status, "completed");
    assert.equal(batch.output_file_id, null);
    assert.ok(batch.error_file_id);
  },
);

test(
  "respond sees the request and how often it was asked, and may take its time",
  options,
  async () => {
    const world = start({
      respond: async ({ text, attempt, model }) => {
        await Promise.resolve();
        return `${model}: ${text} (${attempt})`;
      },
    });
    for (const attempt of [1, 2]) {
      const batch = await runBatch(world, [chatLine("a", "why?")]);
      const [line] = await linesOf(world.client, batch.output_file_id);
      const { content } = line.response.body.choices[0].message;
      assert.equal(content, `gpt-4o-mini: why? (${attempt})`);
    }
    const { requests } = world.sim.ledger;
    assert.deepEqual(requests.map(({ attempt }) => attempt), [1, 2]);
    assert.deepEqual(requests[0]!.body, chatBody("why?"));
    assert.equal(world.sim.ledger.answered("a"), 2);
  },
);

test(
  "what respond throws, the call throws that needed the answer, and the batch goes on later",
  options,
  async () => {
    let broken = true;
    const world = start({
      respond: () => {
        if (broken) throw new Error("a broken test");
        return "fine";
      },
    });
    const { id } = await createBatch(world.client, chatLines(1));
    await world.sim.clock.advance(10 * HOUR);
    await assert.rejects(
      world.sim.fetch(`${world.sim.options.baseURL}/batches/${id}`, {
        headers: { authorization: `Bearer ${world.sim.options.apiKey}` },
      }),
      /a broken test/,
    );
    broken = false;
    assert.equal(
      (await finish(world.sim, world.client, id)).status,
      "completed",
    );
  },
);

test(
  "every endpoint answers in its own shape, in a batch as directly",
  options,
  async () => {
    const bodies: Record<string, Line> = {
      "/v1/responses": { model: "gpt-4o-mini", input: "hello" },
      "/v1/embeddings": { model: "text-embedding-3-small", input: ["a", "b"] },
      "/v1/completions": { model: "gpt-3.5-turbo-instruct", prompt: "hello" },
      "/v1/moderations": { input: ["a", "b"] },
      "/v1/images/generations": { model: "gpt-image-1", prompt: "hello", n: 2 },
    };
    const seen: Record<string, unknown> = {};
    for (const [url, body] of Object.entries(bodies)) {
      const world = start();
      const batch = await runBatch(world, [{
        custom_id: "a",
        method: "POST",
        url,
        body,
      }], url);
      const [line] = await linesOf(world.client, batch.output_file_id);
      const answer = line.response.body;
      seen[url] = answer.output?.[0].content[0].text ??
        answer.choices?.[0].text ??
        (answer.results ?? answer.data).length;
    }
    assert.deepEqual(seen, {
      "/v1/responses": "Answer to: hello",
      "/v1/embeddings": 2,
      "/v1/completions": "Answer to: hello",
      "/v1/moderations": 2,
      "/v1/images/generations": 2,
    });
  },
);

test(
  "the synchronous endpoints work through the official client",
  options,
  async () => {
    const { client } = start();
    const response = await client.responses.create({
      model: "gpt-4o-mini",
      input: "hi",
    });
    assert.equal(response.output_text, "Answer to: hi");
    assert.equal(response.usage!.input_tokens_details.cached_tokens, 0);
    const chat = await client.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "hi" }],
      n: 2,
    });
    assert.equal(chat.choices.length, 2);
    assert.equal(chat.model, "gpt-4o-mini");
    const error = await caught(
      client.responses.create({ model: "nonexistent", input: "hi" }),
    );
    assert.ok(error instanceof OpenAI.NotFoundError);
  },
);

test(
  "an embedding is the same as numbers and in base64, and can be answered as numbers",
  options,
  async () => {
    const params = { model: "text-embedding-3-small", input: "a" };
    const { client } = start();
    const numbers = await client.embeddings.create({
      ...params,
      encoding_format: "float",
    });
    const decoded = await client.embeddings.create(params);
    assert.deepEqual(numbers.data[0]!.embedding, [
      ...decoded.data[0]!.embedding,
    ]);
    assert.notDeepEqual(
      (await client.embeddings.create({ ...params, input: "b" })).data[0]!
        .embedding,
      decoded.data[0]!.embedding,
    );
    const answered = await start({ respond: () => [0.5, -1] }).client.embeddings
      .create(params);
    assert.deepEqual([...answered.data[0]!.embedding], [0.5, -1]);
  },
);

test("a missing or wrong key is refused", options, async () => {
  const sim = createSimulator();
  const url = `${sim.options.baseURL}/batches`;
  const status = async (headers: Record<string, string>) =>
    (await sim.fetch(url, { headers })).status;
  assert.equal(await status({}), 401);
  assert.equal(await status({ authorization: "Bearer wrong" }), 401);
  assert.equal(await status({ "api-key": sim.options.apiKey }), 200);
  assert.equal(
    await status({ authorization: `Bearer ${sim.options.apiKey}` }),
    200,
  );
});

test("any base URL will do, an unknown path will not", options, async () => {
  const sim = createSimulator();
  const headers = { authorization: `Bearer ${sim.options.apiKey}` };
  const get = (url: string) => sim.fetch(new Request(url, { headers }));
  const response = await get("http://127.0.0.1:8080/openai/v1/files?limit=1");
  assert.equal(response.status, 200);
  assert.match(response.headers.get("x-request-id")!, /^req_/);
  assert.equal((await get("https://api.openai.com/v1/nothing")).status, 404);
  assert.deepEqual(sim.ledger.calls, [
    { method: "GET", path: "/openai/v1/files", status: 200 },
    { method: "GET", path: "/v1/nothing", status: 404 },
  ]);
});

test(
  "a call ends with its signal's reason: before, during and after the answer",
  options,
  async () => {
    const sim = createSimulator();
    const url = `${sim.options.baseURL}/files`;
    const headers = { authorization: `Bearer ${sim.options.apiKey}` };
    const reason = new Error("enough");
    await assert.rejects(
      sim.fetch(url, { headers, signal: AbortSignal.abort(reason) }),
      reason,
    );

    const during = new AbortController();
    const call = sim.fetch(url, { headers, signal: during.signal });
    during.abort(reason);
    await assert.rejects(call, reason);

    const after = new AbortController();
    const response = await sim.fetch(url, { headers, signal: after.signal });
    after.abort(reason);
    await assert.rejects(response.text(), reason);
    assert.deepEqual(sim.ledger.calls.map(({ status }) => status), [0, 200]);
  },
);

test(
  "a batch cancelled while it is validated has no files",
  options,
  async () => {
    const { sim, client } = start();
    const { id } = await createBatch(client, chatLines(5));
    await client.batches.cancel(id);
    const batch = await finish(sim, client, id);
    assert.equal(batch.status, "cancelled");
    assert.deepEqual([batch.output_file_id, batch.error_file_id], [null, null]);
    assert.equal(batch.request_counts!.total, 0);
  },
);

test(
  "a time limit on the clock does not strike while a call is at work",
  options,
  async () => {
    const { sim } = start();
    const form = new FormData();
    form.set("purpose", "batch");
    form.set("file", new Blob([jsonl(chatLines(20_000))]), "a.jsonl");
    const limit = new AbortController();
    const done = new AbortController();
    const watch = sim.clock.sleep(250, done.signal).then(() => limit.abort());
    const response = await sim.fetch(`${sim.options.baseURL}/files`, {
      method: "POST",
      headers: { authorization: `Bearer ${sim.options.apiKey}` },
      body: form,
      signal: limit.signal,
    });
    done.abort(new Error("done"));
    await assert.rejects(watch, /done/);
    assert.equal(response.status, 200);
  },
);

test("reading a body takes no time of the clock", options, async () => {
  const { sim, client } = start();
  const file = await upload(client, chatLines(5_000));
  const content = await client.files.content(file.id);
  const now = sim.clock.now();
  const limit = sim.clock.sleep(1).then(() => "too late");
  const first = await Promise.race([content.text(), limit]);
  assert.equal(first.length, file.bytes);
  assert.equal(sim.clock.now(), now);
});

test(
  "a status fault refuses the call before it takes effect",
  options,
  async () => {
    const classes = {
      429: OpenAI.RateLimitError,
      500: OpenAI.InternalServerError,
      502: OpenAI.InternalServerError,
      503: OpenAI.InternalServerError,
    };
    for (const [status, type] of Object.entries(classes)) {
      const { sim, client } = start({ faults: { [status]: 1 } });
      const error = await caught(upload(client, chatLines(1)));
      assert.ok(error instanceof type);
      const waits = error.headers!.has("retry-after");
      assert.equal(waits, status === "429" || status === "503");
      assert.deepEqual(sim.ledger.files, []);
    }
  },
);

test(
  "Retry-After comes in seconds, in milliseconds and as a date",
  options,
  async () => {
    const { client } = start({ faults: { "429": 1 } });
    const forms = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const { headers } = await caught(client.files.list());
      if (headers!.has("retry-after-ms")) forms.add("milliseconds");
      forms.add(/GMT$/.test(headers!.get("retry-after")!) ? "date" : "seconds");
    }
    assert.deepEqual([...forms].toSorted(), [
      "date",
      "milliseconds",
      "seconds",
    ]);
  },
);

test(
  "a quota fault says so in its code and names no time to wait",
  options,
  async () => {
    const { client } = start({
      faults: { "batches.create:insufficient_quota": 1 },
    });
    const error = await caught(createBatch(client, chatLines(1)));
    assert.deepEqual([error.status, error.code], [429, "insufficient_quota"]);
    assert.equal(error.headers!.get("retry-after"), null);
  },
);

test("an html fault is a page in place of JSON", options, async () => {
  const { client } = start({ faults: { html: 1 } });
  const error = await caught(client.files.list());
  assert.equal(error.status, 502);
  assert.match(error.headers!.get("content-type")!, /text\/html/);
});

test(
  "a reset loses the call before its effect, or the answer after it",
  options,
  async () => {
    for (
      const [kind, files] of [["reset_before", 0], ["reset_after", 1]] as const
    ) {
      const { sim, client } = start({
        faults: { [`files.create:${kind}`]: 1 },
      });
      const error = await caught(upload(client, chatLines(1)));
      assert.ok(error instanceof OpenAI.APIConnectionError);
      assert.ok(error.cause instanceof TypeError);
      assert.equal(sim.ledger.files.length, files);
      assert.equal(sim.ledger.calls[0]!.status, 0);
    }
  },
);

test(
  "a hang answers only to its signal, without or with the effect",
  options,
  async () => {
    for (const [kind, files] of [["hang", 0], ["hang_after", 1]] as const) {
      const sim = createSimulator({ faults: { [kind]: 1 } });
      const form = new FormData();
      form.set("purpose", "batch");
      form.set("file", new Blob([jsonl(chatLines(1))]), "a.jsonl");
      const limit = new AbortController();
      const call = sim.fetch(`${sim.options.baseURL}/files`, {
        method: "POST",
        headers: { authorization: `Bearer ${sim.options.apiKey}` },
        body: form,
        signal: limit.signal,
      });
      const reason = new Error("too long");
      const timer = sim.clock.sleep(60_000).then(() => limit.abort(reason));
      await assert.rejects(call, reason);
      await timer;
      assert.equal(sim.ledger.files.length, files);
      assert.equal(sim.ledger.calls[0]!.status, 0);
    }
  },
);

test(
  "a truncated body stops halfway with an error, after the effect",
  options,
  async () => {
    const { sim, client } = start({ faults: { "files.content:truncated": 1 } });
    const file = await upload(client, chatLines(5));
    const content = await client.files.content(file.id);
    let bytes = 0;
    await assert.rejects(async () => {
      for await (const piece of content.body!) bytes += piece.length;
    }, TypeError);
    assert.equal(bytes, file.bytes >> 1);
    assert.equal(sim.ledger.calls.at(-1)!.status, 200);
  },
);

test("late files appear minutes after completed", options, async () => {
  const world = start({ faults: { late_files: 1 } });
  const batch = await runBatch(world, chatLines(3));
  assert.equal(batch.status, "completed");
  assert.equal(batch.output_file_id, null);
  assert.equal(batch.request_counts!.completed, 3);
  await world.sim.clock.advance(8 * 60_000);
  const later = await world.client.batches.retrieve(batch.id);
  assert.equal((await linesOf(world.client, later.output_file_id)).length, 3);
});

test("missing lines are counted, but stand in no file", options, async () => {
  const world = start({ faults: { missing_lines: 1 } });
  const batch = await runBatch(world, chatLines(20));
  assert.equal(batch.request_counts!.completed, 20);
  const lines = await linesOf(world.client, batch.output_file_id);
  assert.ok(lines.length > 0 && lines.length < 20, `${lines.length}`);
});

test("an empty error file is there where nothing failed", options, async () => {
  const world = start({ faults: { empty_error_file: 1 } });
  const batch = await runBatch(world, chatLines(2));
  const file = await world.client.files.retrieve(batch.error_file_id!);
  assert.equal(file.bytes, 0);
  assert.deepEqual(await linesOf(world.client, file.id), []);
});

test("a share of faults strikes a share of calls", options, async () => {
  const { sim, client } = start({ faults: { "500": 0.3 } });
  for (let i = 0; i < 200; i++) await client.files.list().catch(() => {});
  const struck = sim.ledger.calls.filter(({ status }) => status === 500);
  assert.ok(struck.length > 30 && struck.length < 90, `${struck.length}`);
});

test("unknown faults and impossible shares are refused", options, () => {
  const create = (faults: Record<string, number>) => () =>
    createSimulator({ faults });
  assert.throws(create({ resets: 0.1 }), TypeError);
  assert.throws(create({ "999": 0.1 }), TypeError);
  assert.throws(create({ "batches.destroy:500": 0.1 }), TypeError);
  assert.throws(create({ "batches.create:expired": 0.1 }), TypeError);
  assert.throws(create({ "500": 1.1 }), RangeError);
  assert.throws(create({ "500": -0.1 }), RangeError);
  assert.throws(create({ "500": NaN }), RangeError);
});

test(
  "a seed replays a run exactly, another gives another",
  options,
  async () => {
    const play = async (seed: number) => {
      const sim = createSimulator({
        seed,
        faults: { "429": 0.1, "500": 0.1, expired: 0.3, missing_lines: 0.3 },
      });
      const client = clientOf(sim);
      const persist = async <T>(call: () => Promise<T>): Promise<T> => {
        for (;;) {
          try {
            return await call();
          } catch {
            await sim.clock.sleep(5_000);
          }
        }
      };
      await Promise.all([1, 2, 3, 4].map(async (n) => {
        const file = await persist(() => upload(client, chatLines(n * 10)));
        const { id } = await persist(() =>
          client.batches.create({
            input_file_id: file.id,
            endpoint: CHAT,
            completion_window: "24h",
          })
        );
        await persist(() => finish(sim, client, id));
      }));
      const { files, batches, requests, calls } = sim.ledger;
      return { files, batches, requests, calls };
    };
    const first = await play(7);
    assert.deepEqual(await play(7), first);
    assert.notDeepEqual((await play(8)).calls, first.calls);
  },
);

test(
  "webhooks come when a batch ends, signed as the official client checks it",
  options,
  async () => {
    const { sim, client } = start();
    const events: {
      type: string;
      id: string;
      at: number;
      webhookId: string;
    }[] = [];
    let arrived = (): void => {};
    sim.onWebhook(async (request) => {
      const event = await client.webhooks.unwrap(
        await request.text(),
        request.headers,
        sim.webhookSecret,
        10 * 365 * 24 * 60 * 60,
      );
      if (!("id" in event.data)) return;
      const webhookId = request.headers.get("webhook-id")!;
      events.push({
        type: event.type,
        id: event.data.id,
        at: event.created_at,
        webhookId,
      });
      arrived();
    });
    const next = (count: number) =>
      new Promise<void>((resolve) => {
        arrived = () => events.length >= count && resolve();
        arrived();
      });

    const completed = await createBatch(client, chatLines(3));
    await next(1);
    const failed = await createBatch(client, [{}]);
    await next(2);
    const cancelled = await createBatch(client, chatLines(3));
    await client.batches.cancel(cancelled.id);
    await next(3);

    assert.deepEqual(
      events.map(({ type, id }) => [type, id]),
      [
        ["batch.completed", completed.id],
        ["batch.failed", failed.id],
        ["batch.cancelled", cancelled.id],
      ],
    );
    const [first] = sim.ledger.batches;
    assert.equal(events[0]!.at, first!.completed_at);
    assert.equal(new Set(events.map(({ webhookId }) => webhookId)).size, 3);
  },
);

test(
  "an expired batch sends a webhook too, with a secret of one's own",
  options,
  async () => {
    const webhookSecret = "whsec_bXkgb3duIHNlY3JldA==";
    const { sim, client } = start({ faults: { expired: 1 }, webhookSecret });
    const delivery = new Promise<Request>((resolve) => sim.onWebhook(resolve));
    await createBatch(client, chatLines(3));
    const request = await delivery;
    const event = await client.webhooks.unwrap(
      await request.text(),
      request.headers,
      webhookSecret,
      10 * 365 * 24 * 60 * 60,
    );
    assert.equal(event.type, "batch.expired");
  },
);

test(
  "without a webhook handler an idle simulator leaves time alone",
  options,
  async () => {
    const { sim, client } = start();
    await createBatch(client, chatLines(3));
    const now = sim.clock.now();
    for (let i = 0; i < 50; i++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assert.equal(sim.clock.now(), now);
  },
);

test("a clock of one's own is used as it is", options, async () => {
  let now = Date.UTC(2030, 0, 1);
  const clock = {
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const { sim, client } = start({ clock });
  const file = await upload(client, chatLines(1));
  assert.equal(new Date(file.created_at * 1000).getUTCFullYear(), 2030);
  await sim.clock.advance(HOUR);
  assert.equal(now, sim.options.clock.now());
});

test("ten thousand requests are answered once each", options, async () => {
  const world = start({ respond: () => "ok" });
  const batch = await runBatch(world, chatLines(10_000));
  assert.equal(batch.request_counts!.completed, 10_000);
  const lines = await linesOf(world.client, batch.output_file_id);
  assert.equal(new Set(lines.map((line) => line.custom_id)).size, 10_000);
  assert.equal(world.sim.ledger.requests.length, 10_000);
});
