/**
 * Numbers that decide when and how far a job looks: each is a row, or a test
 * on both sides of it.
 *
 * @module
 */

import { type Batch, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, test } from "../../_support/prelude.ts";
import { marksIn } from "../../_support/marks.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";
import { listBatchesSince } from "../../../src/job/look/lists.ts";
import { RemoteView } from "../../../src/job/look/remote_view.ts";
import { Round } from "../../../src/job/state/round.ts";
import { Parts } from "../../../src/job/state/parts.ts";
import { JobClock } from "../../../src/job/state/job_clock.ts";
import type { JobContext } from "../../../src/job/context.ts";
import type { Batches } from "../../../src/rest/batches.ts";
import type { Page } from "../../../src/rest/page.ts";

const SECOND = 1_000;
const NOW = Date.UTC(2026, 0, 1);

/** What one process sees of a job, at a time of its own. */
function viewAt(clock: { time: number }) {
  const now = () => clock.time;
  const jobClock = new JobClock({ now, sleep: () => Promise.resolve() });
  const services = { clock: jobClock, settleTime: 0, batches: {} };
  const settings = { id: "night", fresh: true, pollInterval: 60 * SECOND };
  return new RemoteView(
    {
      services,
      settings,
      parts: new Parts("night", jobClock),
    } as unknown as JobContext,
  );
}

for (
  const [rule, asked, expected] of [
    ["a look that is asked for waits for its time", 30, 30],
    ["but five seconds pass between two looks, whoever asks", 2, 5],
    ["and it puts off none that is due before", 90, 60],
  ] as const
) {
  test(rule, async () => {
    const clock = { time: NOW };
    const view = viewAt(clock);
    await view.look();
    view.nextLook = NOW + 60 * SECOND;
    view.lookAt(NOW + asked * SECOND);
    assert.equal(view.nextLook - NOW, expected * SECOND);
  });
}

test("a step that left a mark says when it comes back, and the step then creates", async () => {
  const sim = createSimulator();
  const settleTime = 20 * SECOND;
  const client = () => new OpenAIBatch({ ...sim.options, settleTime });
  const params = { model: "gpt-4o-mini" };
  await client().submit(["a", "b"], {
    params,
    job: "night",
    batchSize: 1,
    maxActiveBatches: 1,
  });
  await sim.clock.advance(24 * 3_600_000);
  const step = async () => (await client().attach("night")).step();
  const { waitingFor } = await step();
  assert.equal(waitingFor?.reason, "claim");
  const [mark] = marksIn(sim, "claim");
  const ripe = mark!.created_at * SECOND + 41 * SECOND;
  assert.equal(Math.floor(+waitingFor!.until! / SECOND), ripe / SECOND);
  await sim.clock.advance(+waitingFor!.until! - sim.clock.now() - 2 * SECOND);
  await step();
  assert.equal(sim.ledger.batches.length, 1);
  await sim.clock.advance(3 * SECOND);
  await step();
  assert.equal(sim.ledger.batches.length, 2);
});

/** A list without an end, and how many of its pages were asked for. */
function endless(): { batches: Batches; pages: () => number } {
  let pages = 0;
  const page = (): Page<Batch> => {
    const id = `batch_${++pages}`;
    return {
      data: [{ id, created_at: NOW / SECOND } as Batch],
      has_more: true,
      hasNextPage: () => true,
      getNextPage: () => Promise.resolve(page()),
    } as unknown as Page<Batch>;
  };
  const list = () => Promise.resolve(page());
  return { batches: { list } as unknown as Batches, pages: () => pages };
}

test("a job without files is looked for on 20 pages of batches", async () => {
  const { batches, pages } = endless();
  const found = await Array.fromAsync(
    listBatchesSince(batches, undefined, undefined),
  );
  assert.equal(found.length, 20);
  assert.equal(pages(), 20);
});

test("of two files the one is run that was missed least often, and of equals the older one", () => {
  const round = new Round(stoppedClock(NOW));
  const tag = {
    job: "night",
    part: 0,
    slice: undefined,
    round: 0,
    lines: 1,
    digest: "0123456789abcdef",
    last: true,
  };
  for (const [i, id] of ["older", "newer"].entries()) {
    const file = { id, created_at: i, bytes: 1, filename: id };
    round.addFile({ ...file, object: "file", purpose: "batch" }, tag, false);
  }
  const chosen = () => {
    const { file, misses } = round.fileFor(tag)!;
    return [file.id, misses];
  };
  const miss = (input_file_id: string) => {
    const message = `Cannot find file ${input_file_id}`;
    const id = `batch_${round.known.length}`;
    const errors = { object: "list", data: [{ code: "x", message }] };
    const status = "failed";
    round.see(
      { id, input_file_id, errors, status, created_at: 1 } as unknown as Batch,
      false,
    );
  };
  const seen = [chosen()];
  for (const id of ["older", "newer", "newer", "older", "older"]) {
    miss(id);
    seen.push(chosen());
  }
  assert.deepEqual(seen, [
    ["older", 0],
    ["newer", 0],
    ["older", 1],
    ["older", 1],
    ["older", 2],
    ["newer", 2],
  ]);
});

test("a batch is like the first one of the job: its window, and its pairs", async () => {
  const sim = createSimulator();
  const client = () => new OpenAIBatch(sim.options);
  const params = { model: "gpt-4o-mini" };
  await client().submit(["a", "b"], {
    params,
    job: "night",
    batchSize: 1,
    maxActiveBatches: 1,
    batch: { metadata: { team: "blue" } },
  });
  const attached = await client().attach("night");
  await attached.results().collect();
  const pairs = sim.ledger.batches.map(({ metadata, completion_window }) => [
    metadata?.team,
    completion_window,
  ]);
  assert.deepEqual(pairs, [["blue", "24h"], ["blue", "24h"]]);
});
