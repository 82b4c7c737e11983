/** Values that others wrote where ours are expected: names, metadata, errors, records. */

import {
  type Batch,
  type BatchCreateParams,
  type Fetch,
  type JobRecord,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { codes, paidFor } from "../../_support/looks.ts";
import { rewriteBatches } from "../../_support/rewrite.ts";
import { intercept, losesFiles } from "../../_support/servers.ts";
import { sums } from "../../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, job: "night" };
const DIGEST = "0123456789abcdef";

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
}

/** A server that has a file of somebody else, too. */
function alsoLists(sim: Simulator, filename: string): Fetch {
  return intercept(sim, async (call) => {
    const response = await call.send();
    if (!call.path.endsWith("/files") || call.method !== "GET") return response;
    const page = await response.json();
    const other = { id: "file-other", object: "file", bytes: 2, created_at: 1 };
    page.data.push({ ...other, filename, purpose: "batch" });
    return Response.json(page, { headers: response.headers });
  });
}

for (
  const name of [
    `night.v1.p0.r30000000.n3.${DIGEST}.jsonl`,
    `night.v1.p0.l1-${"9".repeat(20_000)}.r0.n3.${DIGEST}.jsonl`,
    `night.v1.p0.l3-1.r0.n3.${DIGEST}.jsonl`,
    `night.v1.p0.l1-2.r0.n3.${DIGEST}.jsonl`,
    `night.v1.p${"9".repeat(20_000)}.r0.n3.${DIGEST}.jsonl`,
    `night.v1.p0.r0.n${"9".repeat(400)}.${DIGEST}.jsonl`,
  ]
) {
  test(
    `a file that somebody else called ${name.slice(0, 30)}… changes nothing`,
    options,
    async () => {
      const sim = createSimulator();
      const fetch = alsoLists(sim, name);
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const run = await client.run(sums(3), job);
      assert.deepEqual(codes(run.results), ["ok", "ok", "ok"]);
    },
  );
}

for (
  const [kind, errors] of [
    ["an object without a list", {}],
    ["a list of null", { data: [null] }],
    ["an object as the list", { data: { message: "It is bad" } }],
    ["plain text", "It is bad"],
    ["a list of texts", ["It is bad"]],
    ["a number as code", { data: [{ code: 17, message: "It is bad" }] }],
    ["a list of lists", { data: [[]] }],
    ["true", true],
  ] as [string, unknown][]
) {
  test(
    `a refused batch whose errors are ${kind} fails its requests, with what it says`,
    options,
    async () => {
      const sim = createSimulator();
      const refusing = losesFiles(sim, () => true, {
        code: "invalid_json_line",
        message: "It is bad",
      });
      const fetch = rewriteBatches(
        refusing,
        (batch) => batch.errors ? { ...batch, errors } : batch,
      );
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const { failed } = await client.run(sums(2), job);
      assert.equal(failed.length, 2);
      const says = JSON.stringify(errors).includes("It is bad");
      for (const { error } of failed) {
        assert.equal(typeof error.code, "string");
        assert.equal(error.message.includes("It is bad"), says);
      }
    },
  );
}

/** What each batch of a job was created with. */
function metadataOf(sim: Simulator): NonNullable<Batch["metadata"]>[] {
  return sim.ledger.batches.map(({ metadata }) => metadata!);
}

function pairs(letter: string, count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${letter}${i}`, letter]),
  );
}

/** Fails once, so that there is a second round. */
const failsOnce = createSimulator.bind(undefined, {
  respond: ({ attempt, text }) =>
    attempt === 1 ? { status: 500, body: {} } : text,
});

test(
  "run again with other metadata, a batch gets these pairs and none of the earlier ones",
  options,
  async () => {
    const sim = failsOnce();
    const first: Partial<BatchCreateParams> = { metadata: pairs("a", 15) };
    await open(sim).submit(sums(2), { ...job, batch: first });
    const batch = { metadata: pairs("b", 15) };
    const run = await open(sim).run(sums(2), { ...job, batch });
    assert.deepEqual(codes(run.results), ["ok", "ok"]);
    const [, { offpeak, ...rest }] = metadataOf(sim) as [
      unknown,
      Record<string, string>,
    ];
    assert.match(offpeak!, /^night\.v1\.p0\.r1\./);
    assert.deepEqual(rest, pairs("b", 15));
  },
);

test(
  "run again without metadata, a batch gets the pairs of the earlier ones, never over 16 in all",
  options,
  async () => {
    const sim = failsOnce();
    const batch = { metadata: pairs("a", 15) };
    await open(sim).submit(sums(2), { ...job, batch });
    // Some servers add pairs of their own.
    const fetch = rewriteBatches(sim.fetch, (batch) => ({
      ...batch,
      metadata: { ...pairs("server", 15), ...batch.metadata },
    }));
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(2), job);
    assert.deepEqual(codes(run.results), ["ok", "ok"]);
    assert.deepEqual(paidFor(sim, run.results), [1, 1]);
    assert.equal(Object.keys(metadataOf(sim)[1]!).length, 16);
  },
);

for (
  const [place, settled] of [
    ["settled", { part: 0 }],
    ["settled[0].part", [{}]],
    ["settled[0].part", [null]],
    ["settled[0].slice", [{ part: 0, slice: "9-1" }]],
    ["settled[0].succeeded", [{ part: 0, failed: 0 }]],
    ["settled[0].failed", [{ part: 0, succeeded: 1, failed: "0" }]],
    ["settled[1].succeeded", [
      { part: 0, succeeded: 1, failed: 0 },
      { part: 1, slice: "1-2", succeeded: -1, failed: 0 },
    ]],
  ] as [string, unknown][]
) {
  test(
    `a record in which ${place} is damaged is refused: ${
      JSON.stringify(settled)
    }`,
    options,
    async () => {
      const sim = createSimulator();
      await open(sim).submit(sums(2), job);
      const record = { version: 1, id: "night", settled } as JobRecord;
      await assert.rejects(
        open(sim).attach(record),
        (error: Error) =>
          error instanceof TypeError &&
          error.message.includes(`is damaged: ${place} is `),
      );
    },
  );
}
