/**
 * The lanes 8h and 2h: responses in the background.
 *
 * @module
 */

import {
  APIError,
  OpenAIBatch,
  QuotaError,
  type ResponsesBody,
  type WaitingFor,
} from "@offpeak/openai-batch";
import type { VirtualClock } from "@offpeak/openai-batch/testing";
import { verifyWebhook } from "@offpeak/openai-batch/webhooks";
import { assert, options, test } from "../_support/prelude.ts";
import { callsTo, sums } from "../_support/sums.ts";
import { asked, open, watchCalls } from "./_windows.ts";

const MINUTE = 60_000;

const HOUR = 60 * MINUTE;

const RETRIEVE = /\/responses\/[^/]+$/;

const answers = (count: number) =>
  Array.from({ length: count }, (_, i) => `1 + ${i} = ${1 + i}`);

for (const [lane, cost] of [["8h", 0.6], ["2h", 0.7]] as const) {
  test(
    `requests in the window ${lane} are answered within it, and cost ${cost} of the standard price`,
    options,
    async () => {
      const { sim, client } = open();
      const start = sim.clock.now();
      const run = await client.direct(sums(50), { ...asked, lane }).collect();
      assert.deepEqual(run.values(), answers(50));
      assert.ok(
        run.results.every((result) =>
          result.lane === lane && result.via === "direct" &&
          result.attempts === 1
        ),
      );
      assert.ok(sim.clock.now() - start < parseInt(lane) * HOUR);
      const { cost: paid, standardCost } = run.usage;
      assert.ok(Math.abs(paid! - standardCost! * cost) < 1e-9);
      assert.equal(run.usage.models[0]?.lane, lane);
      const { responses } = sim.ledger;
      assert.equal(responses.length, 50);
      for (const { body } of responses) {
        assert.equal(body.background, true);
        assert.equal(body.store, true);
        assert.deepEqual(body.background_options, { completion_window: lane });
      }
    },
  );
}

test("a continuation id goes with the window", options, async () => {
  const { sim, client } = open();
  const background_options = { continuation_id: "a" };
  const body = { model: "gpt-5", input: "hi", background_options };
  const request = { body: body as unknown as ResponsesBody };
  await client.direct([request], asked).collect();
  assert.deepEqual(sim.ledger.responses[0]?.body.background_options, {
    continuation_id: "a",
    completion_window: "2h",
  });
});

test(
  "all are created at once, and the input is read to its end for it",
  options,
  async () => {
    const { sim, client } = open();
    const start = sim.clock.now();
    await client.direct(sums(300), { ...asked, concurrency: 4 }).collect();
    const created = sim.ledger.responses.map(({ createdAt }) => createdAt);
    assert.ok(Math.max(...created) - start < 30_000);
  },
);

test(
  "looks come at longer and longer times, and are few",
  options,
  async () => {
    const { sim } = open({ faults: { stays_queued: 1 } });
    const { fetch, times } = watchCalls(sim, RETRIEVE);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    await client.direct(["a"], { ...asked, maxAttempts: 1 }).collect();
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    assert.ok(Math.min(...gaps.slice(0, 10)) >= 5_000);
    assert.ok(Math.max(...gaps) > 290_000 && Math.max(...gaps) < 301_000);
    assert.ok(times.length < 80, `${times.length}`);
  },
);

test("no more looks than 600 begin within a minute", options, async () => {
  const { sim } = open({ faults: { stays_queued: 0.5 } });
  const { fetch, most, times } = watchCalls(sim, RETRIEVE);
  const client = new OpenAIBatch({ ...sim.options, fetch });
  const stream = client.direct(sums(800), { ...asked, maxAttempts: 1 });
  for (let i = 0; i < 100; i++) await stream.next();
  await stream.return();
  assert.ok(times.length > 800);
  assert.ok(most() > 500 && most() <= 600, `${most()}`);
});

test(
  "while responses run, that is said, with the next look",
  options,
  async () => {
    const { sim, client } = open();
    const seen: WaitingFor[] = [];
    await client.direct(sums(2), {
      ...asked,
      progress: ({ waitingFor }) => void (waitingFor && seen.push(waitingFor)),
    }).collect();
    assert.deepEqual(
      new Set(seen.map(({ reason }) => reason)),
      new Set(["responses"]),
    );
    assert.ok(
      seen.some(({ until }) => until && +until > sim.clock.now() - 2 * HOUR),
    );
  },
);

test("a webhook moves its request on, and no other", options, async () => {
  const { sim } = open();
  const { fetch, times } = watchCalls(sim, RETRIEVE);
  const client = new OpenAIBatch({ ...sim.options, fetch });
  const told = new Map<string, number>();
  let moved = 0;
  sim.onWebhook(async (request) => {
    const now = sim.clock.now();
    const verified = verifyWebhook(request, sim.webhookSecret, { now });
    const event = await (sim.clock as VirtualClock).hold(verified);
    if (client.notify(event)) moved++;
    client.notify(event); // deliveries come twice
    told.set(String(event.data.id), now);
  });
  const late: number[] = [];
  for await (const { body } of client.direct(sums(20), asked)) {
    late.push(sim.clock.now() - told.get(body!.id)!);
  }
  assert.equal(told.size, 20);
  assert.ok(moved >= 15, `${moved}`); // others were looked at meanwhile
  assert.ok(Math.max(...late) < 2_000, `${late}`);
  assert.ok(times.length < 20 * 40);
});

