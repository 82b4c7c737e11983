/**
 * Named window jobs: what survives a crash, and what may be paid twice.
 *
 * @module
 */

import { JobConflictError, OpenAIBatch } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { callsTo, sums } from "../_support/sums.ts";
import {
  asked,
  open,
  runUntilDeath,
  slowCreates,
  twice,
} from "./_window_crash.ts";

const SECOND = 1_000;

const MINUTE = 60 * SECOND;

const HOUR = 60 * MINUTE;

const FILES = /\/files$/;

const CREATE = /\/responses$/;

const answers = (count: number) =>
  Array.from({ length: count }, (_, i) => `1 + ${i} = ${1 + i}`);

/** Ids that stand in a ledger file now. */
async function writtenIn(sim: Simulator): Promise<Set<string>> {
  const { apiKey, baseURL } = sim.options;
  const headers = { authorization: `Bearer ${apiKey}` };
  const written = new Set<string>();
  for (const { id, filename } of sim.ledger.files) {
    if (!filename.startsWith("night.v1.responses.n")) continue;
    const content = await sim.fetch(`${baseURL}/files/${id}/content`, {
      headers,
    });
    for (const line of (await content.text()).trim().split("\n")) {
      written.add(JSON.parse(line).response);
    }
  }
  return written;
}

/** Responses whose ids no ledger file has: those of 10 s at most. */
async function lostIn(sim: Simulator) {
  const written = await writtenIn(sim);
  const lost = sim.ledger.responses.filter(({ id }) => !written.has(id));
  const times = lost.map(({ createdAt }) => createdAt);
  const span = Math.max(...times) - Math.min(...times);
  // A create that has begun within the 10 s may end behind them.
  assert.ok(lost.length < 2 || span < 11 * SECOND, `${span}`);
  return lost;
}

test(
  "killed after all were created, it continues where it was and pays nothing twice",
  options,
  async () => {
    const { sim, client } = open();
    await runUntilDeath(sim, { nth: 100, after: MINUTE }, sums(100));
    assert.equal(sim.ledger.responses.length, 100);
    await sim.clock.advance(HOUR);
    const run = await client.direct(sums(100), asked).collect();
    assert.deepEqual(run.values(), answers(100));
    assert.equal(run.jobId, "night");
    assert.equal(sim.ledger.responses.length, 100);
    assert.equal(run.usage.models[0]?.requests, 100);
    assert.ok(run.results.every(({ attempts }) => attempts === 1));
  },
);

test(
  "run again when it is done, it creates nothing and gives the same",
  options,
  async () => {
    const { sim, client } = open();
    const first = await client.direct(sums(30), asked).collect();
    const again = await client.direct(sums(30), asked).collect();
    assert.deepEqual(again.values(), first.values());
    assert.equal(again.usage.cost, first.usage.cost);
    assert.equal(sim.ledger.responses.length, 30);
  },
);

for (const seed of [1, 2, 3, 4]) {
  test(
    `killed while it creates: no more than 10 s of creates are paid twice (${seed})`,
    options,
    async () => {
      const { sim, client } = open({
        seed,
        faults: { "files.create:503": 0.3 },
      });
      // One create at a time: 10 s of them are about twenty.
      const death = { nth: 21 + 5 * seed, after: seed * 733 };
      const one = { concurrency: 1 };
      await runUntilDeath(sim, death, sums(60), one, slowCreates(sim));
      const { responses } = sim.ledger;
      const lost = await lostIn(sim);
      assert.ok(responses.length > lost.length && responses.length < 60);
      const run = await client.direct(sums(60), asked).collect();
      assert.deepEqual(run.values(), answers(60));
      assert.equal(twice(sim), lost.length);
    },
  );
}

