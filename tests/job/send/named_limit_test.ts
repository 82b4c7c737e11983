/**
 * A limit that a refusal names is honoured from then on, as if the caller had
 * given it.
 *
 * @module
 */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";

const MINUTE = 60_000;
const LIMIT = 4_000;

/** As the simulator counts; each request has 100. */
const countTokens = (text: string) => Math.ceil(text.length / 4);

const requests = Array.from(
  { length: 400 },
  (_, i) => ({ id: `r${i}`, content: `${i}`.padEnd(400, "x") }),
);

/** Runs 100 parts, of which ten fit the queue at a time. */
async function runParts(seed: number, maxEnqueuedTokens?: number) {
  const sim = createSimulator({ seed, limits: { enqueuedTokens: LIMIT } });
  const start = sim.clock.now();
  const run = await new OpenAIBatch(sim.options).run(requests, {
    params: { model: "gpt-4o-mini" },
    batchSize: 4,
    countTokens,
    maxEnqueuedTokens,
  });
  assert.equal(run.succeeded.length, 400);
  const { batches, calls } = sim.ledger;
  const refused = batches.filter(({ status }) => status === "failed");
  return {
    took: sim.clock.now() - start,
    refused: refused.map(({ created_at }) => created_at * 1_000 - start),
    downloads: calls.filter(({ path }) => path.endsWith("/content")).length,
  };
}

for (const seed of [1, 2, 3]) {
  test(
    `of 100 parts none is refused after the first volley, and they take about as long as with the number given (seed ${seed})`,
    options,
    async () => {
      const named = await runParts(seed);
      const given = await runParts(seed, LIMIT);
      assert.deepEqual(given.refused, []);
      assert.ok(named.refused.length > 0 && named.refused.length <= 90);
      assert.ok(Math.max(...named.refused) < MINUTE, `${named.refused}`);
      assert.ok(
        named.took <= given.took * 1.25,
        `${named.took / given.took} times as long`,
      );
      // One more: the tokens of one file tell those of the others.
      assert.ok(named.downloads <= given.downloads + 1);
    },
  );
}
