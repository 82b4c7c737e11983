/** `JobStatus.waitingFor`: why nothing happens, and until when. */

import { type JobStatus, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import {
  errorAnswer,
  isCreate,
  type PassingCall,
  refuse,
  refusesFiles,
} from "../../_support/servers.ts";
import { sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };

test(
  "a status says that batches run, and when they are looked at next",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const job = await client.submit(sums(2), { params });
    const { waitingFor, wait } = await job.step();
    assert.equal(waitingFor?.reason, "batches");
    assert.equal(+waitingFor.until!, Math.ceil(sim.clock.now() + wait));
  },
);

test(
  "a status says that the queue is full, in the server's words, and when it is tried again",
  options,
  async () => {
    const sim = createSimulator();
    const said = "Enqueued token limit reached for gpt-4o-mini.";
    const fetch = refusesFiles(sim, () => true, said);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const job = await client.submit(sums(2), { params });
    const statuses: JobStatus[] = [];
    for await (const status of job.watch()) {
      statuses.push(status);
      if (status.waitingFor?.reason === "queue") break;
    }
    const { waitingFor, wait } = statuses.at(-1)!;
    assert.equal(waitingFor?.message, said);
    assert.equal(+waitingFor!.until!, Math.ceil(sim.clock.now() + wait));
    assert.ok(wait > 30_000, `${wait}`);
  },
);

test(
  "a look at a job makes no step, and names what runs",
  options,
  async () => {
    const sim = createSimulator();
    await new OpenAIBatch(sim.options).submit(sums(2), {
      params,
      job: "night",
    });
    await new OpenAIBatch(sim.options).submit(sums(2), {
      params,
      job: "nightly",
    });
    const before = sim.ledger.calls.length;
    const status = await new OpenAIBatch(sim.options).status("night");
    assert.equal(status.id, "night");
    assert.equal(status.waitingFor?.reason, "batches");
    const calls = sim.ledger.calls.slice(before);
    assert.ok(calls.every(({ method }) => method === "GET"));
  },
);

test(
  "jobs are found by one listing of the files and one of the batches, however many there are",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    for (const job of ["a", "b", "c", "d"]) {
      await client.run(sums(2), { params, job });
    }
    const before = sim.ledger.calls.length;
    const done: string[] = [];
    for await (const status of client.jobs()) {
      if (status.done) {
        done.push(status.id);
      }
    }
    assert.deepEqual(done, ["d", "c", "b", "a"]);
    assert.equal(sim.ledger.calls.length - before, 2);
  },
);

test(
  "a look from another process says that the queue is full, too",
  options,
  async () => {
    const sim = createSimulator();
    const said = "Enqueued token limit reached for gpt-4o-mini.";
    const fetch = refusesFiles(sim, () => true, said);
    const open = () => new OpenAIBatch({ ...sim.options, fetch });
    const job = await open().submit(sums(2), { params, job: "night" });
    for await (const { waitingFor } of job.watch()) {
      if (waitingFor?.reason === "queue") break;
    }
    const { waitingFor } = await open().status("night");
    assert.equal(waitingFor?.reason, "queue");
    assert.equal(waitingFor.message, said);
    assert.ok(+waitingFor.until! > sim.clock.now());
  },
);

test(
  "a status names the lists and the claim that are waited for",
  options,
  async () => {
    const sim = createSimulator();
    const open = () => new OpenAIBatch(sim.options);
    const reasons = new Set<string | undefined>();
    await open().run(sums(1), {
      params,
      job: "night",
      progress: ({ waitingFor }) => void reasons.add(waitingFor?.reason),
    });
    assert.ok(reasons.has("lists"), [...reasons].join());
    // A file without its batch: a step that was started just now leaves a mark.
    const dead = { ...sim.options, fetch: stopsAt(sim, isCreate) };
    await assert.rejects(
      new OpenAIBatch(dead).submit(sums(1), { params, job: "late" }),
    );
    await sim.clock.advance(60_000);
    const job = await open().attach("late");
    const { waitingFor, wait } = await job.step();
    assert.equal(waitingFor?.reason, "claim");
    assert.equal(+waitingFor.until!, Math.ceil(sim.clock.now() + wait));
  },
);

test(
  "a status says that answers are settling where file ids come late",
  options,
  async () => {
    const sim = createSimulator({ faults: { late_files: 1 } });
    const client = new OpenAIBatch(sim.options);
    const reasons = new Set<string | undefined>();
    const run = await client.run(sums(2), {
      params,
      progress: ({ waitingFor }) => void reasons.add(waitingFor?.reason),
    });
    assert.equal(run.succeeded.length, 2);
    assert.ok(reasons.has("settling"), [...reasons].join());
  },
);

test(
  "a status says that someone has to pay, in the server's words",
  options,
  async () => {
    const sim = createSimulator({
      respond: () => ({
        status: 429,
        body: { error: { code: "insufficient_quota", message: "Please pay." } },
      }),
    });
    const client = new OpenAIBatch(sim.options);
    const job = await client.submit(sums(2), { params });
    await sim.clock.advance(3_600_000);
    const { waitingFor } = await job.step();
    assert.equal(waitingFor?.reason, "credit");
    assert.equal(waitingFor.message, "Please pay.");
  },
);

/** A server whose process dies at certain calls: they are refused for good. */
function stopsAt(sim: Simulator, isChosen: (call: PassingCall) => boolean) {
  return refuse(sim, isChosen, () => errorAnswer(403, "forbidden"));
}

test(
  "in an outage a run says from its first moment that it bears an hour of it",
  options,
  async () => {
    const sim = createSimulator();
    let until = -Infinity;
    const said = new Set<string>();
    const client = new OpenAIBatch({
      ...sim.options,
      maxRetries: 0,
      fetch: (input, init) =>
        sim.clock.now() < until
          ? Promise.reject(new TypeError("fetch failed"))
          : sim.fetch(input, init),
    });
    const run = await client.run(sums(2), {
      params,
      progress: ({ waitingFor: { reason, message } = {} }) => {
        const isFirst = until === -Infinity && reason === "batches";
        if (isFirst) until = sim.clock.now() + 600_000;
        if (reason === "connection") said.add(message!);
      },
    });
    assert.equal(run.succeeded.length, 2);
    assert.ok(said.size > 0);
    for (const message of said) assert.match(message, /for up to an hour$/);
  },
);
