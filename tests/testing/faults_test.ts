/** The simulator's faults, seen by the official SDK. */

import OpenAI from "openai";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import {
  caught,
  chatLines,
  createBatch,
  jsonl,
  linesOf,
  runBatch,
  start,
  upload,
} from "./_simulator.ts";

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
