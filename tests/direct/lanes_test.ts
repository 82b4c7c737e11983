/**
 * Lanes without a batch: tiers, what they cost, and flex without room.
 *
 * @module
 */

import {
  type BatchRequest,
  type DirectOptions,
  type Endpoint,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { refusal, script } from "../_support/scripted.ts";
import { sums } from "../_support/sums.ts";
import { open, tiersOf } from "./_lanes.ts";

const params = { model: "gpt-5" };

const RESPONSES = "/v1/responses";

const MINUTE = 60_000;

const HOUR = 60 * MINUTE;

for (
  const [lane, tier, cost] of [
    [undefined, undefined, 2],
    ["standard", "default", 2],
    ["flex", "flex", 1],
    ["priority", "priority", 4],
  ] as const
) {
  for (const endpoint of ["/v1/chat/completions", RESPONSES] as const) {
    test(
      `${endpoint} in the lane ${lane} asks for ${tier} and costs that`,
      options,
      async () => {
        const { sim, client } = open({ respond: () => "x".repeat(4_000) });
        const asked = { endpoint, lane, params, progress: false } as const;
        const run = await client.direct(sums(4), asked).collect();
        assert.deepEqual(tiersOf(sim), Array(4).fill(tier));
        assert.equal(run.succeeded.length, 4);
        assert.ok(
          run.results.every((result) =>
            result.lane === (lane ?? "standard") && result.via === "direct"
          ),
        );
        const { usage } = run;
        assert.equal(usage.models.length, 1);
        // gpt-5 costs 1.25 and 10; flex half of that, priority twice.
        const { input_tokens, output_tokens } = usage;
        const standard = (input_tokens * 1.25 + output_tokens * 10) / 1e6;
        assert.ok(output_tokens === 4_000 && standard > 0.04);
        assert.ok(Math.abs(usage.cost! - standard * cost / 2) < 1e-9);
      },
    );
  }
}

test(
  "an answer of another tier than was asked for costs what that tier costs",
  options,
  async () => {
    const { client } = open({
      respond: () => ({
        object: "response",
        status: "completed",
        model: "gpt-5",
        output: [{
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "hi" }],
        }],
        usage: { input_tokens: 1e6, output_tokens: 0, total_tokens: 1e6 },
        service_tier: "default",
      }),
    });
    const run = await client.direct(["a"], {
      endpoint: RESPONSES,
      lane: "flex",
      params,
      progress: false,
    }).collect();
    assert.equal(run.results[0]?.lane, "standard");
    assert.equal(run.usage.cost, 1.25);
  },
);

test("a model without flex fails in the API's words", options, async () => {
  const { sim, client } = open();
  const { failed } = await client.direct(["a"], {
    lane: "flex",
    params: { model: "gpt-4o-mini" },
    progress: false,
  }).collect();
  assert.equal(failed[0]?.error.status, 400);
  assert.match(failed[0]!.error.message, /Flex is not available/);
  assert.equal(failed[0]?.attempts, 1);
  assert.equal(sim.ledger.calls.length, 1);
});

type Wrong = [
  name: string,
  options: DirectOptions<Endpoint>,
  body: object,
  message: RegExp,
];

const input = "hi";

const messages = [{ role: "user", content: "hi" }];

const WRONG: Wrong[] = [
  ["no lane", { lane: "batch" as "flex" }, { messages }, /"batch"/],
  [
    "embeddings at flex",
    {
      lane: "flex",
      endpoint: "/v1/embeddings",
    },
    { input },
    /is for \/v1\/embeddings: the lane "flex"/,
  ],
  [
    "embeddings with priority",
    {
      lane: "priority",
      endpoint: "/v1/embeddings",
    },
    { input },
    /the lane "priority"/,
  ],
  [
    "chat in a window",
    { lane: "8h" },
    { messages },
    /the lane "8h" is for \/v1\/responses/,
  ],
  [
    "two tiers",
    { lane: "flex" },
    { messages, service_tier: "priority" },
    /service_tier "priority"/,
  ],
  ["a tier beside standard", { lane: "standard" }, {
    messages,
    service_tier: "flex",
  }, /service_tier "flex"/],
  ["a tier in a window", { lane: "2h", endpoint: RESPONSES }, {
    input,
    service_tier: "flex",
  }, /service_tier "flex"/],
  ["a foreground in a window", { lane: "2h", endpoint: RESPONSES }, {
    input,
    background: false,
  }, /background false/],
  ["nothing stored in a window", { lane: "2h", endpoint: RESPONSES }, {
    input,
    store: false,
  }, /store false/],
  ["another window", { lane: "2h", endpoint: RESPONSES }, {
    input,
    background_options: { completion_window: "8h" },
  }, /completion_window "8h"/],
  [
    "a fallback without flex",
    { fallbackAfter: 1 },
    { messages },
    /needs the lane "flex"/,
  ],
  [
    "a fallback of no time",
    { lane: "flex", fallbackAfter: -1 },
    { messages },
    /fallbackAfter/,
  ],
];

