/** The batch of a round: what it is created with, and what no answer means. */

import {
  APIError,
  type Batch,
  ConnectionError,
  type FileObject,
} from "@offpeak/openai-batch";
import type { Services } from "../../../src/job/services.ts";
import { createBatch } from "../../../src/job/send/create_batch.ts";
import { Round } from "../../../src/job/state/round.ts";
import type { Tag } from "../../../src/job/state/tag.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const TAG: Tag = {
  job: "night",
  part: 0,
  slice: undefined,
  round: 0,
  lines: 3,
  digest: "0123456789abcdef",
  last: false,
};
const OFFPEAK = "night.v1.p0.r0.n3.0123456789abcdef";

function pairs(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`key${i}`, `${i}`]),
  );
}

/** Creates a batch at a time; gives what it was created with. */
async function create(
  {
    batch = {},
    example,
    error,
    round = new Round(stoppedClock()),
    after = 0,
    signal,
  }: {
    batch?: Partial<Batch>;
    example?: Partial<Batch>;
    error?: Error;
    round?: Round;
    after?: number;
    signal?: AbortSignal;
  } = {},
) {
  let params: Record<string, unknown> = {};
  const batches = {
    create: (given: Record<string, unknown>) => {
      params = given;
      return error ? Promise.reject(error) : Promise.resolve({ id: "batch_1" });
    },
  };
  const services = { batches, clock: { now: () => NOW + after } };
  const seen: string[] = [];
  await createBatch(
    round,
    {
      file: { id: "file_1" } as FileObject,
      tag: TAG,
      endpoint: "/v1/responses",
      example: example as Batch | undefined,
    },
    ({ id }) => void seen.push(id),
    services as unknown as Services,
    { batch, signal } as unknown as Parameters<typeof createBatch>[4],
  );
  return { params, seen, round };
}

test(
  "a batch has its file, its endpoint, a day and the tag",
  options,
  async () => {
    const { params, seen } = await create();
    assert.deepEqual(params, {
      completion_window: "24h",
      input_file_id: "file_1",
      endpoint: "/v1/responses",
      metadata: { offpeak: OFFPEAK },
    });
    assert.deepEqual(seen, ["batch_1"]);
  },
);

for (
  const [rule, batch, example, expected] of [
    ["the caller's pairs", { metadata: pairs(2) }, undefined, pairs(2)],
    ["15 of them at most", { metadata: pairs(20) }, undefined, pairs(15)],
    ["those of an earlier batch", {}, {
      metadata: { ...pairs(2), offpeak: "x" },
    }, pairs(2)],
    ["the caller's alone where both are there", { metadata: { a: "b" } }, {
      metadata: pairs(2),
    }, { a: "b" }],
    ["texts only", {}, { metadata: { ...pairs(1), n: 7 } }, pairs(1)],
    ["none where there are none", {}, { metadata: null }, {}],
  ] as [string, Partial<Batch>, Partial<Batch> | undefined, object][]
) {
  test(`the pairs of a batch are ${rule}`, options, async () => {
    const { params } = await create({ batch, ...(example ? { example } : {}) });
    assert.deepEqual(params.metadata, { ...expected, offpeak: OFFPEAK });
  });
}

test(
  "its window is the caller's, else that of an earlier batch",
  options,
  async () => {
    const example = { completion_window: "48h" } as unknown as Batch;
    const batch = { completion_window: "1h" } as unknown as Batch;
    const windowOf = async (given: Parameters<typeof create>[0]) =>
      (await create(given)).params.completion_window;
    assert.equal(await windowOf({ example }), "48h");
    assert.equal(await windowOf({ example, batch }), "1h");
  },
);

test("what was aborted before is not created", options, async () => {
  const error = new Error("created");
  await assert.rejects(create({ signal: AbortSignal.abort(), error }), {
    name: "AbortError",
  });
});

const REFUSED = new APIError("No", {
  status: 400,
  headers: new Headers(),
  error: {},
});
const LOST = new ConnectionError("reset", {
  code: "connection",
  ambiguous: true,
});

test(
  "a create that was refused is an error, one without an answer may have worked",
  options,
  async () => {
    const round = new Round(stoppedClock());
    await assert.rejects(create({ error: REFUSED, round }), { status: 400 });
    assert.equal(round.unansweredSince, undefined);
    const { seen } = await create({ error: LOST, round });
    assert.deepEqual(seen, []);
    await create({ error: LOST, round, after: HOUR });
    assert.equal(round.unansweredSince, NOW + HOUR);
    assert.equal(round.troubleSince, NOW);
  },
);

test("another error is one, whatever it says", options, async () => {
  const error = Object.assign(new Error("bug"), { ambiguous: true });
  await assert.rejects(create({ error }), (thrown) => thrown === error);
});

test(
  "after six hours without an answer it is given up, and not before",
  options,
  async () => {
    const round = new Round(stoppedClock());
    await create({ error: LOST, round });
    await create({ error: LOST, round, after: 6 * HOUR });
    await assert.rejects(create({ error: LOST, round, after: 6 * HOUR + 1 }), {
      name: "OpenAIBatchError",
      message:
        "No batch could be created for 6 hours, and none has appeared: reset",
      code: "connection",
      cause: LOST,
    });
  },
);
