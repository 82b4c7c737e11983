/**
 * The lanes 8h and 2h: responses in the background.
 *
 * @module
 */

import assert from "node:assert/strict";
import test from "node:test";
import {
  APIError,
  type DirectOptions,
  JobIncompleteError,
  OpenAIBatch,
  QuotaError,
  type ResponsesBody,
  type WaitingFor,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
  type VirtualClock,
} from "@offpeak/openai-batch/testing";
import { verifyWebhook } from "@offpeak/openai-batch/webhooks";
import { callsTo, sums } from "../_support/sums.ts";

const options = { timeout: 60_000 };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Options = DirectOptions<"/v1/responses">;

const asked = {
  endpoint: "/v1/responses",
  lane: "2h",
  params: { model: "gpt-5" },
  progress: false,
} satisfies Options;

function open(simulator: SimulatorOptions = {}) {
  const sim = createSimulator(simulator);
  return { sim, client: new OpenAIBatch(sim.options) };
}

const RETRIEVE = /\/responses\/[^/]+$/;
const CANCEL = /\/responses\/[^/]+\/cancel$/;

const answers = (count: number) =>
  Array.from({ length: count }, (_, i) => `1 + ${i} = ${1 + i}`);

/** The most calls of a kind within a minute, on the simulator's clock. */
function watchCalls(sim: Simulator, kind: RegExp) {
  const times: number[] = [];
  const fetch: typeof sim.fetch = (input, init) => {
    const { pathname } = new URL(String(input));
    if (kind.test(pathname)) times.push(sim.clock.now());
    return sim.fetch(input, init);
  };
  const most = () =>
    Math.max(
      ...times.map((start, i) =>
        times.slice(i).filter((time) => time < start + MINUTE).length
      ),
    );
  return { fetch, times, most };
}

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
  const stream = client.direct(sums(1_200), { ...asked, maxAttempts: 1 });
  for (let i = 0; i < 500; i++) await stream.next();
  await stream.return();
  assert.ok(times.length > 1_200);
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

test("events of others change nothing", options, () => {
  const { client } = open();
  for (const type of ["response.completed", "batch.completed", "x"]) {
    assert.equal(client.notify({ type, data: { id: "resp_1" } }), false);
  }
  assert.equal(client.notify({ type: "response.completed", data: {} }), false);
});

test(
  "a response that stays queued is cancelled an hour past its window, and sent again",
  options,
  async () => {
    const { sim, client } = open({ seed: 3, faults: { stays_queued: 0.3 } });
    const run = await client.direct(sums(40), { ...asked, maxAttempts: 5 })
      .collect();
    assert.deepEqual(run.values(), answers(40));
    const { responses, requests } = sim.ledger;
    const cancelled = responses.filter(({ status }) => status === "cancelled");
    assert.ok(cancelled.length > 5);
    assert.equal(responses.length, 40 + cancelled.length);
    assert.equal(requests.length, 40); // none was paid twice
    assert.equal(callsTo(sim, "POST", CANCEL), cancelled.length);
    const again = run.results.filter(({ attempts }) => attempts > 1).length;
    assert.ok(again > 5 && again <= cancelled.length);
  },
);

test(
  "one that always stays queued fails after maxAttempts, unpaid",
  options,
  async () => {
    const { sim, client } = open({ faults: { stays_queued: 1 } });
    const start = sim.clock.now();
    const run = await client.direct(["a"], { ...asked, maxAttempts: 2 })
      .collect();
    assert.equal(run.failed[0]?.error.code, "request_timeout");
    assert.equal(run.failed[0]?.attempts, 2);
    assert.equal(sim.ledger.responses.length, 2);
    assert.equal(run.usage.cost, 0);
    const took = sim.clock.now() - start;
    assert.ok(took >= 6 * HOUR && took < 6.2 * HOUR, `${took}`);
  },
);

