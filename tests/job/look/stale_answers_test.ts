/** Answers that lag behind, never change, or come by a wrong clock. */

import {
  type Batch,
  type Fetch,
  JobExpiredError,
  OpenAIBatch,
  poll,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { codes, paidFor, roundsOf } from "../../_support/looks.ts";
import { errorAnswer, intercept, isCreate } from "../../_support/servers.ts";
import { callsTo, sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, job: "night", batchSize: 2 };
const MINUTE = 60_000;

function calc1FailsOnce({ custom_id, attempt, text }: SimulatedRequest) {
  return custom_id === "calc_1" && attempt === 1
    ? { status: 500, body: {} }
    : text;
}

/** Shows a batch in lists as `show` says; as it is where it is retrieved. */
function rewriteLists(
  sim: Simulator,
  show: (batch: Batch) => object,
): Fetch {
  return intercept(sim, async (call) => {
    const response = await call.send();
    const isList = call.method === "GET" && call.path.endsWith("/batches");
    if (!isList || !response.ok) return response;
    const page = await response.json();
    const data = page.data.map(show);
    return Response.json({ ...page, data }, { headers: response.headers });
  });
}

/** A list that shows each batch for ever as it was when it was created. */
function frozenLists(sim: Simulator): Fetch {
  const first = new Map<string, object>();
  return rewriteLists(sim, (batch) => {
    const shown = { ...batch, status: "validating", request_counts: null };
    const files = { output_file_id: null, error_file_id: null };
    const frozen = first.get(batch.id) ?? { ...shown, ...files };
    first.set(batch.id, frozen);
    return frozen;
  });
}

for (
  const [kind, change] of [
    ["never changes", frozenLists],
    ["leaves the files out", (sim) =>
      rewriteLists(sim, (batch) => ({
        ...batch,
        output_file_id: undefined,
        error_file_id: undefined,
      }))],
  ] as [string, (sim: Simulator) => Fetch][]
) {
  test(
    `a list that ${kind} keeps no job from its end, and nothing is asked twice`,
    options,
    async () => {
      const sim = createSimulator({ respond: calc1FailsOnce });
      const fetch = change(sim);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(7), job);
      assert.deepEqual(codes(run.results), Array(7).fill("ok"));
      assert.deepEqual(paidFor(sim, run.results), Array(7).fill(1));
      const again = await client.run(sums(7), job);
      assert.deepEqual(again.results, run.results);
      const attached = await client.attach("night");
      const third = await attached.results().collect();
      assert.equal(third.succeeded.length, 7);
      assert.equal(roundsOf(sim).length, 5);
    },
  );
}

test(
  "poll ends on a server whose list never changes",
  options,
  async () => {
    const sim = createSimulator();
    const job = await new OpenAIBatch(sim.options).submit(sums(6), {
      params,
      batchSize: 2,
    });
    const ids = sim.ledger.batches.map(({ id }) => id);
    const client = new OpenAIBatch({ ...sim.options, fetch: frozenLists(sim) });
    const last = new Map<string, string>();
    for await (const { id, status } of poll(client, ids)) last.set(id, status);
    assert.deepEqual(ids.map((id) => last.get(id)), Array(3).fill("completed"));
    assert.ok(job);
  },
);

test(
  "a look retrieves one batch by its id, that which has gone unchanged longest, and not all of them",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    await client.run(sums(40), { ...job, pollInterval: 10 * MINUTE });
    const lists = callsTo(sim, "GET", /\/batches$/);
    const retrieved = callsTo(sim, "GET", /\/batches\/[^/]+$/);
    assert.ok(retrieved <= 2 * lists, `${retrieved} for ${lists} lists`);
  },
);

/** Does not know new batches by their ids for a while. */
function forgetsNew(sim: Simulator, ms: number, status = 404): Fetch {
  const createdAt = new Map<string, number>();
  return intercept(sim, async (call) => {
    const id = /\/batches\/([^/]+)/.exec(call.path)?.[1];
    const age = sim.clock.now() - (createdAt.get(id ?? "") ?? -Infinity);
    if (age < ms) return errorAnswer(status, "not_found");
    const response = await call.send();
    if (isCreate(call)) {
      const batch = await response.clone().json();
      createdAt.set(batch.id, sim.clock.now());
    }
    return response;
  });
}

for (const [name, named] of [["with", job], ["without", { params }]] as const) {
  test(
    `404 for a batch that was created a moment ago is waited out, for a job ${name} a name`,
    options,
    async () => {
      const sim = createSimulator();
      const fetch = forgetsNew(sim, 25_000);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(3), named);
      assert.deepEqual(codes(run.results), ["ok", "ok", "ok"]);
      assert.deepEqual(paidFor(sim, run.results), [1, 1, 1]);
    },
  );
}