test("other programs' events change nothing", options, () => {
  const { client } = open();
  for (const type of ["response.completed", "batch.completed", "x"]) {
    assert.equal(client.notify({ type, data: { id: "resp_1" } }), false);
  }
  assert.equal(client.notify({ type: "response.completed", data: {} }), false);
});

test(
  "without credit nothing new is created; what runs is read, then it is said",
  options,
  async () => {
    const { sim } = open();
    let created = 0;
    const fetch: typeof sim.fetch = (input, init) => {
      const isCreate = init?.method === "POST" &&
        /\/responses$/.test(String(input));
      if (!isCreate || ++created <= 5) return sim.fetch(input, init);
      const error = { code: "insufficient_quota", message: "Pay first." };
      return Promise.resolve(Response.json({ error }, { status: 429 }));
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const stream = client.direct(sums(20), { ...asked, concurrency: 1 });
    let results = 0;
    await assert.rejects(async () => {
      for await (const { ok } of stream) if (ok) results++;
    }, QuotaError);
    assert.equal(results, 5);
  },
);

test(
  "a create without an answer is an attempt, and counts as possibly paid",
  options,
  async () => {
    const { sim, client } = open({
      faults: { "responses.create:reset_after": 0.3 },
    });
    const stream = client.direct(sums(40), { ...asked, maxAttempts: 10 });
    const run = await stream.collect();
    assert.deepEqual(run.values(), answers(40));
    const lost = sim.ledger.responses.length - 40;
    assert.ok(lost > 5);
    assert.equal(stream.possiblyPaid, lost);
    const attempts = run.results.reduce(
      (sum, { attempts }) => sum + attempts,
      0,
    );
    assert.equal(attempts, 40 + lost);
  },
);

test(
  "an outage of half an hour is ridden out, one of an hour ends it",
  options,
  async () => {
    for (
      const [length, isOver] of [[30 * MINUTE, false], [
        70 * MINUTE,
        true,
      ]] as const
    ) {
      const { sim } = open();
      const start = sim.clock.now() + 2 * MINUTE;
      const fetch: typeof sim.fetch = async (input, init) => {
        const age = sim.clock.now() - start;
        if (age < 0 || age > length) return await sim.fetch(input, init);
        await sim.clock.sleep(100, init?.signal ?? undefined);
        return Response.json({ error: { message: "down" } }, { status: 503 });
      };
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = client.direct(sums(20), asked).collect();
      if (!isOver) assert.deepEqual((await run).values(), answers(20));
      else await assert.rejects(run, APIError);
    }
  },
);

test(
  "one unreadable response doesn't hold up the others, and is not sent again",
  options,
  async () => {
    const { sim } = open();
    let bad = "";
    const fetch: typeof sim.fetch = async (input, init) => {
      const isRead = RETRIEVE.test(String(input));
      if (isRead) bad ||= String(input);
      if (String(input) !== bad) return await sim.fetch(input, init);
      await sim.clock.sleep(100, init?.signal ?? undefined);
      return Response.json({ id: "resp_other", status: "completed" });
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const start = sim.clock.now();
    const { results, failed } = await client.direct(sums(30), asked).collect();
    assert.equal(results.length, 30);
    assert.equal(failed.length, 1);
    assert.equal(failed[0]?.error.code, "response_queued");
    assert.equal(sim.ledger.responses.length, 30);
    assert.ok(sim.clock.now() - start < 2.5 * HOUR);
  },
);

test("slow readers hold up the looks, not the memory", options, async () => {
  const { sim, client } = open();
  const stream = client.direct(sums(200), { ...asked, concurrency: 10 });
  await stream.next();
  await sim.clock.advance(3 * HOUR);
  const before = callsTo(sim, "GET", RETRIEVE);
  await sim.clock.advance(3 * HOUR);
  assert.equal(callsTo(sim, "GET", RETRIEVE), before);
  const { results } = await stream.collect();
  assert.equal(results.length, 199);
  assert.ok(callsTo(sim, "GET", RETRIEVE) > before + 100);
});

test(
  "at the deadline of a job the rest is answered in the window",
  options,
  async () => {
    const { sim, client } = open({ faults: { expired: 1 } });
    const { results, usage } = await client.run(sums(20), {
      ...asked,
      deadline: 8 * HOUR,
      atDeadline: "direct",
    });
    assert.ok(results.every(({ ok }) => ok));
    const lanes = usage.models.map(({ lane }) => lane).sort();
    assert.deepEqual(lanes, ["2h", "batch"]);
    assert.ok(sim.ledger.responses.length > 0);
  },
);
