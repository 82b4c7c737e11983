/** What a sample tells about all requests, and how sure that is. */

import { readFileSync } from "node:fs";
import type { BatchRequest, Range } from "@offpeak/openai-batch";
import { assert, test } from "../_support/prelude.ts";
import { Random } from "../../src/testing/_random.ts";
import { answering, open } from "./_sample.ts";

const options = { timeout: 120_000 };

const params = { model: "gpt-4o-mini" };

const quiet = { params, progress: false } as const;

const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => `question ${i}`);

const holds = (range: Range | undefined, value: number | undefined) =>
  range !== undefined && value !== undefined && range.low <= value &&
  value <= range.high;

/** A normal number by the method of Box and Muller. */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

/** In how many of 100 inputs of 300 requests the real cost lies in the range, for samples of 10 and of 50. */
async function coverage(
  draw: (random: Random) => number,
): Promise<{ 10: number; 50: number }> {
  const hits = { 10: 0, 50: 0 };
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(`sample ${seed}`);
    const { client } = open(answering((text) => ({
      input: 5 + text.length / 4 | 0,
      output: Math.round(draw(random.fork(text))),
    })));
    const requests = numbered(300).map((text) =>
      `${text}: ${"x ".repeat(random.fork(`${text}!`).integer(0, 200))}`
    );
    const { usage: { cost } } = await client.run(requests, quiet);
    for (const size of [10, 50] as const) {
      const { estimate } = await client.sample(requests, { ...quiet, size });
      if (holds(estimate.cost, cost)) hits[size]++;
    }
  }
  return hits;
}

const docs = readFileSync(
  new URL("../../docs/cost.md", import.meta.url),
  "utf8",
)
  .replace(/\s+/g, " ");

test(
  "where lengths are lognormal (sigma 1) the range holds as often as the docs say",
  options,
  async () => {
    const found = await coverage((random) => 150 * Math.exp(normal(random)));
    assert.ok(found[10] >= 80, `${found[10]} of 100`);
    assert.ok(found[50] >= 88, `${found[50]} of 100`);
    const row = `| 150 tokens, most of them between 50 and 400 | ${
      [found[10], found[50]].join(" | ")
    } |`;
    assert.ok(docs.includes(row), row);
  },
);

test(
  "what is the same in all is known exactly, in every lane",
  options,
  async () => {
    const { client } = open(answering(() => ({ input: 1_250, output: 400 })));
    const { estimate } = await client.sample(numbered(1_000), {
      params: { model: "gpt-5" },
      progress: false,
      countTokens: () => 993, // 1,000 with the frame of a message
    });
    const usd = (cost: number) => ({ low: cost, expected: cost, high: cost });
    assert.equal(estimate.inputTokens, 1_250_000);
    assert.deepEqual(estimate.outputTokens, usd(400_000));
    assert.deepEqual(estimate.cost, usd(2.78125)); // 1.25 × 0.625 + 0.4 × 5
    assert.deepEqual(estimate.lanes, {
      batch: usd(2.78125),
      "8h": undefined, // not for chat completions
      "2h": undefined,
      flex: usd(2.78125),
      standard: usd(5.5625), // 1.25 × 1.25 + 0.4 × 10
      priority: usd(11.125), // 1.25 × 2.5 + 0.4 × 20
      ultrafast: undefined,
    });
    assert.equal(estimate.text, "between $2.78 and $2.79");
  },
);

test("the range in words holds the range", options, async () => {
  const { client } = open(answering((text) => ({
    output: 2_000 + 1_000 * (Number(text.slice(9)) % 7),
  })));
  const { estimate } = await client.sample(numbered(1_000), quiet);
  const words = /^between \$(\d+\.\d\d) and \$(\d+\.\d\d)$/.exec(
    estimate.text,
  )!;
  const { low, expected, high } = estimate.cost!;
  assert.ok(Number(words[1]) <= low && low < expected, estimate.text);
  assert.ok(expected < high && high <= Number(words[2]), estimate.text);
  // and only as much wider as two decimals make it
  assert.ok(low - Number(words[1]) < 0.01, estimate.text);
  assert.ok(Number(words[2]) - high < 0.01, estimate.text);
});

test(
  "pictures are in the estimate, as the sample read them",
  options,
  async () => {
    const { client } = open(answering(() => ({ input: 800, output: 10 })));
    const requests: BatchRequest[] = numbered(200).map((text) => [{
      role: "user",
      content: [
        { type: "text", text },
        { type: "image_url", image_url: { url: "https://example.com/a.png" } },
      ],
    }]);
    const { estimate } = await client.sample(requests, {
      ...quiet,
      countTokens: () => 3,
    });
    assert.equal(estimate.uncounted.images, 200);
    assert.equal(estimate.inputTokens, 200 * 800);
    // 200 × (800 at 0.075 and 10 at 0.3)
    assert.deepEqual(estimate.cost?.expected, 0.0126);
  },
);

