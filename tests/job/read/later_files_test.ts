/**
 * Which requests a later file asks, as far as its name tells: the file may be
 * of another process, or of an earlier one that counted differently.
 *
 * @module
 */

import type { Batch, BatchError } from "@offpeak/openai-batch";
import { assert, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";
import type { ReadContext } from "../../../src/job/read/context.ts";
import { PartAnswers } from "../../../src/job/read/part_answers.ts";
import { Parts } from "../../../src/job/state/parts.ts";
import { formatTag, parseTag, type Tag } from "../../../src/job/state/tag.ts";
import { IdList } from "../../../src/requests/id_list.ts";
import { IdTable } from "../../../src/requests/id_table.ts";

const NOW = Date.UTC(2026, 0, 1);
const DIGEST = "0123456789abcdef";
const OTHER = "fedcba9876543210";
const IDS = ["a", "b", "c"];

/** A batch that could not be run: as "r1.n2", and why. */
interface Given {
  name: string;
  digest?: string;
  errors?: Partial<BatchError>[];
}

function tagOf(name: string, digest = DIGEST): Tag {
  return parseTag(`night.v1.p0.${name}.${digest}`)!;
}

/** What is said of each request once all these batches are read. */
async function resultsOf(
  batches: readonly Given[],
  { maxAttempts = 2, made = undefined as Tag | undefined } = {},
): Promise<Record<string, string>> {
  const parts = new Parts("night", stoppedClock(NOW));
  const reading = new PartAnswers();
  batches.forEach(({ name, digest, errors }, i) => {
    const data = errors ?? [{ code: "internal_error", message: "later" }];
    const batch = {
      id: `batch-${i}`,
      object: "batch",
      endpoint: "/v1/chat/completions",
      input_file_id: `file-${i}`,
      status: "failed",
      errors: { object: "list", data },
      created_at: NOW / 1_000 + i,
      metadata: { offpeak: formatTag(tagOf(name, digest)) },
    };
    parts.see(batch as unknown as Batch, false);
  });
  const part = parts.get(0);
  part.reading = reading;
  if (made) part.wantedTag = made;
  const ids = new IdTable();
  for (const id of IDS.slice(0, part.tag!.lines)) ids.add(id);
  const context = {
    now: NOW,
    answers: { maxAttempts, retry: undefined, schema: undefined },
    stopped: undefined,
    onAnswer: () => {},
    onQuota: () => {},
    lookAt: () => {},
    confirm: () => Promise.resolve(),
    loadIds: () => Promise.resolve(new IdList(ids)),
  } as unknown as ReadContext;
  const said: Record<string, string> = {};
  for await (const results of reading.read(part, context)) {
    for (const { id, ok, error, attempts } of results) {
      said[id] = ok ? "ok" : `${error.code} after ${attempts}`;
    }
  }
  return said;
}

test("what was asked often enough is over, though a later file has others that a slice had left out", async () => {
  const said = await resultsOf([
    { name: "r0.n2" },
    { name: "l1-1.r1.n1" },
    { name: "r2.n1" },
  ]);
  assert.deepEqual(said, {
    a: "internal_error after 2",
    b: "internal_error after 2",
  });
});

test("but not if a later file has more than was due: then another process has asked it on", async () => {
  const said = await resultsOf([
    { name: "r0.n2" },
    { name: "l1-1.r1.n1" },
    { name: "r2.n2" },
  ]);
  assert.deepEqual(said, {
    a: "internal_error after 3",
    b: "internal_error after 2",
  });
});

/** The third line of the first file is wrong, then the first one of a later file with the two others. */
const WRONG_LINES: readonly Given[] = [
  { name: "r0.n3", errors: [{ code: "invalid_request", line: 3 }] },
  {
    name: "r1.n2",
    digest: OTHER,
    errors: [{ code: "invalid_json_line", line: 1 }],
  },
];

test("a line of a later file is found by its number", async () => {
  const said = await resultsOf(WRONG_LINES);
  assert.deepEqual(said, {
    a: "invalid_json_line after 1",
    c: "invalid_request after 1",
  });
});

test("unless this process has made another file of the same name: nobody can tell which lines that one has", async () => {
  const made = tagOf("r1.n2", DIGEST);
  const said = await resultsOf(WRONG_LINES, { made });
  assert.deepEqual(said, { c: "invalid_request after 1" });
  assert.deepEqual(
    await resultsOf(WRONG_LINES, { made: tagOf("r1.n2", OTHER) }),
    await resultsOf(WRONG_LINES),
  );
});