test(
  "a batch that can't be cancelled for a moment, for it is not known yet, is cancelled later",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = forgetsNew(sim, 25_000);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const submitted = await client.submit(sums(3), { params });
    const status = await submitted.cancel();
    assert.equal(status.activeBatches, 0);
    assert.deepEqual(sim.ledger.batches.map(({ status }) => status), [
      "cancelled",
    ]);
  },
);

for (const status of [404, 410]) {
  test(
    `${status} for a batch of an hour ago that no list shows: it is gone, its job says so, and nothing is asked again`,
    options,
    async () => {
      const sim = createSimulator();
      await new OpenAIBatch(sim.options).submit(sums(2), job);
      const hidden = intercept(sim, async (call) => {
        if (/\/batches\/[^/]+/.test(call.path)) {
          return errorAnswer(status, "not_found");
        }
        return await call.send();
      });
      const fetch: Fetch = async (input, init) => {
        const response = await hidden(input, init);
        const isList = /\/batches\?/.test(String(input));
        const isLate = sim.clock.now() > Date.UTC(2026, 0, 1, 1);
        if (!isList || !isLate) return response;
        return Response.json({ object: "list", data: [] });
      };
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const attached = await client.attach("night");
      await sim.clock.advance(60 * MINUTE);
      await assert.rejects(
        attached.results().collect(),
        (error) => error instanceof JobExpiredError,
      );
      assert.equal(sim.ledger.batches.length, 1);
    },
  );
}

for (const status of [400, 404, 422]) {
  test(
    `${status} for a page of the list that begins behind a batch: its batches are retrieved by their ids`,
    options,
    async () => {
      const sim = createSimulator();
      const others = Array.from({ length: 100 }, (_, i) => ({
        id: `batch_of_others_${i}`,
        object: "batch",
        status: "in_progress",
        input_file_id: "file-of-others",
      }));
      const fetch: Fetch = async (input, init) => {
        const { pathname, searchParams } = new URL(String(input));
        const isList = pathname.endsWith("/batches") && init?.method === "GET";
        if (!isList) return await sim.fetch(input, init);
        if (searchParams.has("after")) return errorAnswer(status, "no_item");
        return Response.json({ object: "list", data: others, has_more: true });
      };
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(12), { params, batchSize: 2 });
      assert.deepEqual(codes(run.results), Array(12).fill("ok"));
      assert.deepEqual(paidFor(sim, run.results), Array(12).fill(1));
    },
  );
}

test(
  "a list of batches that breaks off is read again as far back, so that a twin on its second page is not forgotten",
  options,
  async () => {
    const sim = createSimulator();
    const first = new OpenAIBatch(sim.options);
    await first.submit(sums(2), job);
    const [{ input_file_id, endpoint, metadata }] = sim.ledger.batches as [
      Batch,
    ];
    await sim.clock.advance(MINUTE);
    await first.batches.create({
      input_file_id,
      endpoint,
      metadata,
      completion_window: "24h",
    });
    await sim.clock.advance(24 * 60 * MINUTE);
    let failures = 12;
    const fetch: Fetch = async (input, init) => {
      const url = new URL(String(input));
      const isList = url.pathname.endsWith("/batches");
      if (isList) url.searchParams.set("limit", "1");
      const isCut = isList && url.searchParams.has("after") && failures-- > 0;
      return isCut ? errorAnswer(500, "broken") : await sim.fetch(url, init);
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const attached = await client.attach("night");
    assert.ok(failures <= 0);
    await attached.cleanup();
    assert.deepEqual(sim.ledger.files, []);
  },
);

test(
  "files that arrive after their request was sent again are seen in time even if lists leave files out",
  options,
  async () => {
    const sim = createSimulator({ seed: 3 });
    const late = lateFiles(sim, 20 * MINUTE);
    const fetch: Fetch = async (input, init) => {
      const response = await late(input, init);
      if (!/\/batches\?/.test(String(input)) || !response.ok) return response;
      const page = await response.json();
      const data = page.data.map((
        { output_file_id: _, error_file_id: __, ...batch }: Batch,
      ) => batch);
      return Response.json({ ...page, data }, { headers: response.headers });
    };
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(30), { params, job: "night" });
    assert.deepEqual(codes(run.results), Array(30).fill("ok"));
    const { tokens, statuses } = ledgerOf(sim);
    assert.deepEqual(statuses, ["completed", "cancelled"]);
    assert.equal(run.usage.total_tokens, tokens);
  },
);