for (const [name, wrong, body, message] of WRONG) {
  test(`${name}: refused before anything is sent`, options, async () => {
    const { sim, client } = open();
    const request = { body: { model: "gpt-5", ...body } };
    const send = () =>
      client.direct([request] as BatchRequest<Endpoint>[], {
        ...wrong,
        progress: false,
      }).collect();
    await assert.rejects(async () => await send(), (error: Error) => {
      assert.match(error.message, message);
      return error instanceof TypeError || error instanceof RangeError;
    });
    assert.equal(sim.ledger.calls.length, 0);
  });
}

test(
  "a project's own tier is left alone, unless the lane is given",
  options,
  async () => {
    const { sim, client } = open();
    const asked = { params, progress: false };
    await client.direct(["a"], asked).collect();
    await client.direct(["a"], { ...asked, lane: "standard" }).collect();
    assert.deepEqual(tiersOf(sim), [undefined, "default"]);
  },
);

test(
  "a call in flex has 15 minutes, others 10, or what the client says",
  options,
  async () => {
    const limits = [
      ["flex", undefined, 15 * MINUTE],
      ["standard", undefined, 10 * MINUTE],
      ["flex", 3 * MINUTE, 3 * MINUTE],
    ] as const;
    for (const [lane, timeout, expected] of limits) {
      const { sim } = open({ faults: { hang: 1 } });
      const client = new OpenAIBatch({ ...sim.options, timeout });
      const start = sim.clock.now();
      const { failed } = await client.direct(["a"], {
        lane,
        params,
        maxAttempts: 1,
        progress: false,
      }).collect();
      assert.equal(failed[0]?.error.code, "request_timeout");
      const took = sim.clock.now() - start;
      assert.ok(Math.abs(took - expected) < 1_000, `${lane} took ${took}`);
    }
  },
);

const rest = {
  job: "night",
  deadline: 8 * HOUR,
  atDeadline: "direct",
  params,
  progress: false,
} as const;

test(
  "at the deadline the rest is asked in the lane, and priced so",
  options,
  async () => {
    const { sim, client } = open({ faults: { expired: 1 } });
    const run = await client.run(sums(20), { ...rest, lane: "flex" });
    assert.equal(run.succeeded.length, 20);
    const lanes = new Set(run.results.map(({ lane }) => lane));
    assert.deepEqual(lanes, new Set(["batch", "flex"]));
    const direct = sim.ledger.requests.filter(({ custom_id }) => !custom_id);
    assert.ok(direct.length > 0);
    assert.ok(direct.every(({ body }) => body.service_tier === "flex"));
    const rows = run.usage.models.map(({ lane }) => lane).sort();
    assert.deepEqual(rows, ["batch", "flex"]);
  },
);

for (
  const [name, wrong, message] of [
    [
      "a lane without a deadline",
      { atDeadline: "fail", lane: "flex" },
      /needs atDeadline/,
    ],
    ["a lane of another endpoint", { lane: "8h" }, /the lane "8h" is for/],
    ["a fallback without flex", { fallbackAfter: 1 }, /needs the lane "flex"/],
  ] as const
) {
  test(
    `of a job, ${name} is refused before anything is sent`,
    options,
    async () => {
      const { sim, client } = open();
      const run = async () => await client.run(["a"], { ...rest, ...wrong });
      await assert.rejects(run, message);
      const sent = sim.ledger.calls.filter(({ method }) => method === "POST");
      assert.deepEqual(sent, []);
    },
  );
}

test(
  "a job that is attached with a lane that its lines can't have says so",
  options,
  async () => {
    const { sim, client } = open({ faults: { expired: 1 } });
    await client.submit(sums(20), { ...rest, lane: "flex" });
    await sim.clock.advance(9 * HOUR);
    const job = await client.attach(
      "night",
      { ...rest, job: undefined, lane: "8h" } as object,
    );
    await assert.rejects(
      async () => {
        for await (const _ of job.results());
      },
      /The request "calc_0" is for \/v1\/chat\/completions/,
    );
  },
);

test("a refusal of another kind is not a lack of room", options, async () => {
  const { client, calls } = script((_, index) =>
    index === 0 ? refusal(429) : new Response(JSON.stringify({
      model: "gpt-5",
      choices: [{ index: 0, message: { role: "assistant", content: "x" } }],
    }))
  );
  await client.direct(["a"], {
    lane: "flex",
    fallbackAfter: 0,
    params,
    progress: false,
  }).collect();
  const tiers = await Promise.all(
    calls.map(({ body }) => JSON.parse(String(body)).service_tier),
  );
  assert.deepEqual(tiers, ["flex", "flex"]);
});
