/** How long a server may make a job wait. */

import { type JobStatus, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { errorAnswer, intercept, isCreate } from "../../_support/servers.ts";
import { sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const HOUR = 3_600_000;

function tooMany(retryAfter: string): Response {
  const answer = errorAnswer(429, "rate_limit_exceeded");
  answer.headers.set("retry-after", retryAfter);
  return answer;
}

for (const seconds of ["86400", "3000000", "99999999999999999999"]) {
  for (const from of [0, 4]) {
    test(
      `a Retry-After of ${seconds} s is 10 minutes, and an hour of it the end, from call ${from} on`,
      options,
      async () => {
        const sim = createSimulator();
        let calls = 0;
        const longest: number[] = [];
        let last = sim.clock.now();
        const fetch = intercept(sim, (call) => {
          longest.push(sim.clock.now() - last);
          last = sim.clock.now();
          const isOut = calls++ >= from && !isCreate(call);
          return isOut ? Promise.resolve(tooMany(seconds)) : call.send();
        });
        const client = new OpenAIBatch({ ...sim.options, fetch });
        const start = sim.clock.now();
        const run = client.run(sums(2), { params, job: "night" });
        await assert.rejects(run, { name: "APIError", status: 429 });
        const took = sim.clock.now() - start;
        assert.ok(took > 0.8 * HOUR && took < 1.2 * HOUR, `${took / HOUR} h`);
        assert.ok(Math.max(...longest) <= 600_000, `${Math.max(...longest)}`);
      },
    );
  }
}

test(
  "a step says to wait 10 minutes where the server asks for a day",
  options,
  async () => {
    const sim = createSimulator();
    let isOut = false;
    const fetch = intercept(
      sim,
      (call) => isOut ? Promise.resolve(tooMany("86400")) : call.send(),
    );
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const job = await client.submit(sums(2), { params });
    await sim.clock.advance(HOUR);
    isOut = true;
    const { wait, waitingFor } = await job.step();
    assert.equal(wait, 600_000);
    assert.equal(waitingFor?.reason, "retry");
    assert.equal(+waitingFor.until!, sim.clock.now() + wait);
  },
);

test(
  "a create that is refused by 429 while other calls succeed waits as for a full queue, for more than an hour",
  options,
  async () => {
    const sim = createSimulator();
    const start = sim.clock.now();
    const statuses: JobStatus[] = [];
    let creates = 0;
    const fetch = intercept(sim, (call) => {
      if (!isCreate(call)) return call.send();
      creates++;
      const isFull = sim.clock.now() - start < 10 * HOUR;
      return isFull ? Promise.resolve(tooMany("86400")) : call.send();
    });
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(2), {
      params,
      progress: (status) => void statuses.push(status),
    });
    assert.equal(run.succeeded.length, 2);
    assert.ok(creates < 40, `${creates}`);
    const waits = statuses.map(({ waitingFor }) => waitingFor);
    assert.ok(waits.some((wait) =>
      wait?.reason === "queue" &&
      wait.message === "429 It is rate_limit_exceeded."
    ));
  },
);

test(
  "creates that are refused for more than a day end the job with the server's words",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = intercept(
      sim,
      (call) => isCreate(call) ? Promise.resolve(tooMany("1")) : call.send(),
    );
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const start = sim.clock.now();
    await assert.rejects(client.run(sums(2), { params }), {
      name: "APIError",
      message: "429 It is rate_limit_exceeded.",
    });
    const took = sim.clock.now() - start;
    assert.ok(took > 24 * HOUR && took < 25 * HOUR, `${took / HOUR} h`);
  },
);

test(
  "submit comes back where no batch can be created for now, as where the queue is full",
  options,
  async () => {
    const sim = createSimulator();
    let isFull = true;
    const fetch = intercept(
      sim,
      (call) =>
        isFull && isCreate(call) ? Promise.resolve(tooMany("5")) : call.send(),
    );
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const job = await client.submit(sums(2), { params });
    assert.equal(sim.ledger.batches.length, 0);
    isFull = false;
    const run = await job.results().collect();
    assert.equal(run.succeeded.length, 2);
  },
);
