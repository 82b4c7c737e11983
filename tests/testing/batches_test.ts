/** The simulator's batches, driven by the official SDK. */

import OpenAI from "openai";
import type { SimulatedAnswer } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import {
  caught,
  chatLines,
  createBatch,
  fill,
  finish,
  linesOf,
  runBatch,
  start,
  upload,
} from "./_simulator.ts";

const CHAT = "/v1/chat/completions";

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
