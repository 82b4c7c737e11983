/**
 * The simulator's service tiers and background responses, driven by the
 * official SDK.
 *
 * @module
 */

import OpenAI, { APIError } from "openai";
import {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming;

function open(simulator: SimulatorOptions = {}) {
  const sim = createSimulator(simulator);
  const { apiKey, baseURL, fetch } = sim.options;
  return { sim, client: new OpenAI({ apiKey, baseURL, fetch, maxRetries: 0 }) };
}

function windowed(window: string, more: object = {}): Body {
  return {
    model: "gpt-5",
    input: "hi",
    background: true,
    background_options: { completion_window: window },
    store: true,
    ...more,
  } as Body;
}

async function refusalOf(call: Promise<unknown>): Promise<APIError> {
  const error = await call.then(() => undefined, (error) => error);
  assert.ok(error instanceof APIError, String(error));
  return error;
}

/** The statuses of a response, each once, until it ends. */
async function statusesOf(sim: Simulator, client: OpenAI, id: string) {
  const seen: string[] = [];
  for (let step = 0; step < 60 * 60 * 8; step++) {
    const { status = "" } = await client.responses.retrieve(id);
    if (seen.at(-1) !== status) seen.push(status);
    if (!["queued", "in_progress"].includes(status)) break;
    await sim.clock.advance(1_000);
  }
  return seen;
}

for (
  const [asked, granted] of [
    [undefined, "default"],
    ["auto", "default"],
    ["default", "default"],
    ["flex", "flex"],
    ["priority", "priority"],
    ["fast", "priority"],
  ]
) {
  test(
    `a call at the tier ${asked} is answered by ${granted}`,
    options,
    async () => {
      const { client } = open();
      const service_tier = asked as "flex";
      const more = asked ? { service_tier } : {};
      const response = await client.responses.create({
        model: "gpt-5",
        input: "hi",
        ...more,
      });
      assert.equal(response.service_tier, granted);
      const chat = await client.chat.completions.create({
        model: "gpt-5",
        messages: [{ role: "user", content: "hi" }],
        ...more,
      });
      assert.equal(chat.service_tier, granted);
    },
  );
}

test("flex is refused where the model has no flex price", options, async () => {
  const { client } = open();
  const error = await refusalOf(client.responses.create({
    model: "gpt-4o-mini",
    input: "hi",
    service_tier: "flex",
  }));
  assert.equal(error.status, 400);
  assert.equal(error.param, "service_tier");
});

test(
  "without room, flex is refused and other tiers are not",
  options,
  async () => {
    const { sim, client } = open({ faults: { resource_unavailable: 1 } });
    const body = { model: "gpt-5", input: "hi" };
    const error = await refusalOf(
      client.responses.create({ ...body, service_tier: "flex" }),
    );
    assert.equal(error.status, 429);
    assert.equal(error.code, "resource_unavailable");
    const { service_tier } = await client.responses.create(body);
    assert.equal(service_tier, "default");
    assert.equal(sim.ledger.requests.length, 1);
  },
);

for (const window of ["2h", "8h"]) {
  test(
    `a response in the window ${window} ends within it`,
    options,
    async () => {
      const { sim, client } = open();
      const { id, status } = await client.responses.create(windowed(window));
      assert.equal(status, "queued");
      const seen = await statusesOf(sim, client, id);
      assert.deepEqual(seen, ["queued", "in_progress", "completed"]);
      const response = await client.responses.retrieve(id);
      assert.equal(response.id, id);
      assert.equal(response.output_text, "Answer to: hi");
      assert.equal(response.background, true);
      assert.equal(response.usage?.input_tokens, 1);
      const [entry] = sim.ledger.responses;
      assert.equal(entry?.isBilled, true);
      assert.ok(sim.clock.now() - entry!.createdAt < parseInt(window) * HOUR);
    },
  );
}

for (
  const [name, more] of [
    ["an unknown window", { background_options: { completion_window: "1h" } }],
    ["no background", { background: false }],
    ["another tier", { service_tier: "flex" }],
  ] as const
) {
  test(`a window with ${name} is refused`, options, async () => {
    const { client } = open();
    const call = client.responses.create(windowed("8h", more));
    assert.equal((await refusalOf(call)).status, 400);
  });
}

test("a response whose model fails says so with a 200", options, async () => {
  const { sim, client } = open({
    respond: () => ({ status: 500, body: { error: { message: "broken" } } }),
  });
  const { id } = await client.responses.create(windowed("2h"));
  await statusesOf(sim, client, id);
  const { status, error, usage } = await client.responses.retrieve(id);
  assert.equal(status, "failed");
  assert.equal(error?.message, "broken");
  assert.equal(usage, null);
  assert.equal(sim.ledger.responses[0]?.isBilled, false);
});

test(
  "a queued response that is cancelled has used nothing",
  options,
  async () => {
    const { sim, client } = open();
    const { id } = await client.responses.create(windowed("2h"));
    const cancelled = await client.responses.cancel(id);
    assert.equal(cancelled.status, "cancelled");
    assert.equal(cancelled.usage, null);
    await sim.clock.advance(2 * HOUR);
    assert.equal((await client.responses.cancel(id)).status, "cancelled");
    assert.equal(sim.ledger.requests.length, 0);
  },
);

test("one that is cancelled at work is paid", options, async () => {
  const { sim, client } = open({ faults: { never_ends: 1 } });
  const { id } = await client.responses.create(windowed("2h"));
  await sim.clock.advance(2 * HOUR);
  assert.equal((await client.responses.retrieve(id)).status, "in_progress");
  const { status, usage } = await client.responses.cancel(id);
  assert.equal(status, "cancelled");
  assert.equal(usage?.output_tokens, 1);
  assert.equal(sim.ledger.responses[0]?.isBilled, true);
});

test(
  "a cancel does not change a response that has ended",
  options,
  async () => {
    const { sim, client } = open();
    const { id } = await client.responses.create(windowed("2h"));
    await sim.clock.advance(2 * HOUR);
    assert.equal((await client.responses.cancel(id)).status, "completed");
  },
);

test(
  "a response may stay queued for ever, and be deaf to a cancel",
  options,
  async () => {
    const { sim, client } = open({
      faults: { stays_queued: 1, ignores_cancel: 1 },
    });
    const { id } = await client.responses.create(windowed("2h"));
    await sim.clock.advance(100 * HOUR);
    assert.equal((await client.responses.retrieve(id)).status, "queued");
    assert.equal((await client.responses.cancel(id)).status, "queued");
  },
);

test(
  "an unstored response is gone ten minutes after it ended",
  options,
  async () => {
    const { sim, client } = open();
    const stored = await client.responses.create(windowed("2h"));
    const { id } = await client.responses.create(
      windowed("2h", { store: false }),
    );
    await statusesOf(sim, client, id);
    await sim.clock.advance(9 * MINUTE);
    assert.equal((await client.responses.retrieve(id)).status, "completed");
    await sim.clock.advance(2 * MINUTE);
    assert.equal((await refusalOf(client.responses.retrieve(id))).status, 404);
    await sim.clock.advance(20 * 24 * HOUR);
    assert.equal(
      (await client.responses.retrieve(stored.id)).status,
      "completed",
    );
  },
);

test("a response that was deleted is gone", options, async () => {
  const { sim, client } = open();
  const { id } = await client.responses.create(windowed("2h"));
  await client.responses.delete(id);
  assert.equal((await refusalOf(client.responses.retrieve(id))).status, 404);
  assert.equal((await refusalOf(client.responses.delete(id))).status, 404);
  assert.equal(sim.ledger.responses[0]?.isDeleted, true);
});

test("a webhook tells at once that a response has ended", options, async () => {
  const { sim, client } = open();
  const events: { type: string; data: { id: string } }[] = [];
  sim.onWebhook(async (request) => events.push(await request.json()));
  const first = await client.responses.create(windowed("2h"));
  const second = await client.responses.create(windowed("8h"));
  await client.responses.cancel(second.id);
  await sim.clock.advance(2 * HOUR);
  const told = events.map(({ type, data }) => [type, data.id]);
  assert.deepEqual(told, [
    ["response.cancelled", second.id],
    ["response.completed", first.id],
  ]);
});
