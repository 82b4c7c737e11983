/** What is read of a ledger in a background window, and what is left of it. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { sums } from "../_support/sums.ts";
import { asked, mortal, open, runUntilDeath, twice } from "./_window_crash.ts";

const SECOND = 1_000;

const MINUTE = 60 * SECOND;

const HOUR = 60 * MINUTE;

const answers = (count: number) =>
  Array.from({ length: count }, (_, i) => `1 + ${i} = ${1 + i}`);

test(
  "what lists don't show yet is given the time to show",
  options,
  async () => {
    const { sim } = open();
    await runUntilDeath(sim, { nth: 50, after: 11 * SECOND }, sums(50));
    // Files of the last 25 s are on no list.
    const fetch: typeof sim.fetch = async (input, init) => {
      const response = await sim.fetch(input, init);
      if (!/\/files\?/.test(String(input))) return response;
      const { data, ...page } = await response.json();
      const since = sim.clock.now() / 1_000 - 25;
      const isOld = (file: { created_at: number }) => file.created_at < since;
      return Response.json({ ...page, data: data.filter(isOld) });
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.direct(sums(50), asked).collect();
    assert.deepEqual(run.values(), answers(50));
    assert.equal(twice(sim), 0);
  },
);

test("a ledger file that breaks off is read again", options, async () => {
  const { sim } = open();
  await runUntilDeath(sim, { nth: 50, after: MINUTE }, sums(50));
  let cut = 0;
  const fetch: typeof sim.fetch = async (input, init) => {
    const response = await sim.fetch(input, init);
    if (!String(input).endsWith("/content") || cut++ > 1) return response;
    const text = await response.text();
    return new Response(text.slice(0, text.length / 2));
  };
  const client = new OpenAIBatch({ ...sim.options, fetch });
  await client.direct(sums(50), asked).collect();
  assert.ok(cut > 2);
  assert.equal(twice(sim), 0);
});

test(
  "one that never has what its name says is not taken for less",
  options,
  async () => {
    const { sim } = open();
    await runUntilDeath(sim, { nth: 50, after: MINUTE }, sums(50));
    const fetch: typeof sim.fetch = async (input, init) => {
      const response = await sim.fetch(input, init);
      if (!String(input).endsWith("/content")) return response;
      return new Response(new Blob([(await response.text()).slice(0, -100)]));
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    await assert.rejects(
      client.direct(sums(50), asked).collect(),
      /doesn't have the \d+ responses its name says/,
    );
    assert.equal(twice(sim), 0);
  },
);

test(
  "cancelled without being read, it ends what an earlier process has left, for good",
  options,
  async () => {
    const { sim, client } = open({ faults: { stays_queued: 1 } });
    await runUntilDeath(sim, { nth: 20, after: MINUTE }, sums(20));
    await client.direct([], asked).cancel();
    const states = new Set(sim.ledger.responses.map(({ status }) => status));
    assert.deepEqual(states, new Set(["cancelled"]));
    const run = await client.direct(sums(25), asked).collect();
    assert.equal(sim.ledger.responses.length, 20);
    assert.equal(run.failed.length, 25);
  },
);

test(
  "cancelled by another process while it runs, it creates nothing more",
  options,
  async () => {
    const { sim, client } = open({ faults: { stays_queued: 1 } });
    async function* slowly() {
      for (const request of sums(200)) {
        await sim.clock.sleep(2 * SECOND);
        yield request;
      }
    }
    const running = client.direct(slowly(), asked).collect();
    await sim.clock.advance(MINUTE);
    const other = new OpenAIBatch(sim.options);
    await other.direct([], asked).cancel();
    const run = await running;
    const { responses } = sim.ledger;
    assert.ok(responses.length < 100, `${responses.length}`);
    assert.ok(responses.every(({ status }) => status === "cancelled"));
    // The other process may cancel a response that this one is looking at.
    const odd = run.failed.filter(({ error }) =>
      !["cancelled", "response_cancelled"].includes(error.code)
    );
    assert.deepEqual(odd, []);
    assert.equal(run.failed.length, 200);
  },
);

test(
  "cleaned up by another process, nothing of it is left",
  options,
  async () => {
    const { sim, client } = open();
    await client.direct(sums(20), asked).collect();
    await new OpenAIBatch(sim.options).direct([], asked).cleanup();
    assert.ok(sim.ledger.responses.every(({ isDeleted }) => isDeleted));
    assert.deepEqual(sim.ledger.files, []);
  },
);

test(
  "the rest of a named batch job survives a crash in a window, too",
  options,
  async () => {
    const { sim, client } = open({ faults: { expired: 1 } });
    const job = {
      ...asked,
      lane: "2h",
      deadline: 8 * HOUR,
      atDeadline: "direct",
    } as const;
    const { client: first, dead } = mortal(sim, { nth: 3, after: MINUTE });
    void first.run(sums(40), job).catch(() => {});
    await dead;
    const { length } = sim.ledger.responses;
    assert.ok(length > 0);
    const run = await client.run(sums(40), job);
    assert.deepEqual(run.values(), answers(40));
    assert.equal(sim.ledger.responses.length, length);
  },
);

const late = {
  ...asked,
  lane: "2h",
  deadline: 8 * HOUR,
  atDeadline: "direct",
} as const;

test(
  "cleanup of a batch job deletes the responses of its deadline, too",
  options,
  async () => {
    const { sim, client } = open({ faults: { expired: 1 } });
    await client.run(sums(40), late);
    assert.ok(sim.ledger.responses.length > 0);
    const job = await client.attach("night", {
      lane: "2h",
      atDeadline: "direct",
    });
    await job.cleanup();
    assert.ok(sim.ledger.responses.every(({ isDeleted }) => isDeleted));
    assert.deepEqual(sim.ledger.files, []);
  },
);

test(
  "cancel of a batch job cancels the responses of its deadline, whoever reads",
  options,
  async () => {
    const { sim, client } = open({ faults: { expired: 1, stays_queued: 1 } });
    const run = client.run(sums(40), late);
    while (sim.ledger.responses.length === 0) await sim.clock.advance(MINUTE);
    await sim.clock.advance(MINUTE);
    const job = await client.attach("night", {
      lane: "2h",
      atDeadline: "direct",
      deadline: 8 * HOUR,
    });
    await job.cancel();
    const { results } = await run;
    assert.equal(results.length, 40);
    const states = new Set(sim.ledger.responses.map(({ status }) => status));
    assert.deepEqual(states, new Set(["cancelled"]));
  },
);

test(
  "a name in another lane, or one that can't be a name, is refused",
  options,
  async () => {
    const { client } = open();
    const send = (more: object) => async () =>
      await client.direct(["a"], { ...asked, ...more }).collect();
    await assert.rejects(
      send({ lane: "flex" }),
      /The option job needs the lane/,
    );
    await assert.rejects(send({ job: "a b" }), /must have 1 to 64/);
  },
);
