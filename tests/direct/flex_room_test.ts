/** What becomes of calls in flex while there is no room. */

import { APIError, OpenAIBatch, type WaitingFor } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { read } from "../_support/direct.ts";
import { json } from "../_support/scripted.ts";
import { sums } from "../_support/sums.ts";
import { open, tiersOf } from "./_lanes.ts";

const params = { model: "gpt-5" };

const MINUTE = 60_000;

const HOUR = 60 * MINUTE;

/** Flex has no room until a moment of the clock. */
function fullUntil(sim: Simulator, at: number): OpenAIBatch {
  const fetch: typeof sim.fetch = async (url, init) => {
    const { service_tier } = await new Response(init?.body as Blob).json();
    if (service_tier !== "flex" || sim.clock.now() >= at) {
      return await sim.fetch(url, init);
    }
    await sim.clock.sleep(100, init?.signal ?? undefined);
    return json({ error: NO_ROOM }, 429);
  };
  return new OpenAIBatch({ ...sim.options, fetch });
}

const NO_ROOM = {
  message: "Resource unavailable",
  type: "resource_unavailable",
  code: "resource_unavailable",
};

test(
  "a lack of room is waited out and reported, and doesn't count as an attempt",
  options,
  async () => {
    const { sim } = open();
    const client = fullUntil(sim, sim.clock.now() + 50 * MINUTE);
    const waits = new Set<WaitingFor["reason"] | undefined>();
    const { succeeded } = await client.direct(sums(40), {
      lane: "flex",
      params,
      maxAttempts: 1,
      progress: ({ waitingFor }) => void waits.add(waitingFor?.reason),
    }).collect();
    assert.equal(succeeded.length, 40);
    assert.ok(
      succeeded.every(({ attempts, lane }) =>
        attempts === 1 && lane === "flex"
      ),
    );
    assert.equal(sim.ledger.requests.length, 40);
    assert.ok(waits.has("retry"));
  },
);

test(
  "an hour without any room ends it, after the results there are",
  options,
  async () => {
    const { sim } = open();
    const client = fullUntil(sim, Infinity);
    const start = sim.clock.now();
    const { results, error } = await read(
      client.direct(sums(3), { lane: "flex", params, progress: false }),
    );
    assert.deepEqual(results, []);
    assert.ok(error instanceof APIError && error.status === 429);
    const took = sim.clock.now() - start;
    assert.ok(took > HOUR && took < HOUR + 5 * MINUTE, `${took}`);
  },
);

test(
  "one request may find no room for hours while others do",
  options,
  async () => {
    const { sim, client } = open();
    const start = sim.clock.now();
    const asked = { lane: "flex", params, progress: false } as const;
    // "unlucky" finds no room for three hours; the others are answered.
    const fetch: typeof sim.fetch = async (url, init) => {
      const text = await new Response(init?.body as Blob).text();
      const isLate = sim.clock.now() - start > 3 * HOUR;
      if (isLate || !text.includes("unlucky")) {
        return await sim.fetch(
          url,
          init,
        );
      }
      await sim.clock.sleep(100);
      return json({ error: NO_ROOM }, 429);
    };
    assert.ok(client);
    const unlucky = new OpenAIBatch({ ...sim.options, fetch });
    async function* input() {
      yield "unlucky";
      for (let i = 0; i < 240; i++) {
        await sim.clock.sleep(MINUTE);
        yield `1 + ${i} =`;
      }
    }
    const { results } = await unlucky.direct(input, asked).collect();
    assert.equal(results.filter(({ ok }) => ok).length, 241);
  },
);

for (const [after, longest] of [[0, 1_000], [90_000, 100_000]] as const) {
  test(
    `no room for ${after} ms: asked at the standard price`,
    options,
    async () => {
      const { sim } = open();
      const client = fullUntil(sim, Infinity);
      const start = sim.clock.now();
      const run = await client.direct(sums(20), {
        lane: "flex",
        fallbackAfter: after,
        params,
        concurrency: 20,
        progress: false,
      }).collect();
      assert.equal(run.succeeded.length, 20);
      assert.ok(
        run.results.every(({ lane, attempts }) =>
          lane === "standard" && attempts === 1
        ),
      );
      assert.deepEqual(tiersOf(sim), Array(20).fill("default"));
      const took = sim.clock.now() - start;
      assert.ok(took >= after && took < after + longest, `${took}`);
    },
  );
}

test(
  "flex stays full for hours: each continues at the standard price",
  options,
  async () => {
    const { sim } = open();
    const client = fullUntil(sim, Infinity);
    const run = await client.direct(sums(30), {
      lane: "flex",
      fallbackAfter: 20 * MINUTE,
      params,
      concurrency: 3,
      progress: false,
    }).collect();
    assert.equal(run.succeeded.length, 30);
  },
);

test(
  "a pause that flex asks for holds up nothing at the standard price",
  options,
  async () => {
    const { sim } = open();
    const fetch: typeof sim.fetch = async (url, init) => {
      const { service_tier } = await new Response(init?.body as Blob).json();
      if (service_tier !== "flex") return await sim.fetch(url, init);
      return json({ error: NO_ROOM }, 429, { "retry-after": "300" });
    };
    const start = sim.clock.now();
    const run = await new OpenAIBatch({ ...sim.options, fetch }).direct(
      sums(40),
      {
        lane: "flex",
        fallbackAfter: 0,
        params,
        concurrency: 4,
        progress: false,
      },
    ).collect();
    assert.equal(run.succeeded.length, 40);
    assert.ok(sim.clock.now() - start < 10_000);
  },
);

test(
  "a rate limit is not a reason to pay the standard price",
  options,
  async () => {
    const { sim, client } = open({ limits: { requestsPerMinute: 5 } });
    const run = await client.direct(sums(30), {
      lane: "flex",
      fallbackAfter: 0,
      params,
      progress: false,
    }).collect();
    assert.equal(run.succeeded.length, 30);
    assert.deepEqual(new Set(tiersOf(sim)), new Set(["flex"]));
  },
);

test(
  "without room for some calls, every request is answered once",
  options,
  async () => {
    const { sim, client } = open({ faults: { resource_unavailable: 0.5 } });
    const { succeeded } = await client.direct(sums(100), {
      lane: "flex",
      params,
      progress: false,
    }).collect();
    assert.equal(succeeded.length, 100);
    assert.equal(sim.ledger.requests.length, 100);
  },
);
