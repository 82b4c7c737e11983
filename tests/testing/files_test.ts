/** The simulator's files, driven by the official SDK. */

import OpenAI, { toFile } from "openai";
import { assert, options, test } from "../_support/prelude.ts";
import {
  caught,
  chatLine,
  chatLines,
  jsonl,
  start,
  upload,
} from "./_simulator.ts";

const HOUR = 60 * 60 * 1000;

test(
  "a file can be uploaded, listed, read back byte by byte, and deleted",
  options,
  async () => {
    const { client } = start();
    const text = jsonl([chatLine("ü", "größer 😀".repeat(50)), chatLine("b")]);
    const file = await client.files.create({
      file: await toFile(new Blob([text]), "job.jsonl"),
      purpose: "batch",
    });
    assert.equal(file.filename, "job.jsonl");
    assert.equal(file.bytes, new TextEncoder().encode(text).length);
    assert.equal(file.expires_at! - file.created_at, 30 * 24 * 60 * 60);
    assert.deepEqual(await client.files.retrieve(file.id), file);
    const content = await client.files.content(file.id);
    assert.equal(content.headers.get("content-length"), `${file.bytes}`);
    const pieces: Uint8Array[] = [];
    for await (const piece of content.body!) pieces.push(piece);
    assert.ok(pieces.length > 1, "content comes in pieces");
    assert.equal(await new Blob(pieces as BlobPart[]).text(), text);

    assert.equal((await client.files.delete(file.id)).deleted, true);
    const calls = [
      () => client.files.retrieve(file.id),
      () => client.files.content(file.id),
      () => client.files.delete(file.id),
    ];
    for (const call of calls) {
      assert.ok(await caught(call()) instanceof OpenAI.NotFoundError);
    }
    assert.deepEqual((await client.files.list()).data, []);
  },
);

test(
  "files are listed over pages, newest first or oldest first, by purpose",
  options,
  async () => {
    const { client } = start();
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) {
      ids.push(
        (await upload(client, [chatLine("a")])).id,
      );
    }
    const file = await toFile(new Blob(["{}"]), "notes.txt");
    await client.files.create({ file, purpose: "user_data" });

    const listed = async (order: "asc" | "desc") => {
      const found: string[] = [];
      const pages = client.files.list({ purpose: "batch", limit: 3, order });
      for await (const file of pages) found.push(file.id);
      return found;
    };
    assert.deepEqual(await listed("asc"), ids);
    assert.deepEqual(await listed("desc"), ids.toReversed());
    assert.equal((await client.files.list()).data.length, 8);
    const page = await client.files.list({ limit: 3, order: "asc" });
    assert.equal(page.has_more, true);
    assert.equal(
      (await caught(client.files.list({ limit: 10_001 }))).status,
      400,
    );
  },
);

test("files expire by the clock", options, async () => {
  const { sim, client } = start();
  const file = await client.files.create({
    file: await toFile(new Blob([jsonl(chatLines(1))]), "a.jsonl"),
    purpose: "batch",
    expires_after: { anchor: "created_at", seconds: 3600 },
  });
  await sim.clock.advance(HOUR - 5_000);
  await client.files.retrieve(file.id);
  await sim.clock.advance(5_000);
  assert.ok(
    await caught(client.files.retrieve(file.id)) instanceof
      OpenAI.NotFoundError,
  );
  assert.deepEqual(sim.ledger.files, []);
});

test("uploads that the API refuses are refused", options, async () => {
  const { client } = start({ limits: { bytesPerFile: 500 } });
  const send = async (text: string, name: string, seconds?: number) =>
    await caught(client.files.create({
      file: await toFile(new Blob([text]), name),
      purpose: "batch",
      ...(seconds && { expires_after: { anchor: "created_at", seconds } }),
    }));
  const line = jsonl([chatLine("a")]);
  const format = "400 Invalid file format for Batch API. Must be .jsonl";
  assert.equal((await send(line, "input.txt")).message, format);
  assert.equal((await send("", "input.jsonl")).message, format);
  assert.equal(
    (await send("not json\n" + line, "input.jsonl")).message,
    format,
  );
  assert.equal(
    (await send(jsonl(chatLines(9)), "input.jsonl")).message,
    "400 File is too large.",
  );
  assert.equal(
    (await send(line, "input.jsonl", 3599)).param,
    "expires_after.seconds",
  );
  assert.equal(
    (await send(line, "input.jsonl", 2_592_001)).code,
    "integer_above_max_value",
  );
});
