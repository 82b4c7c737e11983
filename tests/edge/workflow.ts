/**
 * The example's Workflow, in miniflare's engine for them. Its sleeps are
 * switched off and its time is faster; it is what it is otherwise.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { serveFastSimulator } from "../_support/simulator_server.ts";
import { bundle, require } from "./_tools.ts";

const { Miniflare } = require("miniflare");

const SPEED = 50;
const ANSWERS = new Map([["0", "A"], ["1", "B"], ["2", "C"]]);

test("a Workflow does one step per wake-up until the job is done", {
  timeout: 60_000,
}, async (t) => {
  const { sim, baseURL } = await serveFastSimulator(t, SPEED, { seed: 3 });
  const worker = new Miniflare({
    name: "reviews",
    modules: true,
    script: await bundle(
      "examples/cloudflare_workflow.ts",
      "--inject:tests/_support/fast_time.ts",
    ),
    compatibilityDate: "2025-05-01",
    bindings: {
      OPENAI_API_KEY: sim.options.apiKey,
      OPENAI_BASE_URL: baseURL,
    },
    workflows: { REVIEWS: { name: "reviews", className: "Reviews" } },
  });
  t.after(() => worker.dispose());
  const url = "http://worker/?job=letters";

  const { REVIEWS } = await worker.getBindings();
  const modifier = await REVIEWS.unsafeGetInstanceModifier("letters");
  await modifier.disableSleeps();
  const body = JSON.stringify(["a", "b", "c"]);
  const started = await worker.dispatchFetch(url, { method: "POST", body });
  assert.equal(started.status, 202, await started.text());
  await REVIEWS.unsafeWaitForStatus("letters", "complete");
  const status = await (await worker.dispatchFetch(url)).json();
  assert.deepEqual(new Map(status.output), ANSWERS);
  // Sent, not done yet, done, read.
  assert.ok(status.__LOCAL_DEV_STEP_OUTPUTS.length > 3);
  assert.equal(sim.ledger.batches.length, 1);
});
