/** How responses in a background window end: late, cancelled, deleted, failed. */

import { JobIncompleteError, OpenAIBatch } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { callsTo, sums } from "../_support/sums.ts";
import { asked, open, watchCalls } from "./_windows.ts";

const MINUTE = 60_000;

const HOUR = 60 * MINUTE;

const CANCEL = /\/responses\/[^/]+\/cancel$/;

const answers = (count: number) =>
  Array.from({ length: count }, (_, i) => `1 + ${i} = ${1 + i}`);

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
