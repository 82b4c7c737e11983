/**
 * The example's plain Worker on workerd, with miniflare's KV and its cron.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { serveSimulator } from "../_support/simulator_server.ts";
import { bundle, require } from "./_tools.ts";

const { Miniflare } = require("miniflare");

test(
  "a Worker submits with two calls and no wait, and its cron gets the answers",
  {
    timeout: 60_000,
  },
  async (t) => {
    const { sim, baseURL } = await serveSimulator(t, {
      respond: ({ text }) => text.toUpperCase(),
    });
    const worker = new Miniflare({
      modules: true,
      script: await bundle("examples/cloudflare_worker.ts"),
      compatibilityDate: "2025-05-01",
      bindings: {
        OPENAI_API_KEY: sim.options.apiKey,
        OPENAI_BASE_URL: baseURL,
      },
      kvNamespaces: ["JOBS"],
    });
    t.after(() => worker.dispose());
    await worker.ready;

    const response = await worker.dispatchFetch("http://worker/", {
      method: "POST",
      body: JSON.stringify(["a", "b"]),
    });
    assert.equal(response.status, 202);
    const calls = sim.ledger.calls.map(({ method, path }) => method + path);
    assert.deepEqual(calls, ["POST/v1/files", "POST/v1/batches"]);
    const { job } = await response.json();
    const cron = async () => await (await worker.getWorker()).scheduled();
    const answers = () => worker.dispatchFetch(`http://worker/?job=${job}`);
    assert.equal((await answers()).status, 404);

    await cron();
    assert.equal((await answers()).status, 404);
    await sim.clock.advance(24 * 3_600_000);
    await cron();
    const lines = (await (await answers()).text()).trim().split("\n").sort();
    assert.deepEqual(lines, [
      '{"id":"0","output":"A"}',
      '{"id":"1","output":"B"}',
    ]);
    assert.equal(sim.ledger.batches.length, 1);
  },
);
