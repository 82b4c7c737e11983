/** Calls of `createBatchFetch` that are given up, and calls in an edge function. */

import {
  type BatchFetch,
  type BatchFetchOptions,
  createBatchFetch,
} from "@offpeak/openai-batch/fetch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { ask } from "../_support/calls.ts";
import { errorAnswer, isCreate, refuse } from "../_support/servers.ts";

function start(
  sim: Simulator,
  more: Partial<BatchFetchOptions> = {},
): BatchFetch {
  const { fetch, clock } = sim.options;
  return createBatchFetch({ fetch, clock, job: "night", ...more });
}

test(
  "a plain abort does not end the wait, and the next equal call takes its place",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const limit = new AbortController();
    const first = ask(fetch, "a", { signal: limit.signal });
    await fetch.flush();
    limit.abort();
    const second = ask(fetch, "a");
    assert.deepEqual((await first).body, (await second).body);
    assert.equal(sim.ledger.requests.length, 1);
    await ask(fetch, "a");
    assert.equal(sim.ledger.requests.length, 2);
  },
);

test(
  "an abort with another reason rejects, and the next equal call takes its place",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const leaving = new AbortController();
    const reason = new Error("no longer wanted");
    const first = ask(fetch, "a", { signal: leaving.signal });
    const rejected = assert.rejects(first, reason);
    await fetch.flush();
    leaving.abort(reason);
    await rejected;
    assert.equal(fetch.pending, 0);
    assert.equal((await ask(fetch, "a")).status, 200);
    assert.equal(sim.ledger.requests.length, 1);
  },
);

test(
  "a call that was given up before its window ended is not sent",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const leaving = new AbortController();
    const first = ask(fetch, "a", { signal: leaving.signal });
    const rejected = assert.rejects(first);
    leaving.abort(new Error("no longer wanted"));
    await rejected;
    await ask(fetch, "b");
    assert.deepEqual(sim.ledger.requests.map(({ text }) => text), ["b"]);
  },
);

test(
  "an already aborted signal rejects at once, as with fetch",
  options,
  async () => {
    const fetch = start(createSimulator());
    await assert.rejects(ask(fetch, "a", { signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
  },
);

for (const how of ["close", "the signal"]) {
  test(
    `${how} ends all waits and every later call; the batches go on`,
    options,
    async () => {
      const sim = createSimulator();
      const ending = new AbortController();
      const fetch = start(sim, { signal: ending.signal });
      const reason = new Error("the deploy is over");
      const rejected = [ask(fetch, "a"), ask(fetch, "b")].map((call) =>
        assert.rejects(call, reason)
      );
      await fetch.flush();
      if (how === "close") await fetch.close(reason);
      else ending.abort(reason);
      await Promise.all(rejected);
      assert.equal(fetch.pending, 0);
      await assert.rejects(ask(fetch, "c"), reason);
      assert.deepEqual(
        sim.ledger.batches.map(({ status }) => status === "cancelled"),
        [false],
      );
      const again = start(sim);
      await Promise.all([ask(again, "a"), ask(again, "b")]);
      assert.equal(again.stats.sent, 0);
    },
  );
}

test(
  "an edge function gets one stage further each time that a cron runs it",
  options,
  async () => {
    const sim = createSimulator({ respond: ({ text }) => `${text}!` });
    const invoke = async () => {
      const fetch = start(sim, { pending: "respond" });
      const program = async () => {
        const first = await ask(fetch, "a");
        if (first.status !== 200) return first;
        return await ask(fetch, first.text!);
      };
      const startedAt = sim.clock.now();
      const answer = await program();
      assert.ok(sim.clock.now() - startedAt < 15_000);
      await fetch.flush();
      return answer;
    };
    const stages: string[] = [];
    for (let times = 0; times < 100; times++) {
      const answer = await invoke();
      if (answer.status === 200) {
        assert.equal(answer.text, "a!!");
        assert.deepEqual(stages, ["pending", "pending"]);
        assert.deepEqual(sim.ledger.requests.map(({ text }) => text), [
          "a",
          "a!",
        ]);
        return;
      }
      assert.deepEqual([answer.status, answer.code], [400, "pending"]);
      assert.ok(Number(answer.headers.get("retry-after")) > 0);
      assert.equal(answer.headers.get("x-should-retry"), "false");
      if (sim.ledger.batches.length > stages.length) stages.push("pending");
      await sim.clock.sleep(300_000);
    }
    assert.fail("It never got there");
  },
);

test(
  "in an edge function a file without a batch gets one",
  options,
  async () => {
    const sim = createSimulator();
    let isDown = true;
    const fetch = refuse(
      sim,
      (call) => isCreate(call) && isDown,
      () => errorAnswer(403, "not_now"),
    );
    const invoke = async () => {
      const batchFetch = start(sim, { fetch, pending: "respond" });
      const { status } = await ask(batchFetch, "a");
      await batchFetch.flush().catch(() => {});
      return status;
    };
    await invoke();
    isDown = false;
    for (let times = 0; times < 100; times++) {
      if (await invoke() === 200) {
        return assert.equal(
          sim.ledger.batches.length,
          1,
        );
      }
      await sim.clock.sleep(120_000);
    }
    assert.fail("It never got there");
  },
);

test(
  "a call that was plainly aborted and answered has used its number up",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = start(sim);
    const limit = new AbortController();
    const first = ask(fetch, "a", { signal: limit.signal });
    await fetch.flush();
    limit.abort();
    await first;
    await ask(fetch, "a");
    assert.equal(sim.ledger.requests.length, 2);
  },
);
