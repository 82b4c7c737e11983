/**
 * Compares the price table with a file of prices, and says what is missing or
 * differs. Ends with 1 if anything does that is not meant.
 *
 *     npx -y deno@2 task prices                   # the copy that lies with the tests
 *     npx -y deno@2 task prices newer-prices.json # or LiteLLM's own file
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import process from "node:process";
import {
  compare,
  type Difference,
  modelsOf,
  whyMeant,
} from "./_compare_prices.ts";

const COPY = new URL("../tests/prices/litellm.json", import.meta.url);

const file = process.argv[2] ?? COPY;
const models = modelsOf(JSON.parse(await readFile(file, "utf8")));
const differences = compare(models);
const meant = differences.filter(whyMeant);
const others = differences.filter((difference) => !whyMeant(difference));

for (const difference of others) print(describe(difference));
for (const [why, all] of Object.entries(byReason(meant))) {
  print(`meant: ${all.length} of ${namesOf(all)}: ${why}`);
}
print(
  `${Object.keys(models).length} models: ${others.length} differences, ` +
    `and ${meant.length} that are meant`,
);
process.exitCode = others.length > 0 ? 1 : 0;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describe({ model, price, file, table }: Difference): string {
  if (price === undefined) return `${model}: not in the table`;
  return `${model}: ${price} is ${file}, in the table ${table ?? "missing"}`;
}

function byReason(all: Difference[]): Record<string, Difference[]> {
  const groups: Record<string, Difference[]> = {};
  for (const one of all) (groups[whyMeant(one)!] ??= []).push(one);
  return groups;
}

function namesOf(all: Difference[]): string {
  return [...new Set(all.map(({ model }) => model))].join(", ");
}
