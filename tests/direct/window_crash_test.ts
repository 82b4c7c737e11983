/**
 * Named window jobs: what survives a crash, and what may be paid twice.
 *
 * @module
 */

import assert from "node:assert/strict";
import test from "node:test";
import {
  type DirectOptions,
  JobConflictError,
  OpenAIBatch,
  type Result,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";
import { callsTo, sums } from "../_support/sums.ts";

const options = { timeout: 60_000 };
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const FILES = /\/files$/;
const CREATE = /\/responses$/;

const asked = {
  endpoint: "/v1/responses",
  lane: "8h",
  job: "night",
  params: { model: "gpt-5" },
  progress: false,
} satisfies DirectOptions<"/v1/responses">;

const answers = (count: number) =>
  Array.from({ length: count }, (_, i) => `1 + ${i} = ${1 + i}`);

function open(simulator: SimulatorOptions = {}) {
  const sim = createSimulator(simulator);
  return { sim, client: new OpenAIBatch(sim.options) };
}

/** When a process dies: so many ms after its nth call of a kind has had its effect. */
interface Death {
  method?: string;
  path?: RegExp;
  nth: number;
  after?: number;
}

/** A process that dies: from then on no call of it gets out, and no timer ends. */
function mortal(sim: Simulator, death: Death) {
  const { method = "POST", path = CREATE, nth, after = 0 } = death;
  let isDead = false;
  let left = nth;
  const { promise: dead, resolve } = Promise.withResolvers<void>();
  const never = () => new Promise<never>(() => {});
  const die = async () => {
    if (after > 0) await sim.clock.sleep(after);
    isDead = true;
    await sim.clock.advance(SECOND); // what was under way takes effect
    resolve();
  };
  const fetch: typeof sim.fetch = async (input, init) => {
    if (isDead) return await never();
    const response = await sim.fetch(input, { ...init, signal: null });
    const isIt = (init?.method ?? "GET") === method &&
      path.test(String(input));
    if (isIt && --left === 0) void die();
    return isDead ? await never() : response;
  };
  const clock: typeof sim.clock = {
    now: () => sim.clock.now(),
    sleep: (ms, signal) => isDead ? never() : sim.clock.sleep(ms, signal),
    advance: (ms) => sim.clock.advance(ms),
  };
  return { client: new OpenAIBatch({ ...sim.options, fetch, clock }), dead };
}

function read(stream: AsyncIterable<Result<"/v1/responses">>): void {
  void (async () => {
    for await (const _ of stream);
  })().catch(() => {});
}

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

/** Responses of the same request. */
function twice({ ledger }: Simulator): number {
  const inputs = ledger.responses.map(({ body }) => JSON.stringify(body));
  return inputs.length - new Set(inputs).size;
}

/** Runs requests in a process that dies, and lets go of it. */
async function runUntilDeath(
  sim: Simulator,
  death: Death,
  requests: Parameters<OpenAIBatch["direct"]>[0],
  more: Partial<DirectOptions<"/v1/responses">> = {},
): Promise<void> {
  const { client, dead } = mortal(sim, death);
  read(client.direct(requests as string[], { ...asked, ...more }));
  await dead;
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
      // One create at a time: 10 s of them are about a hundred.
      const death = { nth: 130 + 30 * seed, after: seed * 733 };
      await runUntilDeath(sim, death, sums(300), { concurrency: 1 });
      const written = await writtenIn(sim);
      const { responses } = sim.ledger;
      const lost = responses.filter(({ id }) => !written.has(id));
      const oldest = Math.min(...lost.map(({ createdAt }) => createdAt));
      const newest = Math.max(...lost.map(({ createdAt }) => createdAt));
      assert.ok(responses.length > lost.length && responses.length < 300);
      assert.ok(newest - oldest < 10.5 * SECOND, `${newest - oldest}`);
      const run = await client.direct(sums(300), asked).collect();
      assert.deepEqual(run.values(), answers(300));
      assert.equal(twice(sim), lost.length);
    },
  );
}

test(
  "nothing is created while an id is unwritten for more than 10 s",
  options,
  async () => {
    const { sim } = open();
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
      if (
        isPost && CREATE.test(String(input)) && ++creates === 200
      ) void goDown();
      const isUpload = isPost && FILES.test(String(input));
      if (!isDown || !isUpload) return await sim.fetch(input, init);
      await sim.clock.sleep(100);
      return new Response("", { status: 503 });
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.direct(sums(400), { ...asked, concurrency: 1 })
      .collect();
    assert.deepEqual(run.values(), answers(400));
    const [before, after] = counts;
    assert.ok(before! > 200 && before! < 350, `${before}`);
    assert.equal(after, before);
  },
);

test(
  "no more than one ledger file is written within 10 s",
  options,
  async () => {
    const { sim } = open();
    const times: number[] = [];
    const fetch: typeof sim.fetch = (input, init) => {
      const isUpload = init?.method === "POST" && FILES.test(String(input));
      if (isUpload) times.push(sim.clock.now());
      return sim.fetch(input, init);
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    await client.direct(sums(600), { ...asked, concurrency: 1 }).collect();
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
    const death = { nth: 70, after: MINUTE };
    await runUntilDeath(sim, death, slowly(sim, 70));
    assert.ok(callsTo(sim, "POST", FILES) > 51);
    assert.ok(sim.ledger.files.length < 40, `${sim.ledger.files.length}`);
    assert.equal((await writtenIn(sim)).size, 70);
    const run = await client.direct(sums(70), asked).collect();
    assert.deepEqual(run.values(), answers(70));
    assert.equal(sim.ledger.responses.length, 70);
  },
);

test(
  "killed while files are put into one, nothing is lost",
  options,
  async () => {
    const { sim, client } = open();
    const death = { method: "DELETE", path: /./, nth: 5 };
    await runUntilDeath(sim, death, slowly(sim, 60));
    const created = sim.ledger.responses.length;
    assert.ok(created > 45 && created < 60, `${created}`);
    const run = await client.direct(sums(60), asked).collect();
    assert.deepEqual(run.values(), answers(60));
    assert.equal(twice(sim), 0);
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
