/**
 * Answers that are odd as a whole batch: files that contradict each other,
 * batches that are refused, ids that got lost, credit that is used up.
 *
 * @module
 */

import {
  type Endpoint,
  type JobOptions,
  OpenAIBatch,
  QuotaError,
  type Result,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedAnswer,
  type Simulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { rewriteBatches } from "../../_support/rewrite.ts";
import { sums } from "../../_support/sums.ts";

const OPTIONS: JobOptions = {
  params: { model: "gpt-4o-mini" },
  progress: false,
};

function open(options: SimulatorOptions): {
  sim: Simulator;
  client: OpenAIBatch;
} {
  const sim = createSimulator(options);
  return { sim, client: new OpenAIBatch(sim.options) };
}

/** What came of one request that is answered so. */
async function resultOf(
  respond: (attempt: number) => SimulatedAnswer,
  options: JobOptions = {},
): Promise<Result> {
  const { client } = open({ respond: ({ attempt }) => respond(attempt) });
  const { results } = await client.run(["hi"], { ...OPTIONS, ...options });
  return results[0]!;
}

function errorLine(error: unknown): SimulatedAnswer {
  return { lines: [{ response: null, error }] };
}

test(
  "an answer counts that comes after an error of the same request",
  options,
  async () => {
    const { sim, client } = open({ faults: { errors_first: 1 } });
    const { results } = await client.run(sums(20), OPTIONS);
    assert.ok(results.every(({ ok, attempts }) => ok && attempts === 1));
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "so does one that follows an answer which retry did not take",
  options,
  async () => {
    const { sim, client } = open({
      faults: { errors_first: 1 },
      respond: ({ attempt }) => attempt === 1 ? "draft" : "answer",
    });
    const run = await client.run(["hi"], {
      ...OPTIONS,
      retry: ({ output }) => output === "draft",
    });
    assert.deepEqual(run.results.map(({ output }) => output), ["answer"]);
    assert.equal(run.results[0]?.attempts, 2);
    assert.equal(sim.ledger.answered("0"), 2);
  },
);

test(
  "a download that ends after an error is read again: the answer may follow",
  options,
  async () => {
    const sim = createSimulator({ faults: { errors_first: 1 } });
    let downloads = 0;
    const client = new OpenAIBatch({
      ...sim.options,
      fetch: async (input, init) => {
        const response = await sim.fetch(input, init);
        if (!String(input).endsWith("/content") || downloads++ > 0) {
          return response;
        }
        // It looks whole, as a body does that ends with its connection.
        const [line] = (await response.text()).split("\n");
        return new Response(`${line}\n`);
      },
    });
    const run = await client.run(["hi"], OPTIONS);
    assert.equal(run.results[0]?.ok, true);
    assert.equal(run.results[0]?.attempts, 1);
    assert.equal(downloads, 2);
  },
);

test(
  "an answer in the error file counts, whatever the output file says",
  options,
  async () => {
    const { sim, client: _ } = open({
      respond: ({ text }) => text === "b" ? { status: 400, body: "no" } : text,
    });
    // The file that holds the error is read first.
    const fetch = rewriteBatches(sim.fetch, (batch) => ({
      ...batch,
      output_file_id: batch.error_file_id,
      error_file_id: batch.output_file_id,
    }));
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(["a", "b"], OPTIONS);
    assert.deepEqual(run.results.map(({ output }) => output), ["a", undefined]);
    assert.equal(run.failed[0]?.error.code, "http_400");
  },
);

test(
  "failures are handed out once all files of their round were read",
  options,
  async () => {
    const { client } = open({
      respond: ({ text }) => text === "bad" ? { status: 400, body: {} } : text,
    });
    const order: string[] = [];
    for await (const { id } of client.stream(["bad", "x", "y"], OPTIONS)) {
      order.push(id);
    }
    assert.equal(order.at(-1), "0");
  },
);

test(
  "an error that no rule knows is asked about twice, however many attempts there are",
  options,
  async () => {
    const unknown = () => errorLine({ type: "request_failed", message: "No." });
    const asked = async (maxAttempts: number) =>
      (await resultOf(unknown, { maxAttempts })).attempts;
    assert.deepEqual([await asked(1), await asked(2), await asked(9)], [
      1,
      2,
      2,
    ]);
  },
);

const WORDS: [error: unknown, attempts: number][] = [
  [{ code: "server_error" }, 3],
  [{ code: "InternalServerError" }, 3],
  [{ type: "rate_limit_error" }, 3],
  [{ code: 408 }, 3],
  [{ code: "502" }, 3],
  [{ code: 429, type: "RateLimited" }, 3],
  [{ code: 404 }, 1],
  [{ code: "422" }, 1],
  [{ code: "InvalidParameter" }, 1],
  [{ code: "unsupported_value" }, 1],
  [{ code: "file_not_found" }, 1],
  [{ type: "authentication_error" }, 1],
  [{ type: "permission_denied" }, 1],
  [{ code: "integer_below_min_value" }, 1],
  [{ code: "rate_limit_exceeded", type: "invalid_request_error" }, 3],
  [{ code: "deadline" }, 1],
  [{ code: "odd" }, 2],
  ["the engine crashed", 2],
];

for (const [error, attempts] of WORDS) {
  test(
    `a line with the error ${JSON.stringify(error)} is asked ${attempts} times`,
    options,
    async () => {
      const result = await resultOf(() => errorLine(error));
      assert.equal(result.ok, false);
      assert.equal(result.attempts, attempts);
    },
  );
}

test(
  "a response that runs on is not paid twice, whatever retry says",
  options,
  async () => {
    const { client } = open({
      respond: () => ({ id: "resp_1", status: "queued", background: true }),
    });
    const run = await client.run(["hi"], {
      ...OPTIONS as JobOptions<Endpoint>,
      endpoint: "/v1/responses",
      retry: () => true,
    });
    assert.equal(run.failed[0]?.error.code, "response_queued");
    assert.match(run.failed[0]!.error.message, /resp_1/);
    assert.equal(run.failed[0]?.attempts, 1);
  },
);

test(
  "a failure keeps what the server sent, of whatever shape",
  options,
  async () => {
    for (const body of [{ detail: "no" }, [{ error: "no" }], "no"]) {
      const result = await resultOf(() => ({ status: 400, body }));
      assert.deepEqual(result.body, body);
    }
  },
);

test("an error of a megabyte is cut in its message", options, async () => {
  const body = "x".repeat(1_000_000);
  const result = await resultOf(() => ({ status: 400, body }));
  assert.ok(result.error!.message.length < 1_100);
  const error = { code: body, type: body, message: body };
  const { code, type, message } = (await resultOf(() => errorLine(error)))
    .error!;
  assert.deepEqual([code, type, message].map((text) => text?.length), [
    1_000,
    1_000,
    1_000,
  ]);
});

test(
  "a refused batch asks retry, which may send it with other params",
  options,
  async () => {
    const { sim, client } = open({});
    const asked: string[] = [];
    const run = await client.run(sums(3), {
      ...OPTIONS,
      params: { model: "nonexistent-model" },
      retry: ({ error }) => {
        asked.push(error?.code ?? "");
        return error?.code === "model_not_found" && { model: "gpt-4o-mini" };
      },
    });
    assert.ok(run.results.every(({ ok }) => ok));
    assert.equal(asked.filter((code) => code === "model_not_found").length, 3);
    assert.equal(sim.ledger.batches.length, 2);
  },
);

test(
  "a batch that is refused for a reason that passes is sent again",
  options,
  async () => {
    const { sim, client } = open({ seed: 5, faults: { internal_error: 0.5 } });
    const run = await client.run(sums(12), { ...OPTIONS, batchSize: 2 });
    const refused = sim.ledger.batches.filter(({ status }) =>
      status === "failed"
    );
    assert.ok(refused.length > 0);
    for (const { ok, error, attempts } of run.results) {
      assert.ok(ok || (error.code === "internal_error" && attempts === 3));
    }
    for (const { id } of sums(12)) assert.ok(sim.ledger.answered(id) <= 1);
  },
);

test("it is sent no more often than maxAttempts", options, async () => {
  const { sim, client } = open({ faults: { internal_error: 1 } });
  const run = await client.run(["hi"], { ...OPTIONS, maxAttempts: 2 });
  assert.equal(run.failed[0]?.error.code, "internal_error");
  assert.equal(run.failed[0]?.attempts, 2);
  assert.equal(sim.ledger.batches.length, 2);
});

test(
  "a batch whose answers have lost their ids is paid for once, and says so",
  options,
  async () => {
    const { sim, client } = open({ faults: { lost_ids: 1 } });
    const run = await client.run(sums(3), OPTIONS);
    for (const { attempts, error } of run.results) {
      assert.equal(error?.code, "unreadable_results");
      assert.match(error!.message, /3 answers/);
      assert.equal(attempts, 1);
    }
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "a line of a stranger makes a batch unreadable only where it has no other",
  options,
  async () => {
    const { client } = open({
      respond: ({ attempt }) =>
        attempt === 1
          ? {
            lines: [{ custom_id: "stranger", response: { status_code: 200 } }],
          }
          : "fine",
    });
    const lost = await client.run(["a"], OPTIONS);
    assert.equal(lost.failed[0]?.error.code, "unreadable_results");
    const { client: other } = open({
      respond: ({ text, attempt }) =>
        attempt === 1 && text === "a"
          ? {
            lines: [{ custom_id: "stranger", response: { status_code: 200 } }],
          }
          : "fine",
    });
    const run = await other.run(["a", "b"], OPTIONS);
    assert.deepEqual(run.results.map(({ attempts }) => attempts), [2, 1]);
  },
);

const CREDIT: [name: string, answer: SimulatedAnswer][] = [
  ["402", { status: 402, body: {} }],
  ["Arrearage", { status: 400, body: { error: { code: "Arrearage" } } }],
  ["its type", {
    status: 403,
    body: { error: { type: "insufficient_quota" } },
  }],
  ["a line without a status", errorLine({ code: "insufficient_balance" })],
  [
    "a 200",
    { error: { code: "billing_not_active", message: "Pay." }, choices: [] },
  ],
];

for (const [name, answer] of CREDIT) {
  test(
    `without credit, told by ${name}, the job stops and goes on later`,
    options,
    async () => {
      const { client } = open({
        respond: ({ attempt }) => attempt === 1 ? answer : "fine",
      });
      const run = () => client.run(["hi"], { ...OPTIONS, job: "night" });
      await assert.rejects(run(), QuotaError);
      const { results: [result] } = await run();
      assert.equal(result?.ok, true);
      assert.equal(result?.attempts, 1);
    },
  );
}

test(
  "a batch that is refused for lack of credit stops the job, and its file is used again",
  options,
  async () => {
    // Of the first batches of this seed, some find no credit.
    const faults = { billing_hard_limit_reached: 0.7 };
    const { sim, client } = open({ seed: 2, faults });
    let refusals = 0;
    const again = async (): Promise<Result[]> => {
      try {
        const options = { ...OPTIONS, job: "night" };
        return (await client.run(sums(2), options)).results;
      } catch (error) {
        assert.ok(error instanceof QuotaError);
        assert.match(error.message, /Billing hard limit/);
        refusals++;
        await sim.clock.advance(3_600_000);
        return await again();
      }
    };
    const results = await again();
    assert.ok(results.every(({ ok, attempts }) => ok && attempts === 1));
    const { batches } = sim.ledger;
    assert.ok(refusals > 0);
    assert.equal(batches.length, refusals + 1);
    assert.equal(new Set(batches.map((one) => one.input_file_id)).size, 1);
  },
);
