/**
 * Bodies that are longer than anybody reads, and headers that say the key:
 * what the other side sends does not decide what we hold or print.
 *
 * @module
 */

import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type APIError,
  MalformedLineError,
  OpenAIBatch,
  parseLines,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import {
  assert,
  options,
  test,
  type TestContext,
} from "../_support/prelude.ts";
import { serve } from "../_support/loopback.ts";
import { caught, json, script } from "../_support/scripted.ts";
import { rewriteLines } from "../_support/servers.ts";
import { sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const MB = 1_000_000;
const BATCH = {
  input_file_id: "file-1",
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
} as const;

/** Writes the same for ever, as fast as it is read; ends with the connection. */
function writeEndlessly(
  response: ServerResponse,
  status: number,
  begin: string,
): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.write(begin);
  const chunk = "x".repeat(65_536);
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", write);
  write();
}

/** A client of a server whose answers never end, and the connections that are open. */
async function endless(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
) {
  let open = 0;
  const closed = Promise.withResolvers<void>();
  const origin = await serve(t, (request, response) => {
    open++;
    once(response, "close").then(() => {
      if (--open === 0) closed.resolve();
    });
    answer(request, response);
  });
  const client = new OpenAIBatch({
    apiKey: "sk-bodies",
    baseURL: `${origin}/v1`,
    maxRetries: 0,
  });
  return { client, closed: closed.promise };
}

test(
  "an error without an end is read as far as it is useful, and its connection closed",
  options,
  async (t) => {
    const begin = `${JSON.stringify({ note: "a".repeat(10) })}`;
    const { client, closed } = await endless(
      t,
      (_, response) => writeEndlessly(response, 400, begin),
    );
    await assert.rejects(client.files.retrieve("file-1"), { status: 400 });
    await assert.rejects(client.batches.create(BATCH), { status: 400 });
    await assert.rejects(client.files.content("file-1"), { status: 400 });
    await closed;
  },
);

test(
  "an answer without an end is none, and its connection closed",
  options,
  async (t) => {
    const { client, closed } = await endless(
      t,
      (_, response) => writeEndlessly(response, 200, '{"id":"'),
    );
    await assert.rejects(client.files.retrieve("file-1"), {
      code: "unreadable",
    });
    await assert.rejects(client.batches.create(BATCH), {
      code: "unreadable",
      ambiguous: true,
    });
    await closed;
  },
);

test(
  "a redirect leaves no connection open, however long its body is",
  options,
  async (t) => {
    const { client, closed } = await endless(t, (_, response) => {
      response.setHeader("location", "/elsewhere");
      writeEndlessly(response, 302, "");
    });
    for (let i = 0; i < 3; i++) {
      await assert.rejects(client.files.retrieve("file-1"), {
        code: "redirect",
      });
    }
    await closed;
  },
);

test(
  "no text of an error is longer than 1,000 letters",
  options,
  async () => {
    const long = "x".repeat(20_000);
    const { client } = script(() =>
      json(
        { error: { message: long, code: long, type: long, param: long } },
        400,
      )
    );
    const error = await caught(() => client.files.retrieve("file-1"));
    const { message, code, type, param } = error as APIError;
    assert.equal(message.length, 1_004);
    for (const text of [code, type, param]) {
      assert.ok((text ?? "").length <= 1_000);
    }
  },
);

test(
  "the key is in no header of an error, even if a server echoes it",
  options,
  async () => {
    const headers = {
      "x-request-id": "req-sk-scripted",
      "x-debug": "authorization: Bearer sk-scripted; again sk-scripted",
      "retry-after": "1",
    };
    const { client } = script(() => json({ error: {} }, 400, headers));
    const error = await caught(() => client.files.retrieve("file-1"));
    const { headers: said, requestId } = error as APIError;
    assert.doesNotMatch(JSON.stringify([...said]), /sk-scripted/);
    assert.equal(said.get("retry-after"), "1");
    assert.equal(said.get("x-debug"), "authorization: Bearer ***; again ***");
    assert.equal(requestId, "req-***");
    const run = await client.direct(["a"], { params }).collect();
    assert.equal(run.failed[0]?.requestId, "req-***");
  },
);

