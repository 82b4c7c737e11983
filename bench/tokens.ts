/**
 * How far the default count of tokens is off, against the vocabulary
 * o200k_base: for the questions of gsm8k where they are at hand, for short
 * texts in several scripts, for the messages of the TypeScript compiler in 13
 * languages, and for files of this repository. The same on every runtime.
 *
 * @module
 */

import { readdir, readFile } from "node:fs/promises";
import { countTokens } from "gpt-tokenizer";
import { estimateTokens } from "../src/requests/estimate_tokens.ts";
import { print } from "./_figure.ts";
import { TEXTS } from "./_texts.ts";

const root = new URL("../", import.meta.url);

function report(name: string, texts: readonly string[]): void {
  const error = errorOf(texts, estimateTokens);
  const quarter = errorOf(texts, (text) => text.length / 4);
  const single = texts.map((text) => Math.abs(errorOf([text], estimateTokens)));
  const each = sum(single) / single.length;
  print({
    name: `tokens: ${name}`,
    value: Math.abs(error),
    limit: 30,
    unit: "%",
    detail: `${texts.length} texts: ${signed(error)}, each ${
      each.toFixed(1)
    } % on average; a quarter of the characters: ${signed(quarter)}`,
  });
}

/** In percent of all tokens; below 0 are too few. */
function errorOf(
  texts: readonly string[],
  count: (text: string) => number,
): number {
  const tokens = sum(texts.map((text) => countTokens(text)));
  return (sum(texts.map(count)) / tokens - 1) * 100;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function signed(percent: number): string {
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)} %`;
}

async function read(path: string): Promise<string | undefined> {
  return await readFile(new URL(path, root), "utf8").catch(() => undefined);
}

const gsm8k = await read("../shared/data/gsm8k_test.jsonl");
if (gsm8k !== undefined) {
  const lines = gsm8k.trim().split("\n");
  report("gsm8k", lines.map((line) => JSON.parse(line).question));
}
for (const [name, text] of Object.entries(TEXTS)) report(name, [text]);

const compiler = "node_modules/typescript/lib/";
const files = await readdir(new URL(compiler, root)).catch(() => []);
for (const name of files) {
  const json = await read(
    `${compiler}${name}/diagnosticMessages.generated.json`,
  );
  if (json !== undefined) {
    report(`compiler ${name}`, Object.values<string>(JSON.parse(json)));
  }
}
for (const path of ["LICENSE", "src/job/job.ts", "deno.lock"]) {
  report(path, [await read(path) ?? ""]);
}
