/**
 * Slices: what does not fit the queue as a whole is asked in ranges of its
 * lines.
 *
 * @module
 */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { DeadProcess, dyingClient } from "../../_support/dying.ts";
import { codes, paidFor, roundsOf } from "../../_support/looks.ts";
import { rewriteBatches } from "../../_support/rewrite.ts";
import { filenameOf, laggingAll } from "../../_support/servers.ts";
import { inputFiles } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const HOUR = 3_600_000;

/** As the simulator counts; each prompt has 100. */
const countTokens = (text: string) => Math.ceil(text.length / 4);

function prompts(count: number) {
  return Array.from(
    { length: count },
    (_, i) => ({ id: `r${i}`, content: `${i} `.padEnd(400, "x") }),
  );
}

/** How often each request was uploaded before it was asked, on average. */
function uploadsOf(sim: Simulator, count: number): number {
  const uploaded = sim.ledger.files.filter(({ filename }) =>
    filename.includes(".r0.n")
  );
  const lines = uploaded.map(({ filename }) =>
    Number(/\.n(\d+)\./.exec(filename)?.[1])
  );
  return lines.reduce((sum, n) => sum + n, 0) / count;
}

test(
  "256 prompts at 28 times the limit are 34 files at most, uploaded 2.1 times and downloaded once",
  options,
  async () => {
    const limit = Math.floor(256 * 100 / 28);
    const sim = createSimulator({ limits: { enqueuedTokens: limit } });
    const requests = prompts(256);
    const run = await new OpenAIBatch(sim.options).run(requests, {
      params,
      countTokens,
    });
    assert.equal(run.succeeded.length, 256);
    assert.deepEqual(paidFor(sim, run.results), Array(256).fill(1));
    assert.ok(inputFiles(sim) <= 34, `${inputFiles(sim)} files`);
    const uploads = uploadsOf(sim, 256);
    assert.ok(uploads <= 2.1, `${uploads} uploads`);
    const inputs = sim.ledger.calls.filter(({ path }) => {
      const id = /files\/([^/]+)\/content$/.exec(path)?.[1] ?? "";
      return filenameOf(sim, id).includes(".r0.n");
    });
    assert.equal(inputs.length, 1);
    const refused = sim.ledger.batches.filter(({ status }) =>
      status === "failed"
    );
    assert.equal(refused.length, 1);
  },
);

test(
  "a process that dies between two slices leaves the rest to the next one, which uploads no line of the first again",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 500 } });
    const job = { params, countTokens, job: "night" };
    let slices = 0;
    const dying = dyingClient(
      sim,
      "after",
      ({ method, path }) =>
        method === "POST" && path.endsWith("/files") && ++slices === 4,
    );
    await assert.rejects(dying.run(prompts(40), job), DeadProcess);
    const run = await new OpenAIBatch(sim.options).run(prompts(40), job);
    assert.equal(run.succeeded.length, 40);
    assert.equal(uploadsOf(sim, 40), 2);
    assert.deepEqual(paidFor(sim, run.results), Array(40).fill(1));
  },
);

test(
  "rounds count within a slice, and a later one has only what is open of it",
  options,
  async () => {
    const asked = new Map<string, number>();
    const sim = createSimulator({
      limits: { enqueuedTokens: 500 },
      respond: ({ custom_id, attempt }) => {
        asked.set(custom_id, attempt);
        return custom_id === "r7" && attempt === 1
          ? { status: 500, body: {} }
          : "yes";
      },
    });
    const run = await new OpenAIBatch(sim.options).run(prompts(10), {
      params,
      countTokens,
    });
    assert.deepEqual(codes(run.results), Array(10).fill("ok"));
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [
      ...Array(7).fill(1),
      2,
      1,
      1,
    ]);
    assert.deepEqual(roundsOf(sim).toSorted(), [
      "p0.l1-5.r0",
      "p0.l6-10.r0",
      "p0.l6-10.r1",
      "p0.r0",
    ]);
  },
);

/** Two processes at once, one of which counts more tokens than the other. */
async function nightOfTwo(): Promise<{ slices: Set<string> }> {
  const sim = createSimulator({ limits: { enqueuedTokens: 1_000 } });
  const fetch = laggingAll(sim, 20_000);
  const client = () => new OpenAIBatch({ ...sim.options, fetch });
  const job = { params, job: "night" };
  const [one, other] = await Promise.all([
    client().run(prompts(30), { ...job, countTokens }),
    client().run(prompts(30), {
      ...job,
      countTokens: (text) => 1.4 * countTokens(text),
    }),
  ]);
  for (const run of [one, other]) {
    assert.deepEqual(codes(run.results), Array(30).fill("ok"));
    assert.deepEqual(
      run.results.map(({ id }) => id),
      prompts(30).map(({ id }) => id),
    );
  }
  const { batches } = sim.ledger;
  assert.ok(batches.every(({ status }) => status !== "in_progress"));
  const paid = paidFor(sim, one.results);
  assert.ok(paid.every((times) => times <= 2), `${paid}`);
  return {
    slices: new Set(roundsOf(sim).filter((round) => round.includes(".l1-"))),
  };
}

test(
  "two processes that cut a part in different ways get every answer, and leave nothing running",
  options,
  async () => {
    // The jitter of the first creates decides whether one sees the other's
    // slices before it cuts its own; in most nights it doesn't.
    for (let night = 0; night < 20; night++) {
      const { slices } = await nightOfTwo();
      if (slices.size > 1) return;
    }
    assert.fail("Both cut alike in all twenty nights");
  },
);

test(
  "where the server names no limit, a part is cut in half after five refusals alone over an hour",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 500 } });
    const fetch = rewriteBatches(sim.fetch, (batch) => ({
      ...batch,
      errors: batch.errors && {
        object: "list",
        data: [{ code: "token_limit_exceeded", message: "Full." }],
      },
    }));
    const start = sim.clock.now();
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(prompts(8), { params, countTokens });
    assert.deepEqual(codes(run.results), Array(8).fill("ok"));
    const half = sim.ledger.files.find(({ filename }) =>
      filename.includes(".l1-")
    )!;
    assert.ok(half.created_at * 1_000 >= start + HOUR);
    assert.deepEqual(
      [...new Set(roundsOf(sim))],
      ["p0.r0", "p0.l1-4.r0", "p0.l5-8.r0"],
    );
  },
);
