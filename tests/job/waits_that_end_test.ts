/** Waits that end: for a file, for answers that can't come, for the caller's own input. */

import { type Batch, type JobStatus, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { mark } from "../_support/marks.ts";
import { rewriteBatches } from "../_support/rewrite.ts";
import { losesFiles, refusesFiles } from "../_support/servers.ts";
import { codes } from "../_support/looks.ts";
import { inputFiles, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const MINUTE = 60_000;
const HOUR = 3_600_000;

test(
  "a file that OpenAI never finds is tried for 6 hours, uploaded again in between, and fails in OpenAI's words",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch({
      ...sim.options,
      fetch: losesFiles(sim, () => true),
    });
    const start = sim.clock.now();
    const statuses: JobStatus[] = [];
    const run = await client.run(sums(2), {
      params,
      progress: (status) => void statuses.push(status),
    });
    const took = sim.clock.now() - start;
    assert.ok(took > 5 * HOUR && took < 6.2 * HOUR, `${took / HOUR} h`);
    assert.deepEqual(codes(run.results), [
      "invalid_request",
      "invalid_request",
    ]);
    assert.match(run.results[0]?.error?.message ?? "", /^Cannot find file/);
    assert.ok(sim.ledger.batches.length < 30, `${sim.ledger.batches.length}`);
    assert.ok(inputFiles(sim) >= 3, `${inputFiles(sim)}`);
    const waits = statuses.map(({ waitingFor }) => waitingFor);
    assert.ok(
      waits.some((wait) =>
        wait?.reason === "file" && wait.message?.startsWith("Cannot find file")
      ),
    );
  },
);

/** How long a job that was cancelled right after its submit waits once its batch has ended, where the server writes batches in a way of its own. */
async function timeToCancel(rewrite: (batch: Batch) => object) {
  const sim = createSimulator();
  const fetch = rewriteBatches(sim.fetch, rewrite);
  const client = new OpenAIBatch({ ...sim.options, fetch });
  const job = await client.submit(sums(2), { params });
  assert.equal(sim.ledger.batches[0]?.status, "validating");
  const { done, requests } = await job.cancel();
  assert.deepEqual([done, requests.failed], [true, 2]);
  return sim.clock.now() - sim.ledger.batches[0]!.cancelled_at! * 1_000;
}

test(
  "a batch cancelled while it was validated leaves no answers to wait for",
  options,
  async () => {
    const took = await timeToCancel((batch) => batch);
    assert.ok(took < 2 * MINUTE, `${took}`);
  },
);

for (
  const field of [
    "in_progress_at",
    "request_counts",
    "output_file_id",
    "error_file_id",
  ] as const
) {
  test(
    `a batch that does not say ${field} may have run: its answers are waited for`,
    options,
    async () => {
      const took = await timeToCancel(({ [field]: _, ...batch }) => batch);
      assert.ok(took > 9 * MINUTE, `${took}`);
    },
  );
}

test(
  "a job waits for a batch that was cancelled while it ran, whatever its counts say",
  options,
  async () => {
    const took = await timeToCancel((batch) => ({
      ...batch,
      in_progress_at: batch.created_at,
    }));
    assert.ok(took > 9 * MINUTE, `${took}`);
  },
);

test(
  "batchTimeout sends again at once what a batch that never ran has left",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const run = await client.run(sums(2), {
      params,
      batchTimeout: 1_000,
      pollInterval: 5_000,
      maxAttempts: 2,
    });
    assert.deepEqual(codes(run.results), [
      "batch_cancelled",
      "batch_cancelled",
    ]);
    const [first, second] = sim.ledger.batches;
    const pause = second!.created_at - first!.cancelled_at!;
    assert.ok(pause < 120, `${pause} s`);
  },
);

test(
  "after cancel has come back, every other process sees the job as cancelled and done",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = refusesFiles(sim, () => true); // nothing of it ever runs
    const open = () => new OpenAIBatch({ ...sim.options, fetch });
    const job = await open().submit(sums(2), { params, job: "night" });
    await sim.clock.advance(HOUR);
    const start = sim.clock.now();
    await job.cancel();
    assert.ok(sim.clock.now() - start < MINUTE);
    const { done, phase, stopped } = await open().status("night");
    assert.deepEqual([done, phase, stopped?.code], [true, "Done", "cancelled"]);
    for await (const status of open().jobs()) assert.ok(status.done);
  },
);

test(
  "a job that was marked as cancelled is not done while a batch of it runs",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    await client.submit(sums(2), { params, job: "night" });
    await mark(client, "night", "cancelled");
    const { done, stopped, activeBatches } = await client.status("night");
    assert.deepEqual([done, stopped?.code, activeBatches], [
      false,
      "cancelled",
      1,
    ]);
  },
);

/** Ways to send what never comes; `onOpen` is called as the input is opened. */
const SENDS = {
  run: (
    client: OpenAIBatch,
    input: () => AsyncIterable<string>,
    signal: AbortSignal,
  ) => client.run(input, { params, signal }),
  stream: (
    client: OpenAIBatch,
    input: () => AsyncIterable<string>,
    signal: AbortSignal,
  ) => client.stream(input, { params, signal }).collect(),
  submit: (
    client: OpenAIBatch,
    input: () => AsyncIterable<string>,
    signal: AbortSignal,
  ) => client.submit(input, { params, signal }),
  "run with a budget": (
    client: OpenAIBatch,
    input: () => AsyncIterable<string>,
    signal: AbortSignal,
  ) => client.run(input, { params, signal, budget: 1 }),
  direct: (
    client: OpenAIBatch,
    input: () => AsyncIterable<string>,
    signal: AbortSignal,
  ) => client.direct(input, { params, signal }).collect(),
};

/** Gives one request, and then nothing any more. */
async function* hanging(onHang: () => void): AsyncGenerator<string> {
  yield "1 + 1 =";
  onHang();
  await new Promise(() => {});
}

for (const [name, send] of Object.entries(SENDS)) {
  test(
    `${name} ends at once when it is aborted while it waits for the caller's input`,
    options,
    async () => {
      const sim: Simulator = createSimulator();
      const client = new OpenAIBatch(sim.options);
      const controller = new AbortController();
      const reason = new Error("enough");
      const input = () =>
        hanging(() => queueMicrotask(() => controller.abort(reason)));
      const error = await send(client, input, controller.signal)
        .then(() => undefined, (error) => error);
      assert.equal(error, reason);
    },
  );

  test(
    `${name} does not open its input where the signal was aborted before`,
    options,
    async () => {
      const sim: Simulator = createSimulator();
      const client = new OpenAIBatch(sim.options);
      let opened = 0;
      const input = () => {
        opened++;
        return hanging(() => {});
      };
      const reason = new Error("enough");
      const error = await send(client, input, AbortSignal.abort(reason))
        .then(() => undefined, (error) => error);
      assert.equal(error, reason);
      assert.equal(opened, 0);
      assert.equal(sim.ledger.calls.length, 0);
    },
  );
}
