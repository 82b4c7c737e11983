/**
 * One script, two clients: what works with the `openai` package works here,
 * and sends the same. Where the two differ on purpose, a test says so.
 *
 * @module
 */

import OpenAI from "openai";
import { type Fetch, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { record, type Sent } from "../_support/recorder.ts";
import { caught } from "../_support/scripted.ts";

const HOUR = 3_600_000;
const ENDPOINT = "/v1/chat/completions";

/** What a script works with, whichever client it is. */
type Rest = Pick<OpenAIBatch, "files" | "batches">;

/** What both clients are made with. */
interface Options {
  apiKey: string;
  baseURL: string;
  fetch: Fetch;
  maxRetries: number;
  organization: string;
}

/** Not what the environment may have. */
const OWN = { organization: "org-1", project: "proj-1" };

const CLIENTS: ((options: Options) => Rest)[] = [
  (options) => new OpenAIBatch({ ...OWN, ...options }),
  (options) => new OpenAI({ ...OWN, ...options }) as unknown as Rest,
];

/** What a client gave back and sent, and what the server made of it. */
interface Outcome<T> {
  result: T;
  sent: Sent[];
  sim: Simulator;
}

/** Runs a script with both clients, each on a simulator of its own. */
async function both<T>(
  script: (rest: Rest, sim: Simulator) => Promise<T>,
  { maxRetries = 0, between = (sim: Simulator): Fetch => sim.fetch } = {},
): Promise<[ours: Outcome<T>, theirs: Outcome<T>]> {
  const outcomes = CLIENTS.map(async (open): Promise<Outcome<T>> => {
    const sim = createSimulator();
    const sent: Sent[] = [];
    const { apiKey, baseURL } = sim.options;
    const fetch = record(between(sim), sent);
    const organization = "org-1";
    const rest = open({ apiKey, baseURL, fetch, maxRetries, organization });
    // The SDK's objects have methods and hidden fields of their own.
    const result = plain(await script(rest, sim));
    return { result, sent, sim };
  });
  const [ours, theirs] = await Promise.all(outcomes);
  return [ours!, theirs!];
}

function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** Runs a script with both clients, and sees no difference. */
async function same<T>(
  script: (rest: Rest, sim: Simulator) => Promise<T>,
): Promise<T> {
  const [ours, theirs] = await both(script);
  assert.deepEqual(ours.result, theirs.result);
  assert.deepEqual(ours.sent, theirs.sent);
  assert.ok(ours.sent.length > 0);
  return ours.result;
}

function inputFile(id = "a"): File {
  const line = {
    custom_id: id,
    method: "POST",
    url: ENDPOINT,
    body: { model: "gpt-4o-mini", messages: [{ role: "user", content: id }] },
  };
  return new File([JSON.stringify(line) + "\n"], `${id}.jsonl`);
}

async function uploadAll({ files }: Rest, ids: string[]): Promise<string[]> {
  const uploaded: string[] = [];
  for (const id of ids) {
    const file = inputFile(id);
    uploaded.push((await files.create({ file, purpose: "batch" })).id);
  }
  return uploaded;
}

async function createBatch({ files, batches }: Rest, id = "a") {
  const file = await files.create({ file: inputFile(id), purpose: "batch" });
  return await batches.create({
    input_file_id: file.id,
    endpoint: ENDPOINT,
    completion_window: "24h",
  });
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

/** What an error says; the SDK has null, or nothing, where we have a code of our own. */
function wordsOf(error: unknown) {
  const { status, message, type, param, code, ...more } = error as Record<
    string,
    unknown
  >;
  const requestId = more.requestId ?? more.requestID;
  assert.ok(error instanceof Error && (more.headers as Headers).has);
  return {
    status,
    message,
    type,
    param: param ?? null,
    code: code === `http_${status}` ? null : code,
    requestId,
  };
}

const REFUSALS: [number, string, (rest: Rest) => Promise<unknown>][] = [
  [404, "a file that is not there", ({ files }) => files.retrieve("file-none")],
  [404, "content that is not there", ({ files }) => files.content("file-none")],
  [404, "deleting what is not there", ({ files }) => files.delete("file-none")],
  [404, "a batch that is not there", ({ batches }) => batches.retrieve("b_1")],
  [404, "cancelling no batch", ({ batches }) => batches.cancel("b_1")],
  [400, "a list of 0", async ({ files }) => await files.list({ limit: 0 })],
  [
    400,
    "a file that is no JSONL",
    ({ files }) =>
      files.create({ file: new File(["{}"], "a.txt"), purpose: "batch" }),
  ],
  [400, "a wrong endpoint", ({ batches }) =>
    batches.create({
      input_file_id: "file-1",
      endpoint: "/v1/none",
      completion_window: "24h",
    })],
  [400, "a wrong window", ({ batches }) =>
    batches.create({
      input_file_id: "file-1",
      endpoint: ENDPOINT,
      completion_window: "1h",
    })],
];

for (const [status, what, call] of REFUSALS) {
  test(`${what} is refused in the same words`, options, async () => {
    const words = await same(async (rest) =>
      wordsOf(await caught(() => call(rest)))
    );
    assert.equal(words.status, status);
    assert.match(String(words.requestId), /^req_/);
  });
}

test(
  "a batch that has ended is not cancelled, and that is said alike",
  options,
  async () => {
    const words = await same(async (rest, sim) => {
      const { id } = await createBatch(rest);
      await sim.clock.advance(25 * HOUR);
      return wordsOf(await caught(() => rest.batches.cancel(id)));
    });
    assert.equal(words.status, 409);
  },
);

test("a wrong key is refused in the same words", options, async () => {
  const words = [];
  for (const open of CLIENTS) {
    const { options } = createSimulator();
    const rest = open({
      ...options,
      apiKey: "sk-wrong",
      maxRetries: 0,
      organization: "org-1",
    });
    words.push(wordsOf(await caught(() => rest.files.retrieve("file-1"))));
  }
  assert.deepEqual(words[0], words[1]);
  assert.equal(words[0]?.status, 401);
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

/** A server that fails the first call that it likes to fail, and wants it again at once. */
function failFirst(status: number, isChosen: (call: Request) => boolean) {
  return (sim: Simulator): Fetch => {
    let hasFailed = false;
    return async (input, init) => {
      const request = new Request(input, init);
      if (hasFailed || !isChosen(request)) return await sim.fetch(request);
      hasFailed = true;
      const error = { message: "Try again.", type: "t", code: null };
      const headers = { "retry-after-ms": "1" };
      return Response.json({ error }, { status, headers });
    };
  };
}

const isCreate = ({ method, url }: Request) =>
  method === "POST" && url.endsWith("/batches");

for (const status of [408, 409, 429, 500, 503]) {
  test(
    `a ${status} is repeated alike, but for batches.create`,
    options,
    async () => {
      const calls: [(call: Request) => boolean, number][] = [
        [({ url }) => url.endsWith("/files"), 2],
        [({ url }) => url.includes("/batches/"), 2],
      ];
      for (const [isChosen] of calls) {
        const [ours, theirs] = await both(
          async (rest) => {
            const { id } = await createBatch(rest);
            return await rest.batches.retrieve(id);
          },
          { maxRetries: 1, between: failFirst(status, isChosen) },
        );
        assert.deepEqual(ours.result, theirs.result);
        assert.deepEqual(ours.sent, theirs.sent);
        assert.equal(ours.sent.length, 4);
      }
    },
  );
}

test("a 429 to batches.create is repeated alike", options, async () => {
  const [ours, theirs] = await both((rest) => createBatch(rest), {
    maxRetries: 1,
    between: failFirst(429, isCreate),
  });
  assert.deepEqual(ours.sent, theirs.sent);
  assert.equal(ours.sim.ledger.batches.length, 1);
});

test(
  "a batches.create that may have taken effect is not repeated here, and says so",
  options,
  async () => {
    for (const status of [408, 409, 500, 503]) {
      const [ours, theirs] = await both(
        async (rest) => {
          const error = await caught(async () => {
            await createBatch(rest);
            throw { ambiguous: "created" };
          });
          return (error as { ambiguous: unknown }).ambiguous;
        },
        { maxRetries: 1, between: failFirst(status, isCreate) },
      );
      assert.equal(ours.result, true);
      assert.equal(ours.sent.length, 2);
      assert.equal(theirs.result, "created");
      assert.equal(theirs.sent.length, 3);
    }
  },
);

test(
  "a 409 to batches.cancel is an answer here, and repeated there",
  options,
  async () => {
    const between = failFirst(409, ({ url }) => url.endsWith("/cancel"));
    const [ours, theirs] = await both(
      async (rest) => {
        const { id } = await createBatch(rest);
        return await rest.batches.cancel(id).then(() => 200, () => 409);
      },
      { maxRetries: 1, between },
    );
    assert.deepEqual([ours.result, theirs.result], [409, 200]);
  },
);

test("a redirect is followed there, and refused here", options, async () => {
  const modes: string[] = [];
  const between = (sim: Simulator): Fetch => (input, init) => {
    modes.push((input as Request).redirect);
    return sim.fetch(input, init);
  };
  await both(async ({ files }) => (await files.list()).data, { between });
  assert.deepEqual(modes.toSorted(), ["error", "follow"]);
});

test(
  "a call's body has more fields here, and takes the place of all there",
  options,
  async () => {
    const [ours, theirs] = await both(async ({ batches }) => {
      const params = {
        input_file_id: "file-1",
        endpoint: ENDPOINT,
        completion_window: "24h",
      } as const;
      const body = { name: "night" };
      return await batches.create(params, { body }).then(
        () => true,
        () => false,
      );
    });
    assert.deepEqual(theirs.sent[0]?.body, { name: "night" });
    assert.deepEqual(ours.sent[0]?.body, {
      input_file_id: "file-1",
      endpoint: ENDPOINT,
      completion_window: "24h",
      name: "night",
    });
  },
);
