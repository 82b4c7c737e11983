/**
 * The main job through the default global `fetch`, with msw behind it.
 *
 * @module
 */

import { http, HttpResponse } from "msw";
import type { OpenAIBatch } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { intercept } from "../_support/intercept.ts";

const params = { model: "gpt-4o-mini" };
const LINE = JSON.stringify({
  custom_id: "a",
  method: "POST",
  url: "/v1/chat/completions",
  body: { ...params, messages: [{ role: "user", content: "Grüße, 世界" }] },
}) + "\n";

function questions(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    id: `q${i}`,
    content: `1 + ${i} = `,
  }));
}

const answers = (count: number) =>
  Array.from({ length: count }, (_, i) => `1 + ${i} = ${1 + i}`);

function upload(client: OpenAIBatch, name = "input.jsonl") {
  const file = new File([LINE], name);
  return client.files.create({ file, purpose: "batch" });
}

async function createBatch(client: OpenAIBatch) {
  const { id } = await upload(client);
  return await client.batches.create({
    input_file_id: id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
}

test(
  "run answers every request, in the order of the input",
  options,
  async (t) => {
    const { client, sim } = intercept(t);
    const run = await client.run(questions(25), { params, batchSize: 10 });
    assert.deepEqual(run.values(), answers(25));
    assert.deepEqual(
      run.results.map(({ id }) => id),
      questions(25).map(({ id }) => id),
    );
    assert.equal(sim.ledger.batches.length, 3);
    assert.equal(sim.ledger.requests.length, 25);
  },
);

test("stream gives every result once", options, async (t) => {
  const { client } = intercept(t);
  const outputs = new Map<string, unknown>();
  for await (
    const { id, output } of client.stream(questions(25), {
      params,
      batchSize: 10,
    })
  ) {
    assert.ok(!outputs.has(id));
    outputs.set(id, output);
  }
  assert.deepEqual(questions(25).map(({ id }) => outputs.get(id)), answers(25));
});

test(
  "submit comes back with the job queued, and its results can be read",
  options,
  async (t) => {
    const { client, sim } = intercept(t);
    const job = await client.submit(questions(25), {
      params,
      batchSize: 10,
      job: "night",
    });
    assert.equal(job.id, "night");
    assert.equal(sim.ledger.batches.length, 3);
    assert.equal(
      sim.ledger.batches.filter(({ status }) => status === "completed").length,
      0,
    );
    const run = await job.results().collect();
    assert.deepEqual(run.values(), answers(25));
  },
);

test(
  "a run under the same id finds its files and batches",
  options,
  async (t) => {
    const { client, sim } = intercept(t);
    const options = { params, batchSize: 10, job: "night" };
    const first = await client.run(questions(25), options);
    const second = await client.run(questions(25), options);
    assert.deepEqual(second.values(), first.values());
    assert.equal(sim.ledger.requests.length, 25);
  },
);

test(
  "files.create sends the name, the purpose and the expiry as multipart",
  options,
  async (t) => {
    const { client, server } = intercept(t);
    const sent: { type: string | null; form: FormData }[] = [];
    server.use(
      http.post("https://api.openai.com/v1/files", async ({ request }) => {
        const type = request.headers.get("content-type");
        sent.push({ type, form: await request.formData() });
        return HttpResponse.json({ id: "file-1" });
      }),
    );
    await client.files.create({
      file: new File([LINE], "täglich.jsonl"),
      purpose: "batch",
      expires_after: { anchor: "created_at", seconds: 86_400 },
    });
    assert.equal(sent.length, 1);
    const { type, form } = sent[0]!;
    assert.match(type ?? "", /^multipart\/form-data; ?boundary=/);
    assert.deepEqual([...form.keys()].sort(), [
      "expires_after[anchor]",
      "expires_after[seconds]",
      "file",
      "purpose",
    ]);
    assert.equal(form.get("purpose"), "batch");
    assert.equal(form.get("expires_after[anchor]"), "created_at");
    assert.equal(form.get("expires_after[seconds]"), "86400");
    const file = form.get("file");
    assert.ok(file instanceof Blob);
    assert.equal(file.name, "täglich.jsonl");
    assert.equal(await file.text(), LINE);
  },
);

test(
  "files.create gives a nameless Blob a name that the API takes",
  options,
  async (t) => {
    const { client } = intercept(t);
    const file = await client.files.create({
      file: new Blob([LINE]),
      purpose: "batch",
    });
    assert.match(file.filename, /\.jsonl$/);
    assert.equal(file.bytes, new Blob([LINE]).size);
  },
);

test("files are listed page by page, and deleted", options, async (t) => {
  const { client } = intercept(t);
  for (const name of ["a", "b", "c"]) await upload(client, `${name}.jsonl`);
  const page = await client.files.list({ limit: 2, order: "asc" });
  assert.deepEqual(page.data.map(({ filename }) => filename), [
    "a.jsonl",
    "b.jsonl",
  ]);
  const next = await page.getNextPage();
  assert.deepEqual(next.data.map(({ filename }) => filename), ["c.jsonl"]);
  assert.equal(next.hasNextPage(), false);

  const deleted = await client.files.delete(page.data[0]!.id);
  assert.deepEqual(deleted, {
    id: page.data[0]!.id,
    object: "file",
    deleted: true,
  });
  const left: string[] = [];
  for await (const { filename } of client.files.list({ limit: 1 })) {
    left.push(filename);
  }
  assert.deepEqual(left, ["c.jsonl", "b.jsonl"]);
});

test(
  "files.content gives back the bytes that were uploaded",
  options,
  async (t) => {
    const { client } = intercept(t);
    const { id } = await upload(client);
    assert.equal(await (await client.files.content(id)).text(), LINE);
  },
);

test("batches are created, listed and cancelled", options, async (t) => {
  const { client, clock } = intercept(t);
  const first = await createBatch(client);
  const second = await createBatch(client);
  const listed: string[] = [];
  for await (const { id } of client.batches.list({ limit: 1 })) listed.push(id);
  assert.deepEqual(listed, [second.id, first.id]);

  assert.equal((await client.batches.cancel(first.id)).status, "cancelling");
  await clock.advance(15 * 60_000);
  assert.equal((await client.batches.retrieve(first.id)).status, "cancelled");
});

test("a refusal has the API's words", options, async (t) => {
  const { client } = intercept(t);
  await assert.rejects(client.files.retrieve("file-none"), {
    name: "APIError",
    status: 404,
    message: "404 No such File object: file-none",
  });
});