test(
  "one that was running when it was cancelled is paid for, and not sent again",
  options,
  async () => {
    const { sim, client } = open({ faults: { never_ends: 1 } });
    const run = await client.direct(["a"], { ...asked, retry: () => true })
      .collect();
    const [failure] = run.failed;
    assert.equal(failure?.error.code, "response_queued");
    assert.match(
      failure!.error.message,
      new RegExp(sim.ledger.responses[0]!.id),
    );
    assert.equal(sim.ledger.responses.length, 1);
    assert.equal(failure?.usage?.output_tokens, 1);
    assert.ok(run.usage.cost! > 0);
  },
);

test(
  "one that can't be cancelled ends as response_queued",
  options,
  async () => {
    const { sim, client } = open({
      faults: { stays_queued: 1, ignores_cancel: 1 },
    });
    const start = sim.clock.now();
    const run = await client.direct(["a"], asked).collect();
    assert.equal(run.failed[0]?.error.code, "response_queued");
    assert.match(run.failed[0]!.error.message, /still running/);
    assert.equal(sim.ledger.responses.length, 1);
    const took = sim.clock.now() - start;
    assert.ok(took > 3 * HOUR && took < 3.5 * HOUR, `${took}`);
  },
);

test(
  "one that someone else has cancelled is not sent again",
  options,
  async () => {
    const { sim, client } = open({ faults: { stays_queued: 1 } });
    const stream = client.direct(["a"], asked);
    const next = stream.next();
    await sim.clock.advance(MINUTE);
    const { apiKey, baseURL } = sim.options;
    const { id } = sim.ledger.responses[0]!;
    const headers = { authorization: `Bearer ${apiKey}` };
    const url = `${baseURL}/responses/${id}/cancel`;
    await sim.fetch(url, { method: "POST", headers });
    const { value } = await next;
    assert.equal(value.error.code, "response_cancelled");
    assert.equal(sim.ledger.responses.length, 1);
  },
);

test(
  "a response that someone has deleted is sent again",
  options,
  async () => {
    const { sim, client } = open();
    const stream = client.direct(["1 + 1 ="], asked);
    const next = stream.next();
    await sim.clock.advance(10_000);
    const { apiKey, baseURL } = sim.options;
    const headers = { authorization: `Bearer ${apiKey}` };
    const { id } = sim.ledger.responses[0]!;
    await sim.fetch(`${baseURL}/responses/${id}`, {
      method: "DELETE",
      headers,
    });
    const { value } = await next;
    assert.equal(value.output, "1 + 1 = 2");
    assert.equal(value.attempts, 2);
  },
);

test(
  "a response that failed is sent again, one that was refused is not",
  options,
  async () => {
    const { client } = open({
      respond: ({ text, attempt }) =>
        attempt > 1 ? "fine" : text === "bad"
          ? {
            status: 400,
            body: { error: { code: "invalid_prompt", message: "No." } },
          }
          : { status: 500, body: {} },
    });
    const { results } = await client.direct(["good", "bad"], asked).collect();
    assert.deepEqual(
      results.map(({ ok, attempts, error }) => [ok, attempts, error?.code]),
      [[true, 2, undefined], [false, 1, "invalid_prompt"]],
    );
  },
);

test(
  "an answer that retry wants better is asked in the window again",
  options,
  async () => {
    const { sim, client } = open({
      respond: ({ body }) => body.max_output_tokens ? "long" : "short",
    });
    const run = await client.direct(["a"], {
      ...asked,
      retry: ({ output }) => output === "short" && { max_output_tokens: 100 },
    }).collect();
    assert.deepEqual(run.values(), ["long"]);
    assert.equal(run.usage.models[0]?.requests, 2);
    assert.ok(
      sim.ledger.responses.every(({ body }) =>
        body.background_options.completion_window === "2h"
      ),
    );
  },
);

test(
  "cancel ends what runs, and each request has its result",
  options,
  async () => {
    const { sim, client } = open({ faults: { stays_queued: 0.5 } });
    const stream = client.direct(sums(40), asked);
    const collected = stream.collect();
    await sim.clock.advance(2 * HOUR);
    await stream.cancel();
    const { results, succeeded } = await collected;
    assert.equal(results.length, 40);
    assert.ok(succeeded.length > 5 && succeeded.length < 35);
    const codes = new Set(results.map(({ error }) => error?.code));
    assert.deepEqual(codes, new Set([undefined, "cancelled"]));
    const active = sim.ledger.responses.filter(({ status }) =>
      status === "queued"
    );
    assert.deepEqual(active, []);
  },
);