test(
  "nothing is created while an id is unwritten for more than 10 s",
  options,
  async () => {
    const { sim } = open();
    const send = slowCreates(sim);
    const counts: number[] = [];
    let creates = 0;
    let isDown = false;
    const goDown = async () => {
      isDown = true;
      for (const wait of [30 * SECOND, 20 * MINUTE]) {
        await sim.clock.sleep(wait);
        counts.push(sim.ledger.responses.length);
      }
      isDown = false;
    };
    const fetch: typeof sim.fetch = async (input, init) => {
      const isPost = init?.method === "POST";
      const isCreate = isPost && CREATE.test(String(input));
      if (isCreate && ++creates === 40) void goDown();
      const isUpload = isPost && FILES.test(String(input));
      if (!isDown || !isUpload) return await send(input, init);
      await sim.clock.sleep(100);
      return new Response("", { status: 503 });
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.direct(sums(80), { ...asked, concurrency: 1 })
      .collect();
    assert.deepEqual(run.values(), answers(80));
    const [before, after] = counts;
    assert.ok(before! >= 40 && before! < 70, `${before}`);
    assert.equal(after, before);
  },
);

test(
  "no more than one ledger file is written within 10 s",
  options,
  async () => {
    const { sim } = open();
    const send = slowCreates(sim);
    const times: number[] = [];
    const fetch: typeof sim.fetch = (input, init) => {
      const isUpload = init?.method === "POST" && FILES.test(String(input));
      if (isUpload) times.push(sim.clock.now());
      return send(input, init);
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    await client.direct(sums(120), { ...asked, concurrency: 1 }).collect();
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    assert.ok(times.length > 5);
    assert.ok(Math.min(...gaps) >= 10 * SECOND, `${gaps}`);
  },
);

/** Requests so far apart that each has a ledger file of its own. */
function slowly(sim: Simulator, count: number) {
  return async function* () {
    for (const request of sums(count)) {
      await sim.clock.sleep(15 * SECOND);
      yield request;
    }
  };
}

test(
  "past 50 ledger files are put into one, of which every id can be read",
  options,
  async () => {
    const { sim, client } = open();
    const death = { nth: 110, after: MINUTE };
    await runUntilDeath(sim, death, slowly(sim, 110));
    assert.ok(callsTo(sim, "POST", FILES) > 51);
    assert.ok(sim.ledger.files.length <= 51, `${sim.ledger.files.length}`);
    assert.equal((await writtenIn(sim)).size, 110);
    const run = await client.direct(sums(110), asked).collect();
    assert.deepEqual(run.values(), answers(110));
    assert.equal(sim.ledger.responses.length, 110);
  },
);

test(
  "killed while files are put into one, nothing is lost",
  options,
  async () => {
    const { sim, client } = open();
    const death = { method: "DELETE", path: /./, nth: 5 };
    await runUntilDeath(sim, death, slowly(sim, 90));
    const created = sim.ledger.responses.length;
    assert.ok(created > 45 && created < 90, `${created}`);
    const lost = await lostIn(sim);
    const run = await client.direct(sums(90), asked).collect();
    assert.deepEqual(run.values(), answers(90));
    assert.equal(twice(sim), lost.length);
  },
);

test(
  "a request that was sent again continues with its last attempt, and all is in the usage",
  options,
  async () => {
    const { sim, client } = open({
      respond: ({ attempt }) => attempt === 1 ? "short" : "longer",
    });
    const retry = ({ output }: { output?: unknown }) => output === "short";
    await runUntilDeath(sim, { nth: 40, after: MINUTE }, sums(20), { retry });
    assert.equal(sim.ledger.responses.length, 40);
    const run = await client.direct(sums(20), { ...asked, retry }).collect();
    assert.equal(sim.ledger.responses.length, 40);
    assert.ok(run.results.every(({ ok, attempts }) => ok && attempts === 2));
    assert.equal(run.usage.models[0]?.requests, 40);
  },
);

test(
  "other input under the name is refused before anything of it is sent",
  options,
  async () => {
    const { sim, client } = open();
    await client.direct(sums(5), asked).collect();
    const other = sums(5).map(({ id }) => ({ id, content: "2 + 2 =" }));
    const conflict = async (stream: AsyncIterable<unknown>) =>
      await assert.rejects(async () => {
        for await (const _ of stream);
      }, JobConflictError);
    await conflict(client.direct(other, asked));
    await conflict(client.direct(sums(5), { ...asked, lane: "2h" }));
    assert.equal(callsTo(sim, "POST", CREATE), 5);
  },
);
