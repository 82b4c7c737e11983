/** `poll` of batches that are not there. */

import { APIError, type Batch, OpenAIBatch, poll } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";

test(
  "a batch that is not there is looked for for half a minute, and then said",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const start = sim.clock.now();
    const polled = Array.fromAsync(poll(client, ["batch_none"]));
    await assert.rejects(
      polled,
      (error) => error instanceof APIError && error.status === 404,
    );
    const took = sim.clock.now() - start;
    assert.ok(took >= 30_000 && took < 60_000, `${took}`);
  },
);

test("a batch that shows late is polled to its end", options, async () => {
  const sim = createSimulator();
  const open = new OpenAIBatch(sim.options);
  await open.submit(["1 + 1 = "], {
    params: { model: "gpt-4o-mini" },
  });
  const [batch] = sim.ledger.batches;
  const from = sim.clock.now() + 20_000;
  const fetch: typeof sim.fetch = (input, init) =>
    sim.clock.now() < from
      ? Promise.resolve(
        Response.json({ error: { message: "none" } }, { status: 404 }),
      )
      : sim.fetch(input, init);
  const client = new OpenAIBatch({ ...sim.options, fetch });
  const seen: Batch["status"][] = [];
  for await (const { status } of poll(client, [batch!.id])) seen.push(status);
  assert.equal(seen.at(-1), "completed");
});
