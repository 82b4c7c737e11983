/** Jobs that webhooks drive to their ends. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { isBatchEvent, verifyWebhook } from "@offpeak/openai-batch/webhooks";
import OpenAI from "openai";
import { Webhook } from "standardwebhooks";
import { assert, options, test } from "./_support/prelude.ts";
import { activeIn, paidFor } from "./_support/looks.ts";
import { sums } from "./_support/sums.ts";

const HOUR = 3_600_000;

/** Deliveries of the simulator for a job, with the time at which each came. */
function collectDeliveries(sim: Simulator): Delivered[] {
  const deliveries: Delivered[] = [];
  sim.onWebhook((request) => {
    deliveries.push({ request, now: sim.clock.now() });
  });
  return deliveries;
}

interface Delivered {
  request: Request;
  now: number;
}

test(
  "the simulator's deliveries are good for us, for standardwebhooks and for openai",
  options,
  async () => {
    // Begins an hour ago and ends now, as the packages know no other time.
    let now = Date.now() - HOUR;
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    const sim = createSimulator({ clock });
    const delivery = new Promise<Request>((resolve) => sim.onWebhook(resolve));
    const { apiKey, fetch } = sim.options;
    const { batches } = new OpenAIBatch({ apiKey, fetch });
    const batch = await batches.create({
      input_file_id: "file-of-somebody-else",
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    now = Date.now();
    await batches.retrieve(batch.id);
    const request = await delivery;
    const body = await request.clone().text();
    const headers = Object.fromEntries(request.headers);

    const event = await verifyWebhook(request, sim.webhookSecret);
    assert.equal(event.data.id, batch.id);
    const verifier = new Webhook(sim.webhookSecret);
    assert.deepEqual(verifier.verify(body, headers), event);
    const { webhooks } = new OpenAI({ apiKey: "none" });
    const unwrapped = await webhooks.unwrap(body, headers, sim.webhookSecret);
    assert.deepEqual(unwrapped as unknown, event);
  },
);

/** Answers a delivery as an endpoint would. */
async function receive(sim: Simulator, { request, now }: Delivered) {
  const client = new OpenAIBatch(sim.options);
  const event = await verifyWebhook(request.clone(), sim.webhookSecret, {
    now,
  });
  assert.ok(isBatchEvent(event));
  const id = await client.jobOf(event.data.id);
  if (id === undefined) return undefined;
  return await (await client.attach(id)).step();
}

test(
  "webhooks alone drive a job to its end: each delivery twice, the newest first",
  options,
  async () => {
    const sim = createSimulator();
    const deliveries = collectDeliveries(sim);
    const client = new OpenAIBatch(sim.options);
    await client.submit(sums(9), {
      job: "hooked",
      params: { model: "gpt-4o-mini" },
      batchSize: 3,
    });
    await sim.clock.advance(30 * HOUR);
    assert.equal(deliveries.length, 3);
    const statuses = [];
    for (const delivery of [...deliveries, ...deliveries].reverse()) {
      statuses.push(await receive(sim, delivery));
    }
    assert.ok(statuses.every((status) => status?.done));
    const run = await (await client.attach("hooked")).results({ wait: false })
      .collect();
    assert.equal(run.succeeded.length, 9);
    assert.deepEqual(paidFor(sim, run.results), Array(9).fill(1));
  },
);

/** The first batch leaves three of four requests unanswered. */
async function submitExpiring() {
  const sim = createSimulator({
    respond: ({ text, attempt, custom_id }) =>
      attempt === 1 && custom_id !== "calc_0"
        ? { error: "batch_expired" }
        : text,
  });
  const deliveries = collectDeliveries(sim);
  const client = new OpenAIBatch(sim.options);
  await client.submit(sums(4), {
    job: "hooked",
    params: { model: "gpt-4o-mini" },
  });
  await sim.clock.advance(30 * HOUR);
  return { sim, client, deliveries };
}

test(
  "a webhook of a batch that expired files its follow-up, whose webhook ends the job",
  options,
  async () => {
    const { sim, client, deliveries } = await submitExpiring();
    const [first] = deliveries;
    const early = await receive(sim, first!);
    assert.equal(early?.done, false);
    await sim.clock.advance(early.wait); // as a cron would, or a duplicate
    assert.equal((await receive(sim, first!))?.done, false);
    await sim.clock.advance(30 * HOUR);
    assert.equal(deliveries.length, 2);
    for (const late of [deliveries[1]!, first!]) {
      assert.equal((await receive(sim, late))?.done, true);
    }
    const job = await client.attach("hooked");
    const run = await job.results({ wait: false }).collect();
    assert.equal(run.succeeded.length, 4);
    assert.deepEqual(paidFor(sim, run.results), [1, 1, 1, 1]);
  },
);

test(
  "a webhook that comes to two processes at once leaves one follow-up, with a cron beside it",
  options,
  async () => {
    const { sim, client, deliveries } = await submitExpiring();
    const [first] = deliveries;
    await Promise.all([receive(sim, first!), receive(sim, first!)]);
    let wakeUps = 0;
    for (let done = false; !done; wakeUps++) {
      assert.ok(wakeUps < 100, "the job does not end");
      await sim.clock.advance(HOUR);
      ({ done } = await (await client.attach("hooked")).step());
    }
    const job = await client.attach("hooked");
    const run = await job.results({ wait: false }).collect();
    assert.equal(run.succeeded.length, 4);
    assert.deepEqual(activeIn(sim), []);
  },
);

test("a webhook of someone else's batch is ignored", options, async () => {
  const sim = createSimulator();
  const deliveries = collectDeliveries(sim);
  await new OpenAIBatch(sim.options).batches.create({
    input_file_id: "file-of-somebody-else",
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  await sim.clock.advance(HOUR);
  assert.equal(await receive(sim, deliveries[0]!), undefined);
});
