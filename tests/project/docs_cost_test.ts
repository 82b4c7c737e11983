/** The figures of docs/cost.md and docs/prices.md that their examples don't check. */

import { readFileSync } from "node:fs";
import { costOf, usageTable } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { LANES, UsageCounter } from "../../src/pricing/mod.ts";
import { rowOf } from "../../src/pricing/_table.ts";
import { Random } from "../../src/testing/_random.ts";

const page = ["cost", "prices"].map((name) =>
  readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), "utf8")
).join("\n");
/** The same without line breaks, for sentences. */
const prose = page.replace(/\s+/g, " ");
const table = readFileSync(
  new URL("../../src/pricing/_table.ts", import.meta.url),
  "utf8",
);

/** The cells of a row of a table, by its first cell. */
function rowsOf(text: string): Map<string, string[]> {
  const rows = text.split("\n").filter((line) => line.startsWith("|"));
  return new Map(rows.map((line) => {
    const [first = "", ...cells] = line.split("|").slice(1, -1)
      .map((cell) => cell.trim());
    return [first, cells];
  }));
}

const rows = rowsOf(page);

/** 1,000,000 tokens in prompts of 100,000, and as many written. */
function millionIn(lane: string, model: string): number | undefined {
  const tokens = { input_tokens: 1e5, output_tokens: 1e5, total_tokens: 2e5 };
  const cost = costOf(tokens, model, { lane });
  return cost && Number((cost * 10).toFixed(9));
}

/** Every model of the table. */
const MODELS = table.slice(table.indexOf("`\n"), table.lastIndexOf("`;"))
  .split("\n").flatMap((line) => line.split(" ")[0]!.split(","))
  .filter((name) => rowOf(name));

test("docs/cost: what a million tokens cost in each lane", options, () => {
  assert.deepEqual(rows.get("model"), LANES);
  const shown = [
    "gpt-4o-mini",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.4-nano",
    "gpt-6-astra",
    "gpt-6.1-sol",
    "gpt-6-luna",
    "o3",
  ];
  for (const model of shown) {
    const expected = LANES.map((lane) => `${millionIn(lane, model) ?? "–"}`);
    assert.deepEqual(rows.get(model), expected, model);
  }
});

test("docs/cost: the price of each lane against standard", options, () => {
  const shares = (lane: string) => {
    const found = MODELS.map((model) => {
      const cost = millionIn(lane, model);
      const standard = millionIn("standard", model);
      return cost && standard && Math.round(100 * cost / standard);
    });
    const known = new Set(found.filter((share) => share));
    return [...known].toSorted((a, b) => a! - b!);
  };
  const said = (lane: string) => rows.get(`\`${lane}\``)?.[0] ?? "";
  assert.ok(MODELS.length > 80, `${MODELS.length}`);
  assert.deepEqual(shares("batch"), [50, 100]);
  assert.equal(said("batch"), "50 %; gpt-3.5-turbo-1106 100 %");
  assert.deepEqual(shares("8h"), [60]);
  assert.equal(said("8h"), "60 %");
  assert.deepEqual(shares("2h"), [70]);
  assert.equal(said("2h"), "70 %");
  assert.deepEqual(shares("flex"), [50]);
  assert.match(said("flex"), /^50 %/);
  const priority = shares("priority");
  assert.match(
    said("priority"),
    new RegExp(`^${priority[0]} to ${priority.at(-1)} %`),
  );
  assert.deepEqual(shares("ultrafast"), [600]);
  const fastest = MODELS.filter((model) => millionIn("ultrafast", model));
  assert.equal(said("ultrafast"), `600 %, ${fastest.join(" and ")}`);
});

test("docs/cost: surcharges and their limit", options, () => {
  const cost = (input: number, output: number, details = {}) =>
    costOf({
      input_tokens: input,
      output_tokens: output,
      total_tokens: input + output,
      input_tokens_details: { cached_tokens: 0, ...details },
    }, "gpt-6-sol")!;
  const written = { cache_write_tokens: 1_000 };
  const kept = { cache_write_tokens_details: { ttl_12h_tokens: 1_000 } };
  assert.equal(cost(1_000, 0, written) / cost(1_000, 0), 1.25);
  assert.equal(cost(1_000, 0, { ...written, ...kept }) / cost(1_000, 0), 2.5);
  assert.equal(cost(272_002, 0) / cost(272_000, 0), 2 * 272_002 / 272_000);
  const longOutput = cost(272_002, 1_000) - cost(272_002, 0);
  const ratio = longOutput / (cost(0, 1_000) - cost(0, 0));
  assert.equal(ratio.toFixed(6), "1.500000");
  for (
    const said of [
      "costs 1.25 times as much as another, and 2.5 times if it is kept for 12 hours",
      "more than 272,000 input tokens costs twice as much for its input and 1.5 times as much for its output",
    ]
  ) assert.ok(prose.includes(said), said);
});

test("docs/cost: the date of the table is that of the source", options, () => {
  const [date] = /\d{4}-\d\d-\d\d/.exec(table)!;
  assert.ok(prose.includes(`Prices as of ${date}`), date);
});

/** As OpenaiBatchAPI 1.1.2 adds up: a price per 1,000 tokens, batch by batch. */
function pythonTable(batches: { input: number; output: number }[]): string[] {
  let prompt = 0;
  let completion = 0;
  for (const { input, output } of batches) {
    prompt += 0.000075 * input / 1_000;
    completion += 0.0003 * output / 1_000;
  }
  return [prompt, completion, prompt + completion].map((usd) => usd.toFixed(8));
}

test(
  "docs/cost: how often the Python package's table differs in the last digit",
  options,
  () => {
    const random = new Random("last digit");
    let differing = 0;
    for (let i = 0; i < 4_000; i++) {
      const counter = new UsageCounter();
      const batches = Array.from({ length: random.integer(1, 20) }, () => ({
        input: random.integer(1, 2_000),
        output: random.integer(1, 1_000),
      }));
      for (const { input, output } of batches) {
        const usage = {
          input_tokens: input,
          output_tokens: output,
          total_tokens: input + output,
        };
        counter.add({ model: "gpt-4o-mini", lane: "batch", usage });
      }
      const ours = usageTable(counter.report()).matchAll(/\$(\S+)/g);
      const prices = [...ours].map(([, price]) => price!);
      const theirs = pythonTable(batches);
      if (prices.join() !== theirs.join()) differing++;
      for (const [row, price] of prices.entries()) {
        assert.ok(Math.abs(Number(price) - Number(theirs[row])) < 1.5e-8);
      }
    }
    const share = Math.round(differing / 40);
    const said = `${share} of 100 random tables`;
    assert.ok(prose.includes(said), said);
  },
);
