/** Files that are uploaded from disk. */

import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { openAsBlob } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenAIBatch, parseLines } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { caught, json, script } from "../_support/scripted.ts";

const LINE = {
  custom_id: "Grüße",
  method: "POST",
  url: "/v1/chat/completions",
  body: { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] },
};

/** What only Bun has. */
const { Bun } = globalThis as { Bun?: { file(path: string): Blob } };

const KINDS: [string, (path: string) => Blob | Promise<Blob>][] = [
  ["openAsBlob", (path) => openAsBlob(path)],
  [
    "a File of openAsBlob",
    async (path) => new File([await openAsBlob(path)], "batch.jsonl"),
  ],
  ["a slice of openAsBlob", async (path) => (await openAsBlob(path)).slice(0)],
];
if (Bun) KINDS.push(["Bun.file", (path) => Bun.file(path)]);

for (const [name, open] of KINDS) {
  test(`a file on disk is uploaded whole: ${name}`, options, async () => {
    const folder = await mkdtemp(join(tmpdir(), "upload-"));
    try {
      const path = join(folder, "batchinput.jsonl");
      await writeFile(path, JSON.stringify(LINE) + "\n");
      const { files } = new OpenAIBatch(createSimulator().options);
      const { id } = await files.create({
        file: await open(path),
        purpose: "batch",
      });
      const lines = await Array.fromAsync(parseLines(await files.content(id)));
      assert.deepEqual(lines, [LINE]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

// The other runtimes notice it themselves, or have read the file already.
if (Bun) {
  test("a file that has become shorter is not uploaded", options, async () => {
    const folder = await mkdtemp(join(tmpdir(), "upload-"));
    try {
      const path = join(folder, "batchinput.jsonl");
      await writeFile(path, JSON.stringify(LINE) + "\n");
      const file = await openAsBlob(path);
      assert.ok(file.size > 10);
      await truncate(path, 10);
      const { client, calls } = script(() => json({}));
      const error = await caught(() =>
        client.files.create({ file, purpose: "batch" })
      );
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /^The file can't be read completely: /);
      assert.equal(calls.length, 0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
