/**
 * The option `trace`: what happens, as it happens.
 *
 * @module
 */

import {
  type ClientOptions,
  OpenAIBatch,
  type TraceEvent,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "./_support/prelude.ts";
import { listenerOf, traceCalls } from "../src/trace.ts";
import { sums } from "./_support/sums.ts";

const params = { model: "gpt-4o-mini" };

function open(simulator: SimulatorOptions = {}, more: ClientOptions = {}) {
  const sim = createSimulator(simulator);
  const events: TraceEvent[] = [];
  const client = new OpenAIBatch({
    ...sim.options,
    trace: (event) => events.push(event),
    ...more,
  });
  return { sim, client, events };
}

/** Those of a type. */
function only<T extends TraceEvent["type"]>(
  events: TraceEvent[],
  type: T,
): Extract<TraceEvent, { type: T }>[] {
  return events.filter((event) => event.type === type) as ReturnType<
    typeof only<T>
  >;
}

test(
  "a job tells of its files, batches, looks, downloads, waits and results",
  options,
  async () => {
    const { sim, client, events } = open();
    await client.run(sums(20), {
      job: "night",
      params,
      batchSize: 10,
      progress: false,
    });
    assert.ok(events.every(({ job }) => job === "night"));
    assert.ok(events.every(({ at }) => at > 0 && at <= sim.clock.now()));

    const uploads = only(events, "upload");
    assert.deepEqual(uploads.map(({ part, round }) => [part, round]), [[0, 0], [
      1,
      0,
    ]]);
    for (const { bytes, ms, status, file, attempt } of uploads) {
      const { bytes: content = 0 } = sim.ledger.files.find(({ id }) =>
        id === file
      )!;
      assert.ok(bytes === content && bytes > 1_000);
      assert.ok(ms >= 20 && status === 200 && attempt === 1);
    }
    const creates = only(events, "create");
    assert.deepEqual(creates.map(({ part }) => part), [0, 1]);
    assert.deepEqual(
      creates.map(({ batch }) => batch),
      sim.ledger.batches.map(({ id }) => id),
    );
    const downloads = only(events, "download");
    assert.deepEqual(
      downloads.map(({ file, bytes }) => [file, bytes]),
      downloads.map(({ file }) => {
        const found = sim.ledger.files.find(({ id }) => id === file);
        return [file, found?.bytes];
      }),
    );
    assert.equal(downloads.length, 2);
    assert.ok(only(events, "look").some(({ batch }) => batch));
    const waits = only(events, "wait").map(({ reason }) => reason);
    assert.deepEqual(new Set(waits), new Set(["lists", "batches"]));
    const answered = new Map<number | undefined, number>();
    for (const { part, succeeded, failed } of only(events, "results")) {
      assert.deepEqual({ ...failed }, {});
      answered.set(part, (answered.get(part) ?? 0) + succeeded);
    }
    assert.deepEqual(answered, new Map([[0, 10], [1, 10]]));
  },
);

test("results are counted by outcome", options, async () => {
  const { client, events } = open({
    respond: ({ text }) =>
      text.includes("+ 3")
        ? {
          status: 400,
          body: { error: { code: "__proto__", message: "No." } },
        }
        : text,
  });
  await client.run(sums(5), { params, progress: false });
  const results = only(events, "results");
  const sum = results.reduce((sum, { succeeded }) => sum + succeeded, 0);
  assert.equal(sum, 4);
  const failed = results.flatMap(({ failed }) => Object.entries(failed));
  assert.deepEqual(failed, [["__proto__", 1]]);
});

test("parts tell their results as you read them", options, async () => {
  const { client, events } = open();
  const job = await client.submit(sums(20), {
    job: "night",
    params,
    batchSize: 10,
  });
  const told = (wanted: number) =>
    only(events, "results").filter(({ part }) => part === wanted)
      .reduce((sum, { succeeded }) => sum + succeeded, 0);
  for await (const { part, results } of job.parts()) {
    assert.equal(told(part), 0);
    await Array.fromAsync(results());
    assert.equal(told(part), 10);
  }
});

test("a follow-up batch tells its round", options, async () => {
  const { client, events } = open({
    respond: ({ attempt, text }) =>
      attempt === 1 ? { error: "request_timeout" } : text,
  });
  await client.run(["a"], { params, progress: false });
  const rounds = only(events, "create").map(({ round }) => round);
  assert.deepEqual(rounds, [0, 1]);
});

test(
  "a call that fails tells why, and that it is made again",
  options,
  async () => {
    const { client, events } = open({
      faults: { "batches.retrieve:503": 0.5, "files.list:reset_before": 0.5 },
    });
    for (let i = 0; i < 20; i++) {
      await client.files.list().catch(() => {});
    }
    const looks = only(events, "look");
    const failed = looks.filter(({ error }) => error);
    assert.ok(failed.length > 3);
    assert.ok(
      failed.every(({ error, status }) => error === "connection" && !status),
    );
    const retries = only(events, "retry");
    assert.ok(retries.length > 2);
    assert.ok(
      retries.every(({ reason, ms, attempt }) =>
        reason === "connection" && ms > 0 && attempt >= 1
      ),
    );
    assert.ok(looks.some(({ attempt }) => attempt > 1));
    assert.ok(events.every(({ job }) => job === undefined));
  },
);

test(
  "direct calls tell endpoint, model, lane and attempt",
  options,
  async () => {
    const { client, events } = open({
      respond: ({ attempt, text }) =>
        attempt === 1 ? { status: 500, body: {} } : text,
    });
    await client.direct([{ id: "one", content: "hi" }], {
      params: { model: "gpt-5" },
      lane: "priority",
      progress: false,
    }).collect();
    const calls = only(events, "direct");
    assert.deepEqual(
      calls.map(({ endpoint, model, lane, attempt, status }) => [
        endpoint,
        model,
        lane,
        attempt,
        status,
      ]),
      [
        ["/v1/chat/completions", "gpt-5", "priority", 1, 500],
        ["/v1/chat/completions", "gpt-5", "priority", 2, 200],
      ],
    );
    const [retry] = only(events, "retry");
    assert.equal(retry?.request, "one");
    assert.equal(retry?.attempt, 1);
    assert.equal(retry?.reason, "http_500");
    assert.equal(only(events, "results").length, 1);
  },
);

test(
  "a window tells its creates, looks and ledger files",
  options,
  async () => {
    const { sim, client, events } = open();
    const stream = client.direct(["a", "b"], {
      endpoint: "/v1/responses",
      lane: "8h",
      job: "night",
      params: { model: "gpt-5" },
      progress: false,
    });
    await stream.collect();
    await stream.cleanup();
    const ids = new Set(sim.ledger.responses.map(({ id }) => id));
    const calls = only(events, "direct");
    assert.deepEqual(new Set(calls.map(({ response }) => response)), ids);
    assert.ok(calls.every(({ lane }) => lane === "8h"));
    const looks = only(events, "look").filter(({ response }) => response);
    assert.deepEqual(new Set(looks.map(({ response }) => response)), ids);
    assert.ok(only(events, "upload").length > 0);
    assert.ok(only(events, "delete").some(({ response }) => response));
    const waits = new Set(only(events, "wait").map(({ reason }) => reason));
    assert.deepEqual(waits, new Set(["lists", "responses"]));
    assert.ok(events.every(({ job }) => job === "night"));
  },
);

test(
  "a job's own listener hears that job only, the client's hears all",
  options,
  async () => {
    const { client, events } = open();
    const own: TraceEvent[] = [];
    const trace = (event: TraceEvent) => own.push(event);
    await client.run(["a"], { job: "one", params, progress: false, trace });
    await client.run(["a"], { job: "two", params, progress: false });
    assert.deepEqual(new Set(own.map(({ job }) => job)), new Set(["one"]));
    assert.deepEqual(
      new Set(events.map(({ job }) => job)),
      new Set(["one", "two"]),
    );
  },
);

test(
  "no event holds a key, a prompt or an answer, whatever goes wrong",
  options,
  async () => {
    const prompt = "the secret prompt";
    const answer = "the secret answer";
    for (let seed = 1; seed <= 10; seed++) {
      const { sim, client, events } = open({
        seed,
        faults: {
          "500": 0.1,
          "400": 0.02,
          html: 0.05,
          reset_after: 0.05,
          truncated: 0.05,
          hang: 0.02,
        },
        respond: ({ text }) =>
          seed % 2
            ? answer
            : { status: 400, body: { error: { code: "bad", message: text } } },
      });
      await client.run([prompt], { params, progress: false }).catch(() => {});
      await client.direct([prompt], { params, progress: false }).collect()
        .catch(() => {});
      const text = JSON.stringify(events);
      assert.ok(events.length > 5);
      for (const secret of [prompt, answer, sim.options.apiKey, "secret"]) {
        assert.ok(!text.includes(secret), secret);
      }
    }
  },
);

test("a listener that throws changes nothing", options, async () => {
  const heard: string[] = [];
  const { client } = open({}, {
    trace: ({ type }) => {
      heard.push(type);
      throw new Error("broken");
    },
  });
  const run = await client.run(sums(3), { params, progress: false });
  assert.equal(run.succeeded.length, 3);
  assert.ok(heard.includes("results"));
});

test("anything but a function is refused", options, () => {
  const { sim, client } = open();
  const trace = "console" as unknown as () => void;
  assert.throws(() => new OpenAIBatch({ ...sim.options, trace }), TypeError);
  assert.throws(() => client.stream(["a"], { params, trace }), TypeError);
  assert.throws(() => client.direct(["a"], { params, trace }), TypeError);
});

test("if nobody listens, there is nothing to call", () => {
  assert.equal(listenerOf(undefined, undefined), undefined);
  assert.equal(traceCalls(undefined, "a", () => undefined), undefined);
});
