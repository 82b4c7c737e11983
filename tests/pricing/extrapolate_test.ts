/** From the tokens of a sample to the cost of all: what is counted, what is scaled, and how sure that is. */

import type { Estimate, Usage } from "@offpeak/openai-batch";
import { extrapolate } from "../../src/pricing/extrapolate.ts";
import { errorOf, sumOf } from "../../src/pricing/range.ts";
import { assert, options, test } from "../_support/prelude.ts";

/** A dollar for each token, so that a cost is a number of tokens. */
const DOLLAR = { input: 1e6, output: 1e6, batchInput: 1e6, batchOutput: 1e6 };
const COUNT = 10;

function usage(input: number, output: number): Usage {
  const total_tokens = input + output;
  return { input_tokens: input, output_tokens: output, total_tokens };
}

/** What is told of ten requests of 100 tokens each, from some that were asked. */
function told(...answers: Usage[][]) {
  const all = 100 * COUNT;
  const lanes = { batch: all, standard: all };
  const input = { requests: COUNT, inputTokens: all, lanes };
  const asked = answers.map((answers) => ({
    model: "m",
    counted: 100,
    answers,
  }));
  return extrapolate(input as unknown as Estimate, asked, { m: DOLLAR });
}

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}, ${expected}`);
}

test(
  "the input is the count, scaled by how far off it was for the sample",
  options,
  () => {
    const { inputTokens, cost } = told([usage(110, 0)], [usage(110, 0)]);
    assert.equal(inputTokens, 1_100);
    assert.deepEqual(cost, { low: 1_100, expected: 1_100, high: 1_100 });
  },
);

test("the output is the mean of the sample, times all", options, () => {
  const { outputTokens, cost } = told([usage(100, 30)], [usage(100, 50)]);
  const written = sumOf([30, 50], COUNT);
  assert.equal(outputTokens!.expected, 400);
  assert.equal(outputTokens!.low, Math.floor(written.low));
  assert.equal(outputTokens!.high, Math.ceil(written.high));
  near(cost!.low, 1_000 + written.low);
  near(cost!.expected, 1_400);
  near(cost!.high, 1_000 + written.high);
});

test(
  "what the sample read more or less than counted widens the range both ways",
  options,
  () => {
    const { cost } = told([usage(100, 7)], [usage(102, 7)]);
    const error = errorOf([-1, 1], COUNT);
    near(cost!.low, 1_010 - error + 70);
    near(cost!.expected, 1_010 + 70);
    near(cost!.high, 1_010 + error + 70);
  },
);

test("no range begins below what is written", options, () => {
  const { cost } = told([usage(1, 7)], [usage(999, 7)]);
  near(cost!.low, 70);
});

test("each answer to a request that was asked again is paid", options, () => {
  const twice = [usage(100, 7), usage(100, 7)];
  const { inputTokens, outputTokens, cost } = told(twice, twice);
  assert.equal(inputTokens, 2_000);
  assert.equal(outputTokens!.expected, 140);
  near(cost!.expected, 2_140);
});

for (
  const [rule, answers, text] of [
    ["a cost that is known exactly is one amount", [
      [usage(100, 0)],
      [usage(100, 0)],
    ], "$1000.00"],
    [
      "fewer than two answers tell nothing",
      [[usage(100, 7)], []],
      "not known: fewer than two answers",
    ],
  ] as [string, Usage[][], string][]
) {
  test(`a sample in words: ${rule}`, options, () => {
    assert.equal(told(...answers).text, text);
  });
}

for (
  const [low, high, text] of [
    [0.03104, 0.03596, "between $0.0310 and $0.0360"],
    [3.104, 3.596, "between $3.10 and $3.60"],
    [310.404, 359.596, "between $310.40 and $359.60"],
  ] as const
) {
  test(`a range is rounded outwards: ${text}`, options, () => {
    // Two samples whose outputs give about this range, by their price.
    const written = sumOf([30, 50], COUNT);
    const price = (high - low) / (written.high - written.low);
    const input = low - written.low * price;
    const output = price * 1e6;
    const lanes = { batch: input, standard: input };
    const { text: found } = extrapolate(
      { requests: COUNT, inputTokens: 0, lanes } as unknown as Estimate,
      [30, 50].map((tokens) => ({
        model: "m",
        counted: 0,
        answers: [usage(0, tokens)],
      })),
      { m: { input: 0, output, batchInput: 0, batchOutput: output } },
    );
    assert.equal(found, text);
  });
}
