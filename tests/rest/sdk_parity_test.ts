/**
 * One script, two clients: what works with the `openai` package works here,
 * and sends the same. Where the two differ on purpose, a test says so.
 *
 * @module
 */

import { assert, options, test } from "../_support/prelude.ts";
import {
  createBatch,
  ENDPOINT,
  inputFile,
  type Rest,
  same,
} from "./_parity.ts";

const HOUR = 3_600_000;

async function uploadAll({ files }: Rest, ids: string[]): Promise<string[]> {
  const uploaded: string[] = [];
  for (const id of ids) {
    const file = inputFile(id);
    uploaded.push((await files.create({ file, purpose: "batch" })).id);
  }
  return uploaded;
}

test("files are created, retrieved and deleted alike", options, async () => {
  const { retrieved } = await same(async ({ files }) => {
    const created = await files.create({
      file: inputFile(),
      purpose: "batch",
      expires_after: { anchor: "created_at", seconds: 86_400 },
    });
    const other = await files.create({
      file: inputFile("täglich"),
      purpose: "user_data",
    });
    const retrieved = await files.retrieve(created.id);
    const deleted = await files.delete(other.id);
    return { created, other, retrieved, deleted };
  });
  assert.equal(retrieved.filename, "a.jsonl");
});

test("lists are iterated alike, page after page", options, async () => {
  const { all, batch, after } = await same(async (rest) => {
    const { files } = rest;
    const ids = await uploadAll(rest, ["a", "b", "c", "d", "e"]);
    const all: string[] = [];
    for await (const { id } of files.list({ limit: 2 })) all.push(id);
    const batch = [];
    for await (const file of files.list({ purpose: "batch", order: "asc" })) {
      batch.push(file);
    }
    const after = await files.list({ after: ids[3]!, order: "asc" });
    const first = [];
    for await (const file of await files.list({ limit: 3 })) first.push(file);
    return { all, batch, after: after.data, first };
  });
  assert.deepEqual([all.length, batch.length, after.length], [5, 5, 1]);
});

test("pages are turned by hand alike", options, async () => {
  const pages = await same(async (rest) => {
    await uploadAll(rest, ["a", "b", "c"]);
    let page = await rest.files.list({ limit: 2 });
    const pages = [[page.data, page.has_more, page.hasNextPage()]];
    while (page.hasNextPage()) {
      page = await page.getNextPage();
      pages.push([page.data, page.has_more, page.hasNextPage()]);
    }
    return pages;
  });
  assert.equal(pages.length, 2);
});

test("a file's content is the same Response", options, async () => {
  await same(async (rest) => {
    const [id = ""] = await uploadAll(rest, ["ü 世界"]);
    const open = () => rest.files.content(id);
    const { ok, status, headers } = await open();
    const chunks: number[] = [];
    for await (const chunk of (await open()).body!) chunks.push(...chunk);
    return {
      ok,
      status,
      length: headers.get("content-length"),
      type: headers.get("content-type"),
      text: await (await open()).text(),
      json: await (await open()).json(),
      bytes: [...new Uint8Array(await (await open()).arrayBuffer())],
      blob: (await (await open()).blob()).size,
      chunks,
    };
  });
});

test("batches run alike, from create to their answers", options, async () => {
  const { ended, answers } = await same(async (rest, sim) => {
    const { files, batches } = rest;
    const [input_file_id = ""] = await uploadAll(rest, ["a"]);
    const created = await batches.create({
      input_file_id,
      endpoint: ENDPOINT,
      completion_window: "24h",
      metadata: { night: "2026-11-21" },
      output_expires_after: { anchor: "created_at", seconds: 604_800 },
    });
    await sim.clock.advance(25 * HOUR);
    const ended = await batches.retrieve(created.id);
    const content = await files.content(ended.output_file_id!);
    return { created, ended, answers: await content.text() };
  });
  assert.equal(ended.status, "completed");
  assert.match(answers, /"custom_id":"a"/);
});

test("batches are listed and cancelled alike", options, async () => {
  const { listed, cancelled } = await same(async (rest, sim) => {
    const { batches } = rest;
    for (const id of ["a", "b", "c"]) await createBatch(rest, id);
    const listed: string[] = [];
    for await (const { id } of batches.list({ limit: 2 })) listed.push(id);
    const page = await batches.list({ limit: 1, after: listed[0]! });
    const cancelling = await batches.cancel(listed[0]!);
    await sim.clock.advance(HOUR);
    const cancelled = await batches.retrieve(listed[0]!);
    return { listed, page: page.data, cancelling, cancelled };
  });
  assert.equal(listed.length, 3);
  assert.equal(cancelled.status, "cancelled");
});

test("headers of a call are sent alike", options, async () => {
  await same(async (rest) => {
    const headers = { "x-team": "a", "openai-project": "proj_1" };
    const [id = ""] = await uploadAll(rest, ["a"]);
    await rest.files.retrieve(id, { headers });
    const { data } = await rest.files.list({}, { headers });
    const content = await rest.files.content(id, { headers });
    return [data, await content.text()];
  });
});