test(
  "a cancel of many takes its time, and none is taken for one that can't be cancelled",
  options,
  async () => {
    const { sim } = open({ faults: { stays_queued: 1 } });
    const { fetch, times, most } = watchCalls(sim, CANCEL);
    // Each cancel takes so long that all of them take more than ten minutes.
    const slow: typeof sim.fetch = async (input, init) => {
      if (CANCEL.test(String(input))) await sim.clock.sleep(50_000);
      return await fetch(input, init);
    };
    const client = new OpenAIBatch({ ...sim.options, fetch: slow });
    const stream = client.direct(sums(300), asked);
    const collected = stream.collect();
    await sim.clock.advance(2 * MINUTE);
    const start = sim.clock.now();
    await stream.cancel();
    const { results } = await collected;
    assert.ok(sim.clock.now() - start > 12 * MINUTE);
    const codes = new Set(results.map(({ error }) => error?.code));
    assert.deepEqual(codes, new Set(["cancelled"]));
    assert.equal(times.length, 300); // each once
    assert.ok(most() <= 600);
  },
);

test(
  "cancel while requests are still read: the rest fails unsent",
  options,
  async () => {
    const { sim, client } = open();
    async function* slowly() {
      for (let i = 0; i < 10; i++) {
        await sim.clock.sleep(MINUTE);
        yield `1 + ${i} =`;
      }
    }
    const stream = client.direct(slowly, asked);
    const collected = stream.collect();
    await sim.clock.advance(5.5 * MINUTE);
    await stream.cancel();
    const { results } = await collected;
    assert.equal(results.length, 10);
    assert.equal(sim.ledger.responses.length, 5);
    assert.equal(results[9]?.error?.code, "cancelled");
    assert.equal(results[9]?.lane, "2h");
  },
);

test(
  "cancel of direct calls in other lanes ends the asking",
  options,
  async () => {
    const { sim, client } = open();
    const stream = client.direct(sums(100), {
      params: { model: "gpt-5" },
      concurrency: 4,
      progress: false,
    });
    for (let i = 0; i < 10; i++) await stream.next();
    await stream.cancel();
    const { results } = await stream.collect();
    assert.equal(results.length, 90);
    assert.ok(results.some(({ error }) => error?.code === "cancelled"));
    assert.ok(sim.ledger.requests.length < 20);
  },
);

for (const atAbort of ["leave", "cancel"] as const) {
  test(`a break with atAbort "${atAbort}"`, options, async () => {
    const { sim, client } = open({ faults: { stays_queued: 0.5 } });
    for await (const _ of client.direct(sums(20), { ...asked, atAbort })) break;
    const active = sim.ledger.responses.filter(({ status }) =>
      status === "queued" || status === "in_progress"
    );
    assert.equal(active.length > 0, atAbort === "leave");
  });

  test(`a signal with atAbort "${atAbort}"`, options, async () => {
    const { sim, client } = open({ faults: { stays_queued: 1 } });
    const leave = new AbortController();
    const { signal } = leave;
    const run = client.direct(sums(20), { ...asked, atAbort, signal })
      .collect();
    const ended = assert.rejects(run, /enough/);
    await sim.clock.advance(MINUTE);
    leave.abort(new Error("enough"));
    await ended;
    const active = sim.ledger.responses.filter(({ status }) =>
      status === "queued"
    );
    assert.equal(active.length, atAbort === "leave" ? 20 : 0);
  });
}

test(
  "cleanup deletes the responses, once all have ended",
  options,
  async () => {
    const { sim, client } = open();
    const stream = client.direct(sums(10), asked);
    await stream.next();
    await assert.rejects(
      stream.cleanup(),
      (error) =>
        error instanceof JobIncompleteError &&
        /responses have not ended/.test(error.message),
    );
    await stream.collect();
    await stream.cleanup();
    assert.ok(sim.ledger.responses.every(({ isDeleted }) => isDeleted));
  },
);

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
