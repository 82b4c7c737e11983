import {
  FailedRequestsError,
  type JobStatus,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { codes } from "../_support/looks.ts";
import { intercept } from "../_support/servers.ts";
import { callsTo, sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const job = { params, batchSize: 2, job: "night" };
const DAY = 86_400_000;

function open(sim: Simulator): OpenAIBatch {
  return new OpenAIBatch(sim.options);
}

/** Every third request fails for good. */
function everyThird({ custom_id, text }: SimulatedRequest) {
  return Number(custom_id.slice(5)) % 3 === 2
    ? { status: 400, body: { error: { code: "odd", message: "No." } } }
    : text;
}

function downloads(sim: Simulator): number {
  return callsTo(sim, "GET", /\/content$/);
}

test(
  "a step makes no more calls than maxCalls, and the next one continues",
  options,
  async () => {
    const sim = createSimulator({ respond: everyThird });
    await open(sim).submit(sums(20), job);
    await sim.clock.advance(DAY);
    const attached = await open(sim).attach("night");
    let steps = 0;
    for (let done = false; !done; steps++) {
      assert.ok(steps < 100);
      const { length } = sim.ledger.calls;
      const status = await attached.step({ maxCalls: 3 });
      assert.ok(sim.ledger.calls.length - length <= 3);
      await sim.clock.advance(status.wait);
      done = status.done;
    }
    assert.ok(steps > 3);
    const run = await attached.results().collect();
    assert.equal(run.succeeded.length, 14);
    assert.equal(run.failed.length, 6);
  },
);

test(
  "a step that may make few calls files follow-up rounds and batches too",
  options,
  async () => {
    const sim = createSimulator({
      respond: ({ attempt, text }) =>
        attempt === 1 ? { status: 500, body: {} } : text,
    });
    await open(sim).submit(sums(12), { ...job, maxActiveBatches: 2 });
    const attached = await open(sim).attach("night", { maxActiveBatches: 2 });
    for (let steps = 0;; steps++) {
      assert.ok(steps < 2_000);
      const status = await attached.step({ maxCalls: 2 });
      if (status.done) break;
      await sim.clock.advance(status.wait);
    }
    const run = await attached.results().collect();
    assert.deepEqual(codes(run.results), Array(12).fill("ok"));
    assert.equal(sim.ledger.batches.length, 12);
  },
);

test(
  "progress is counted in requests, their number is known before the API tells it, and only the end is the end",
  options,
  async () => {
    const sim = createSimulator();
    const seen: JobStatus[] = [];
    await open(sim).run(sums(30), {
      ...job,
      batchSize: 10,
      progress: (status) => seen.push(status),
    });
    let before = 0;
    for (const { requests, done, phase } of seen) {
      const { total, succeeded, failed, open } = requests;
      assert.equal(total, 30);
      assert.equal(succeeded + failed + open, 30);
      assert.ok(succeeded >= before);
      assert.equal(phase === "Done", done);
      before = succeeded;
    }
    assert.ok(new Set(seen.map(({ requests }) => requests.succeeded)).size > 4);
    assert.deepEqual(seen.filter(({ done }) => done).length, 1);
  },
);

test("every call of results gives every result once", options, async () => {
  const sim = createSimulator({ respond: everyThird });
  const submitted = await open(sim).submit(sums(9), job);
  const first = await submitted.results().collect();
  const second = await submitted.results().collect();
  assert.equal(first.results.length, 9);
  assert.deepEqual(second.results, first.results);
  assert.deepEqual(second.usage, first.usage);
});

test(
  "values are the answers in input order, or a FailedRequestsError that has what failed",
  options,
  async () => {
    const sim = createSimulator({ respond: everyThird });
    const run = await open(sim).run(sums(4), job);
    assert.throws(() => run.values(), (error) => {
      assert.ok(error instanceof FailedRequestsError);
      assert.deepEqual(error.failed.map(({ id }) => id), ["calc_2"]);
      assert.equal(error.jobId, "night");
      return true;
    });
    assert.equal(run.get("calc_2")?.error?.code, "odd");
    assert.equal(run.get("calc_4"), undefined);
    assert.equal(run.get("__proto__"), undefined);
    const two = await open(sim).run(sums(2), { params });
    assert.deepEqual(two.values(), sums(2).map(({ content }) => content));
  },
);

test(
  "parts come one by one as they are through, each with its own results",
  options,
  async () => {
    const sim = createSimulator({ respond: everyThird });
    const submitted = await open(sim).submit(sums(7), job);
    const seen: [number, number, string[]][] = [];
    for await (const part of submitted.parts()) {
      const ids: string[] = [];
      for await (const { id } of part.results()) ids.push(id);
      seen.push([part.part, part.requests, ids.toSorted()]);
    }
    assert.deepEqual(seen.toSorted(), [
      [0, 2, ["calc_0", "calc_1"]],
      [1, 2, ["calc_2", "calc_3"]],
      [2, 2, ["calc_4", "calc_5"]],
      [3, 1, ["calc_6"]],
    ]);
  },
);

test(
  "a part whose batch counts a line that is in no file has a result for it anyway",
  options,
  async () => {
    const sim = createSimulator({ faults: { missing_lines: 1 } });
    const submitted = await open(sim).submit(sums(6), { params, job: "lines" });
    for await (const part of submitted.parts()) {
      const ids: string[] = [];
      for await (const { id } of part.results()) ids.push(id);
      assert.deepEqual(ids.toSorted(), sums(6).map(({ id }) => id).toSorted());
    }
  },
);

test(
  "parts that are skipped are not downloaded, in a process that knows only their keys",
  options,
  async () => {
    const sim = createSimulator({ respond: everyThird });
    const submitted = await open(sim).submit(sums(9), job);
    const keys: string[] = [];
    for await (const { key } of submitted.parts()) keys.push(key);
    assert.equal(new Set(keys).size, 5);

    const before = downloads(sim);
    const all = new Set(keys);
    const attached = await open(sim).attach("night");
    for await (const _ of attached.parts({ skip: ({ key }) => all.has(key) })) {
      assert.fail("all are skipped");
    }
    assert.equal(downloads(sim), before);

    const but = keys.findIndex((key) => key.includes(".p3."));
    all.delete(keys[but]!);
    const more = await open(sim).attach("night");
    const left: string[] = [];
    const skip = ({ key }: { key: string }) => Promise.resolve(all.has(key));
    for await (const part of more.parts({ skip })) {
      for await (const { id } of part.results()) left.push(id);
    }
    assert.deepEqual(left.toSorted(), ["calc_6", "calc_7"]);
    assert.ok(downloads(sim) - before <= 2);
  },
);

test(
  "parts without waiting are those that are through now",
  options,
  async () => {
    const sim = createSimulator();
    const submitted = await open(sim).submit(sums(6), job);
    const now = async () => {
      const parts: number[] = [];
      for await (const { part } of submitted.parts({ wait: false })) {
        parts.push(part);
      }
      return parts;
    };
    assert.deepEqual(await now(), []);
    await sim.clock.advance(DAY);
    assert.deepEqual(await now(), [0, 1, 2]);
  },
);

test(
  "a step on a finished job of 100 parts makes no download from its record",
  options,
  async () => {
    const sim = createSimulator({ respond: everyThird });
    const submitted = await open(sim).submit(sums(200), job);
    for await (const _ of submitted.watch());
    const record = JSON.parse(JSON.stringify(submitted));
    const before = downloads(sim);
    const { length } = sim.ledger.calls;
    const status = await (await open(sim).attach(record)).step();
    assert.equal(status.done, true);
    assert.deepEqual(status.requests, {
      total: 200,
      succeeded: 134,
      failed: 66,
      open: 0,
    });
    assert.equal(downloads(sim), before);
    assert.ok(sim.ledger.calls.length - length <= 5);
  },
);

test(
  "a result file is read while it arrives, not as one text: the first result is there before the last byte",
  options,
  async () => {
    const sim = createSimulator();
    let isRead = () => {};
    const wasRead = new Promise<void>((resolve) => isRead = resolve);
    const fetch = intercept(sim, async (call) => {
      const response = await call.send();
      if (!call.path.endsWith("/content")) return response;
      const bytes = new Uint8Array(await response.arrayBuffer());
      const half = bytes.length / 2;
      const chunks = [bytes.subarray(0, half), bytes.subarray(half)];
      return new Response(
        new ReadableStream({
          async pull(controller) {
            if (chunks.length === 1) await wasRead;
            const next = chunks.shift();
            if (next) controller.enqueue(next);
            else controller.close();
          },
        }),
      );
    });
    const stream = new OpenAIBatch({
      ...sim.options,
      fetch,
      timeout: 30 * DAY, // time jumps while the second half is held back
    }).stream(sums(10), { params });
    assert.equal((await stream.next()).value.ok, true);
    isRead();
    assert.equal((await stream.collect()).results.length, 9);
  },
);

test(
  "structured output needs no help: it comes back as JSON under its request, and a refusal is a failure",
  options,
  async () => {
    const answer = (content: string | null, refusal: string | null) => ({
      model: "gpt-4o-mini",
      choices: [{
        index: 0,
        finish_reason: "stop",
        message: { role: "assistant", content, refusal },
      }],
    });
    const sim = createSimulator({
      respond: ({ text, body }) =>
        text === "no" || body.response_format?.type !== "json_schema"
          ? answer(null, "I can't help with that.")
          : answer(JSON.stringify({ answer: text }), null),
    });
    const json_schema = {
      name: "answer",
      strict: true,
      schema: {
        type: "object",
        properties: { answer: { type: "string" } },
        required: ["answer"],
        additionalProperties: false,
      },
    };
    const run = await open(sim).run(["yes", "no"], {
      params: {
        ...params,
        response_format: { type: "json_schema", json_schema },
      },
    });
    const [yes, no] = run.results;
    assert.deepEqual(JSON.parse(yes?.ok ? yes.output : ""), { answer: "yes" });
    assert.equal(no?.error?.code, "refusal");
    assert.equal(no?.error?.message, "I can't help with that.");
    assert.equal(no?.attempts, 1);
  },
);

test(
  "requests that fit in no part are handed out by every reading",
  options,
  async () => {
    const sim = createSimulator();
    const large = { id: "large", content: "x".repeat(5_000) };
    const submitted = await open(sim).submit([...sums(3), large], {
      ...job,
      maxBytes: 1_000,
    });
    const first = await submitted.results().collect();
    assert.deepEqual(codes(first.failed), ["too_large"]);
    const second = await submitted.results().collect();
    assert.deepEqual(second.results, first.results);
  },
);

test("parts rides out an outage, as results does", options, async () => {
  const sim = createSimulator();
  const start = sim.clock.now();
  const isDown = () => {
    const minutes = (sim.clock.now() - start) / 60_000;
    return minutes > 2 && minutes < 20;
  };
  const fetch = intercept(
    sim,
    (call) =>
      isDown() ? Promise.reject(new TypeError("fetch failed")) : call.send(),
  );
  const client = new OpenAIBatch({ ...sim.options, fetch });
  const submitted = await client.submit(sums(4), job);
  const parts: number[] = [];
  for await (const { part } of submitted.parts()) parts.push(part);
  assert.deepEqual(parts, [0, 1]);
});

test(
  "an input that breaks off is an error, whatever it broke off with: never a shorter job",
  options,
  async () => {
    const sim = createSimulator();
    const unreachable = new OpenAIBatch({
      ...sim.options,
      maxRetries: 0,
      fetch: () => Promise.reject(new TypeError("fetch failed")),
    });
    async function* requests() {
      yield* sums(5);
      await unreachable.files.list();
    }
    await assert.rejects(open(sim).run(requests(), job), {
      name: "OpenAIBatchError",
      code: "input_failed",
    });
    const files = sim.ledger.files.map(({ filename }) => filename);
    assert.ok(!files.some((name) => name.includes(".last.")));
  },
);

test(
  "where the answers of one part are gone, those of the others are handed out first",
  options,
  async () => {
    const sim = createSimulator();
    const submitted = await open(sim).submit(sums(6), job);
    await sim.clock.advance(DAY);
    await submitted.step();
    await open(sim).files.delete(sim.ledger.batches[0]!.output_file_id!);
    const ids: string[] = [];
    const reading = async () => {
      for await (const { id } of submitted.results()) ids.push(id);
    };
    await assert.rejects(reading(), { name: "JobExpiredError" });
    const left = ["calc_2", "calc_3", "calc_4", "calc_5"];
    assert.deepEqual(ids.toSorted(), left);
  },
);