/** One answer, the nth, has a `Date` that is so much ahead. */
function wrongDate(
  sim: Simulator,
  nth: number,
  ms: number,
  from: Fetch,
): Fetch {
  let count = 0;
  return async (input, init) => {
    const response = await from(input, init);
    const now = sim.clock.now() + (++count === nth ? ms : 0);
    const headers = new Headers(response.headers);
    headers.set("date", new Date(now).toUTCString());
    const { status, body } = response;
    return new Response(body, { status, headers });
  };
}

test(
  "one Date that is 11 minutes ahead changes nothing, whichever answer has it and however late the file ids come",
  options,
  async () => {
    for (let nth = 1; nth <= 24; nth++) {
      const sim = createSimulator({ faults: { late_files: 1 }, seed: nth });
      const fetch = wrongDate(sim, nth, 11 * MINUTE, sim.fetch);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(3), job);
      assert.deepEqual(codes(run.results), ["ok", "ok", "ok"], `${nth}`);
      assert.deepEqual(paidFor(sim, run.results), [1, 1, 1], `${nth}`);
      assert.equal(sim.ledger.batches.length, 2, `${nth}`);
    }
  },
);

/** The files of first-round batches appear so many ms after they ended. */
function lateFiles(sim: Simulator, ms: number): Fetch {
  const late = (batch: Batch) => {
    const isFirst = batch.metadata?.offpeak?.includes(".r0.");
    const end = batch.completed_at ?? Infinity;
    const isLate = sim.clock.now() < end * 1_000 + ms;
    if (!isFirst || !isLate) return batch;
    return { ...batch, output_file_id: null, error_file_id: null };
  };
  return async (input, init) => {
    const response = await sim.fetch(input, init);
    if (!/\/batches/.test(String(input)) || !response.ok) return response;
    const body = await response.json();
    const shown = body.data
      ? { ...body, data: body.data.map(late) }
      : late(body);
    return Response.json(shown, { headers: response.headers });
  };
}

/** What all batches have used, and whether the follow-up was cancelled. */
function ledgerOf(sim: Simulator) {
  const tokens = sim.ledger.batches.reduce(
    (sum, { usage }) => sum + (usage?.total_tokens ?? 0),
    0,
  );
  return { tokens, statuses: sim.ledger.batches.map(({ status }) => status) };
}

// Seeds whose follow-up batch runs for longer than the files take.
for (const seed of [1, 3, 4, 6]) {
  test(
    `a follow-up batch that late files have made useless is cancelled, and its cost is in the usage (${seed})`,
    options,
    async () => {
      const sim = createSimulator({ seed });
      const fetch = lateFiles(sim, 20 * MINUTE);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(30), { params, job: "night" });
      assert.deepEqual(codes(run.results), Array(30).fill("ok"));
      assert.deepEqual(roundsOf(sim), ["p0.r0", "p0.r1"]);
      const { tokens, statuses } = ledgerOf(sim);
      assert.deepEqual(statuses, ["completed", "cancelled"]);
      assert.equal(run.usage.total_tokens, tokens);
      const again = await client.run(sums(30), { params, job: "night" });
      assert.equal(again.usage.total_tokens, tokens);
      assert.deepEqual(again.results, run.results);
    },
  );
}

test(
  "what such a batch has answered after an error line is in the usage too",
  options,
  async () => {
    const sim = createSimulator({ seed: 3, faults: { errors_first: 1 } });
    const fetch = lateFiles(sim, 20 * MINUTE);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(30), { params });
    assert.deepEqual(codes(run.results), Array(30).fill("ok"));
    assert.deepEqual(roundsOf(sim), ["p0.r0", "p0.r1"]);
    assert.equal(run.usage.total_tokens, ledgerOf(sim).tokens);
  },
);

test(
  "of a job that is only stepped, such a batch is cancelled too",
  options,
  async () => {
    const sim = createSimulator({ seed: 3 });
    const fetch = lateFiles(sim, 20 * MINUTE);
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const stepped = await client.submit(sums(30), { params });
    for (let status = await stepped.step(); !status.done;) {
      await sim.clock.advance(Math.max(status.wait, 1_000));
      status = await stepped.step();
    }
    const { tokens, statuses } = ledgerOf(sim);
    assert.deepEqual(statuses, ["completed", "cancelled"]);
    const run = await stepped.results().collect();
    assert.equal(run.usage.total_tokens, tokens);
  },
);
