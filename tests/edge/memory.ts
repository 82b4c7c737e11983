/**
 * The memory of workerd over its idle state, for 200 MB each way. workerd on
 * its own has no limit, so that V8 leaves garbage of more than a hundred MB
 * behind; an isolate at Cloudflare has 128 MB in all. To see what is needed
 * rather than what is left behind, V8 gets a heap of 16 MB here.
 *
 * @module
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startServer } from "../../bench/_process.ts";
import { makeFolder } from "../_support/package.ts";
import { beside, bundle, require } from "./_tools.ts";

const LIMIT = 75;
const REQUESTS = 195_200;
const { default: workerd } = require("workerd");

const options = {
  skip: !existsSync("/proc/self/status") && "the peak is read from /proc",
  timeout: 60_000,
};

/** `worker.js` is beside it. */
const config = (baseURL: string) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ["--max-heap-size=16"],
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2025-05-01",
      bindings = [(name = "OPENAI_BASE_URL", text = "${baseURL}")],
      globalOutbound = "network",
    )),
    (name = "network", network = (allow = ["private", "public"])),
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:0", http = (), service = "main"),
  ],
);
`;

/** Fetches from a new process; gives the answer and the MB that it took. */
async function measure(
  folder: string,
  path: string,
): Promise<{ answer: string; megabytes: number }> {
  const args = ["serve", "--control-fd=3", join(folder, "config.capnp")];
  const child = spawn(workerd, args, {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  try {
    const [said] = await once(child.stdio[3]!, "data");
    const get = async (path: string) => {
      const url = `http://127.0.0.1:${JSON.parse(said).port}${path}`;
      return await (await fetch(url)).text();
    };
    await get("/idle");
    const idle = memoryOf(child.pid, "VmRSS");
    const answer = await get(path);
    const megabytes = memoryOf(child.pid, "VmHWM") - idle;
    return { answer, megabytes };
  } finally {
    child.kill("SIGKILL");
  }
}

function memoryOf(pid: number | undefined, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)!;
  return Number(kilobytes) * 1_024 / 1e6;
}

test(
  "submitting and reading 200 MB takes workerd 75 MB at most",
  options,
  async (t) => {
    const api = await startServer();
    t.after(() => api.stop());
    const folder = await makeFolder({
      "config.capnp": config(api.baseURL),
      "worker.js": await bundle(beside("_large.ts")),
    });
    t.after(() => rm(folder, { recursive: true }));

    const sent = await measure(folder, "/submit");
    t.diagnostic(`submitting took ${Math.round(sent.megabytes)} MB`);
    assert.ok(sent.megabytes <= LIMIT, `${sent.megabytes} MB to submit`);

    const read = await measure(folder, `/results?job=${sent.answer}`);
    t.diagnostic(`reading took ${Math.round(read.megabytes)} MB`);
    assert.equal(read.answer, String(REQUESTS));
    assert.ok(read.megabytes <= LIMIT, `${read.megabytes} MB to read`);
  },
);
