/**
 * A dozen of the socket schedules on workerd: its own fetch, and connections
 * that break.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openSchedule } from "../sockets/host.ts";
import { beside, bundle, require } from "./_tools.ts";

const { Miniflare } = require("miniflare");

const SCHEDULES = 12;

test(
  "jobs and direct calls on workerd lose nothing and pay nothing twice over sockets that break",
  { timeout: 120_000 },
  async (t) => {
    const worker = new Miniflare({
      modules: true,
      script: await bundle(beside("_sockets.ts")),
      compatibilityDate: "2025-05-01",
    });
    t.after(() => worker.dispose());
    const problems = await Promise.all(
      Array.from({ length: SCHEDULES }, async (_, i) => {
        const { seed, port, workload, finish } = await openSchedule(i + 1);
        const response = await worker.dispatchFetch("http://worker/", {
          method: "POST",
          body: JSON.stringify({ seed, port, workload }),
        });
        return finish(await response.json())
          .map((problem) => `seed ${seed}, ${workload}: ${problem}`);
      }),
    );
    assert.deepEqual(problems.flat(), []);
  },
);
