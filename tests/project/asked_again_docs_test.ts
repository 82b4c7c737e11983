/**
 * What docs/results.md says is retried is retried, and nothing else is.
 *
 * @module
 */

import { type JobOptions, OpenAIBatch } from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedAnswer,
} from "@offpeak/openai-batch/testing";
import { readFileSync } from "node:fs";
import { assert, options, test } from "../_support/prelude.ts";

const PAGES = ["../../docs/results.md"];

/** Paid, or sure to be: no word of the caller's changes that. */
const NEVER = ["response_queued", "unreadable_results", "answer_too_large"];

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

interface Row {
  text: string;
  codes: string[];
  statuses: number[];
  again: string;
}

/** The rows of the table whose last column is "retried". */
function rowsOf(page: string): Row[] {
  const [, table = ""] =
    /\n(\|[^\n]*\| retried[^\n]*\n\| --(?:[^\n]*\n\|)*[^\n]*\n)/
      .exec(read(page)) ?? [];
  return table.trim().split("\n").slice(2).map((line) => {
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    const [text = ""] = cells;
    const codes = [...text.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code!);
    const listed = /status` 0|^status 0/.test(text) ? text : "";
    return {
      text,
      codes: codes.filter((code) => code !== "status"),
      statuses: [...listed.matchAll(/\b(\d{1,3})\b/g)]
        .map(([, status]) => Number(status)).concat(listed ? 500 : []),
      again: cells.at(-1) ?? "",
    };
  });
}

async function attemptsOf(
  answer: SimulatedAnswer,
  retry?: JobOptions["retry"],
): Promise<number> {
  const { options } = createSimulator({ respond: () => answer });
  const { results } = await new OpenAIBatch(options).run(["hi"], {
    params: { model: "gpt-4o-mini" },
    progress: false,
    retry,
  });
  return results[0]!.attempts;
}

async function check({ again, text }: Row, answer: SimulatedAnswer, code = "") {
  const alone = await attemptsOf(answer);
  if (again.startsWith("up to")) return assert.equal(alone, 3, text);
  if (again.startsWith("once")) return assert.equal(alone, 2, text);
  assert.equal(alone, 1, text);
  const asked = await attemptsOf(answer, () => true);
  if (again.startsWith("if `retry`")) assert.equal(asked, 3, text);
  if (NEVER.includes(code)) assert.equal(asked, 1, text);
}

for (const page of PAGES) {
  const rows = rowsOf(page);

  test(`${page} says what is retried`, options, async () => {
    let checked = 0;
    for (const row of rows) {
      for (const code of row.codes) {
        const error = { code, message: "no" };
        await check(row, { lines: [{ response: null, error }] }, code);
        checked++;
      }
      for (const status of row.statuses) {
        const response = { status_code: status, body: {} };
        await check(row, { lines: [{ response }] });
        checked++;
      }
      if (!/no rule knows/.test(row.text)) continue;
      const error = { code: "of_its_own" };
      await check(row, { lines: [{ response: null, error }] });
      checked++;
    }
    assert.ok(checked > 20, `${checked}`);
  });

  test(`${page} names every failure code`, options, () => {
    const [, union = ""] = /type FailureCode = Open<([^>]*)>/
      .exec(read("../../src/results/result.ts")) ?? [];
    const codes = [...union.matchAll(/"([a-z_]+)"/g)].map(([, code]) => code!);
    assert.ok(codes.length > 10);
    const named = rows.flatMap(({ codes }) => codes);
    const missing = codes.filter((code) =>
      !named.includes(code) && code !== "insufficient_quota"
    );
    assert.deepEqual(missing, []);
  });
}