/** Bytes of one line that is longer than what is read. */
async function* longLine(
  begin: string,
  chunk = MB,
): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(begin);
  const filler = new Uint8Array(chunk).fill(120);
  for (let sent = 0; sent < 130 * MB; sent += chunk) yield filler;
  yield new TextEncoder().encode("\n");
}

test(
  "a line over 128 MB is malformed: its beginning is kept, and the lines around it are read",
  { timeout: 120_000 },
  async () => {
    const encode = (text: string) => new TextEncoder().encode(text);
    async function* file(chunk: number) {
      yield encode('{"a":1}\n');
      yield* longLine('{"custom_id":"long","x":"', chunk);
      yield encode('{"a":2}\n{"a":3}');
    }
    // Small pieces, and one that is longer than the line may be.
    for (const chunk of [MB, 131 * MB]) {
      const seen: unknown[] = [];
      const lines = parseLines<unknown>(file(chunk), {
        malformed: (text, line, isTooLong) => {
          assert.ok(text.length <= 65_537);
          return { start: text.slice(0, 22), line, isTooLong };
        },
      });
      for await (const line of lines) seen.push(line);
      assert.deepEqual(seen, [
        { a: 1 },
        { start: '{"custom_id":"long","x', line: 2, isTooLong: true },
        { a: 2 },
        { a: 3 },
      ]);
    }
    await assert.rejects(
      async () => {
        for await (const _ of parseLines(file(MB)));
      },
      (error: unknown) =>
        error instanceof MalformedLineError && error.line === 2 &&
        error.message === "Line 2 is longer than 128 MB",
    );
  },
);

test(
  "an answer over 128 MB is a failure of its request, never sent again; without an id its line is skipped",
  { timeout: 120_000 },
  async () => {
    const sim = createSimulator();
    let downloads = 0;
    const fetch = rewriteLines(
      sim,
      (line) => [line.custom_id === "calc_1" ? "<<long>>" : line],
    );
    const client = new OpenAIBatch({
      ...sim.options,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        const { pathname } = new URL(String(input));
        if (!pathname.endsWith("/content")) return response;
        const text = await response.text();
        if (!text.includes("<<long>>")) return new Response(text);
        downloads++;
        const [before, after] = text.split("<<long>>\n") as [string, string];
        return new Response(ReadableStream.from(
          (async function* () {
            yield new TextEncoder().encode(before);
            yield* longLine('{"id":"batch_req_1","custom_id":"calc_1","x":"');
            yield* longLine('{"id":"batch_req_2","x":"');
            yield new TextEncoder().encode(after);
          })(),
        ));
      },
    });
    const run = await client.run(sums(3), { params, maxAttempts: 3 });
    assert.deepEqual(
      run.results.map(({ id, error }) => [id, error?.code]),
      [["calc_0", undefined], ["calc_1", "answer_too_large"], [
        "calc_2",
        undefined,
      ]],
    );
    assert.equal(downloads, 1);
    assert.equal(sim.ledger.requests.length, 3);
  },
);

test(
  "a result file without an end is left, and read again",
  { timeout: 120_000 },
  async () => {
    const sim = createSimulator();
    let downloads = 0;
    const line = new TextEncoder().encode(
      `${JSON.stringify({ note: "x".repeat(4 * MB) })}\n`,
    );
    const client = new OpenAIBatch({
      ...sim.options,
      fetch: async (input, init) => {
        const { pathname } = new URL(String(input));
        const isFirst = pathname.endsWith("/content") && downloads++ === 0;
        if (!isFirst) return await sim.fetch(input, init);
        return new Response(
          new ReadableStream({ pull: (body) => body.enqueue(line) }),
        );
      },
    });
    const run = await client.run(sums(3), { params });
    assert.equal(run.succeeded.length, 3);
    assert.equal(downloads, 2);
    assert.equal(sim.ledger.requests.length, 3);
  },
);

test(
  "a direct answer over 128 MB is a failure of its request, never sent again",
  { timeout: 120_000 },
  async () => {
    const { client, calls } = script(() =>
      new Response(ReadableStream.from(longLine('{"choices":["')))
    );
    const run = await client.direct(["a"], { params, maxAttempts: 3 })
      .collect();
    assert.equal(run.failed[0]?.error.code, "answer_too_large");
    assert.equal(run.failed[0]?.attempts, 1);
    assert.equal(calls.length, 1);
  },
);
