/** What counts as a line of an input file. */

import type { FileObject } from "@offpeak/openai-batch";
import {
  checkLines,
  type Line,
  readInputFile,
} from "../../../src/job/read/input_file.ts";
import type { Files } from "../../../src/rest/files.ts";
import { assert, options, test } from "../../_support/prelude.ts";

const line = { custom_id: "a", method: "POST", url: "/v1/x", body: { a: 1 } };

async function read(...values: unknown[]): Promise<unknown[]> {
  const text = values.map((value) =>
    (typeof value === "string" ? value : JSON.stringify(value)) + "\n"
  );
  const content = () => Promise.resolve(new Response(text.join("")));
  const files = { content } as unknown as Files;
  const file = { id: "file-1" } as FileObject;
  return await Array.fromAsync(readInputFile(files, file, undefined));
}

const NONE: Record<string, unknown> = {
  "no JSON": "<html>",
  null: null,
  "a list": [],
  "a text": '"a"',
  "without an id": { ...line, custom_id: undefined },
  "with a number as its id": { ...line, custom_id: 1 },
  "without a URL": { ...line, url: undefined },
  "with a number as its URL": { ...line, url: 1 },
  "without a body": { ...line, body: undefined },
  "with null as its body": { ...line, body: null },
  "with a text as its body": { ...line, body: "{}" },
};

for (const [what, value] of Object.entries(NONE)) {
  test(
    `what is ${what} is left out, and the lines around it are read`,
    options,
    async () => {
      const other = { ...line, custom_id: "b" };
      assert.deepEqual(await read(line, value, other), [line, other]);
    },
  );
}

test("the caller's signal ends the download", options, async () => {
  const { signal } = new AbortController();
  const signals: unknown[] = [];
  const files = {
    content: (_: string, { signal }: { signal: unknown }) => {
      signals.push(signal);
      return Promise.resolve(new Response(""));
    },
  } as unknown as Files;
  await Array.fromAsync(
    readInputFile(files, { id: "f" } as FileObject, signal),
  );
  assert.deepEqual(signals, [signal]);
});

for (
  const [ids, given] of [["abc", "abc"], ["ab", "ab"], ["aab", "aab"], [
    "abcd",
    "abc",
  ]] as const
) {
  const isRight = ids === "abc";
  test(
    `of three requests ${ids} ${isRight ? "are" : "is not"} the input`,
    options,
    async () => {
      const seen: string[] = [];
      const check = async () => {
        const lines = (async function* () {
          for (const custom_id of ids) {
            yield await Promise.resolve({ ...line, custom_id } as Line);
          }
        })();
        for await (const { custom_id } of checkLines(lines, 3)) {
          seen.push(custom_id);
        }
      };
      if (isRight) await check();
      else {await assert.rejects(check, {
          message:
            "The download of an input file doesn't have 3 requests with unique ids",
        });}
      assert.equal(seen.join(""), given);
    },
  );
}