test(
  "where the count is off by a different share each time, the range says so",
  options,
  async () => {
    const { client } = open(answering((text) => ({
      input: 500 + 100 * (Number(text.slice(9)) % 10),
      output: 0,
    })));
    const { estimate } = await client.sample(numbered(1_000), {
      ...quiet,
      size: 20,
      countTokens: () => 993,
    });
    assert.ok(estimate.cost!.low < 950 * 1_000 * 0.075 / 1e6);
    assert.ok(estimate.cost!.high > 950 * 1_000 * 0.075 / 1e6);
    assert.ok(estimate.cost!.low > 0.5 * estimate.cost!.high);
  },
);

test("what is sent again is in the estimate", options, async () => {
  const { client } = open(({ attempt, ...request }) => {
    const answer = answering(() => ({ input: 100, output: 10 }));
    return attempt === 1
      ? { ...(answer({ attempt, ...request }) as object), choices: [] }
      : answer({ attempt, ...request });
  });
  const { results, estimate } = await client.sample(numbered(100), quiet);
  assert.ok(results.every(({ ok, attempts }) => ok && attempts === 2));
  assert.equal(estimate.outputTokens?.expected, 2_000);
});

test(
  "a request that fails without tokens costs nothing, of all as of the sample",
  options,
  async () => {
    const { client } = open((request) =>
      Number(request.text.slice(9)) % 2
        ? { status: 400, body: { error: { message: "no", code: "bad" } } }
        : answering(() => ({ output: 100 }))(request)
    );
    const { estimate } = await client.sample(numbered(40), {
      ...quiet,
      size: 40,
    });
    assert.equal(estimate.outputTokens?.expected, 2_000);
  },
);

test("without two answers nothing is promised", options, async () => {
  const { client } = open(() => ({
    status: 400,
    body: { error: { message: "no", code: "bad" } },
  }));
  const { estimate, failed } = await client.sample(numbered(40), quiet);
  assert.equal(failed.length, 10);
  assert.equal(estimate.cost, undefined);
  assert.equal(estimate.outputTokens, undefined);
  assert.equal(estimate.text, "not known: fewer than two answers");
});

test(
  "a model without a batch price has tokens and no cost",
  options,
  async () => {
    const { client } = open(answering(() => ({ output: 7 })));
    const { estimate } = await client.sample(numbered(40), {
      params: { model: "gpt-4" },
      progress: false,
    });
    assert.equal(estimate.outputTokens?.expected, 280);
    assert.equal(estimate.cost, undefined);
    assert.ok(estimate.lanes.standard);
    assert.equal(estimate.text, "not known: a model has no known batch price");
  },
);

test(
  "moderation is free, though its answers name no tokens",
  options,
  async () => {
    const { client } = open(() => "fine");
    const { estimate } = await client.sample(["a", "b", "c"], {
      endpoint: "/v1/moderations",
      params: { model: "omni-moderation-latest" },
      progress: false,
    });
    assert.deepEqual(estimate.cost, { low: 0, expected: 0, high: 0 });
  },
);

test(
  "a lane without a price for what was written has no range",
  options,
  async () => {
    const { client } = open(() => ({
      created: 1_795_600_000,
      data: [{ b64_json: "" }],
      usage: { input_tokens: 1_000, output_tokens: 2_000, total_tokens: 3_000 },
    }));
    const { estimate } = await client.sample(["a", "b", "c"], {
      endpoint: "/v1/images/generations",
      params: { model: "gpt-image-1" },
      progress: false,
    });
    assert.equal(estimate.cost, undefined);
    // 3 × (1,000 at 5 and 2,000 at 40)
    assert.equal(estimate.lanes.standard?.expected, 0.255);
  },
);

test(
  "what the sample found in the cache is not taken off",
  options,
  async () => {
    const { client } = open((request) => ({
      ...(answering(() => ({ input: 1_000, output: 10 }))(request) as object),
      usage: {
        prompt_tokens: 1_000,
        completion_tokens: 10,
        total_tokens: 1_010,
        prompt_tokens_details: { cached_tokens: 900 },
      },
    }));
    const { estimate, usage } = await client.sample(numbered(100), quiet);
    assert.equal(usage.input_tokens_details?.cached_tokens, 9_000);
    // 100 × (1,000 at 0.15 and 10 at 0.6)
    assert.equal(estimate.lanes.standard?.expected, 0.0156);
  },
);

test(
  "pictures that are read for drawing keep their price",
  options,
  async () => {
    const { client } = open(() => ({
      created: 1_795_600_000,
      data: [{ b64_json: "" }],
      usage: {
        input_tokens: 1_000,
        input_tokens_details: { text_tokens: 100, image_tokens: 900 },
        output_tokens: 2_000,
        total_tokens: 3_000,
      },
    }));
    const images = [{ image_url: "data:image/png;base64," }];
    const { estimate } = await client.sample(
      ["a", "b", "c"].map((prompt) => ({ body: { prompt, images } })) as never,
      {
        endpoint: "/v1/images/edits",
        params: { model: "gpt-image-2" },
        progress: false,
      },
    );
    // 3 × (100 at 2.5, 900 at 4 and 2,000 at 15)
    assert.equal(estimate.cost?.expected, 0.10155);
  },
);
