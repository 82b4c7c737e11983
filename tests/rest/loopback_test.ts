/**
 * The default `fetch` against real servers: what is on the wire, and what
 * happens when the wire breaks.
 *
 * @module
 */

import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import {
  ConnectionError,
  OpenAIBatch,
  parseLines,
} from "@offpeak/openai-batch";
import {
  assert,
  options,
  test,
  type TestContext,
} from "../_support/prelude.ts";
import { forward, readBody, serve } from "../_support/loopback.ts";
import { caught } from "../_support/scripted.ts";
import { createWire, holdFetch } from "../_support/wire.ts";

const OPTIONS = { params: { model: "gpt-4o-mini" }, batchSize: 10 };
const QUESTIONS = Array.from({ length: 20 }, (_, i) => ({
  id: `q${i}`,
  content: `1 + ${i} = `,
}));

/** Ends a download in its own way, with the whole file at hand. */
type Break = (response: ServerResponse, file: Uint8Array) => void;

/** A client of a simulator behind a real server that breaks the first download. */
async function connect(t: TestContext, breakOff: Break) {
  const { sim, clock } = createWire();
  let downloads = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const isDownload = request.url?.endsWith("/content");
    if (!isDownload || downloads++ > 0) {
      return await forward(request, response, sim.fetch);
    }
    const headers = new Headers(request.headers as Record<string, string>);
    const file = await sim.fetch(`http://127.0.0.1${request.url}`, { headers });
    breakOff(response, await file.bytes());
  };
  const origin = await serve(
    t,
    (request, response) => void answer(request, response),
  );
  t.after(holdFetch(clock));
  const { apiKey } = sim.options;
  const client = new OpenAIBatch({ apiKey, baseURL: `${origin}/v1`, clock });
  return { sim, client, downloads: () => downloads };
}

/** A client of a server that knows one answer. */
async function clientOf(
  t: TestContext,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  options: { timeout?: number } = {},
): Promise<OpenAIBatch> {
  const baseURL = `${await serve(t, listener)}/v1`;
  return new OpenAIBatch({
    apiKey: "sk-loopback",
    baseURL,
    maxRetries: 0,
    ...options,
  });
}

test("an upload has its length, its name and its bytes", options, async (t) => {
  const sent: { headers: IncomingMessage["headers"]; body: Uint8Array }[] = [];
  const client = await clientOf(t, async (request, response) => {
    sent.push({ headers: request.headers, body: await readBody(request) });
    response.end('{"id":"file-1"}');
  });
  const text = '{"custom_id":"Grüße"}\n'.repeat(100_000);
  const file = new File([text], "input.jsonl");
  await client.files.create({ file, purpose: "batch" });
  assert.equal(sent.length, 1);
  const { headers, body } = sent[0]!;
  assert.equal(headers["content-length"], `${body.length}`);
  assert.equal(headers["transfer-encoding"], undefined);
  assert.match(
    headers["content-type"] ?? "",
    /^multipart\/form-data; ?boundary=/,
  );
  const form = new TextDecoder().decode(body);
  assert.match(form, /name="file"; filename="input\.jsonl"/);
  assert.ok(form.includes(text));
});

test(
  "a run's input files have their length and their tag as name",
  options,
  async (t) => {
    const { client, sim } = await connect(
      t,
      (response, file) => response.end(file),
    );
    await client.run(QUESTIONS, { ...OPTIONS, job: "night" });
    assert.deepEqual(
      sim.ledger.files
        .filter(({ purpose }) => purpose === "batch")
        .map(({ filename }) => filename.replace(/[0-9a-f]{16}/, "…")),
      ["night.v1.p0.r0.n10.….jsonl", "night.v1.p1.r0.n10.….last.jsonl"],
    );
  },
);

/** Where a file may be cut: at its start, in a line, behind a line, before its end. */
const CUTS: [string, (file: Uint8Array) => number][] = [
  ["before its first byte", () => 0],
  ["in its first line", () => 10],
  ["in a later line", (file) => Math.floor(file.length / 2)],
  ["behind a line", (file) => file.indexOf(10, file.length / 2) + 1],
  ["before its last byte but one", (file) => file.length - 2],
];

const ENDS: [
  string,
  (response: ServerResponse, cut: Uint8Array, bytes: number) => void,
][] = [
  ["with its connection lost", (response, cut, bytes) => {
    response.writeHead(200, { "content-length": bytes });
    response.flushHeaders();
    if (cut.length === 0) response.destroy();
    else response.write(cut, () => response.destroy());
  }],
  ["as if it were complete", (response, cut) => {
    response.removeHeader("transfer-encoding");
    response.writeHead(200, { connection: "close" });
    response.end(cut);
  }],
];

for (const [how, end] of ENDS) {
  for (const [where, cutOf] of CUTS) {
    test(
      `a download that ends ${where}, ${how}, is read again`,
      options,
      async (t) => {
        const { client, sim, downloads } = await connect(
          t,
          (response, file) =>
            end(response, file.subarray(0, cutOf(file)), file.length),
        );
        const outputs = new Map<string, unknown>();
        for await (const { id, output } of client.stream(QUESTIONS, OPTIONS)) {
          assert.ok(!outputs.has(id), `${id} came twice`);
          outputs.set(id, output);
        }
        assert.deepEqual(
          QUESTIONS.map(({ id }) => outputs.get(id)),
          QUESTIONS.map(({ content }, i) => `${content}${i + 1}`),
        );
        assert.equal(downloads(), 3);
        assert.equal(sim.ledger.requests.length, QUESTIONS.length);
      },
    );
  }
}

test("a stalled download ends by the timeout", options, async (t) => {
  const client = await clientOf(t, (_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write('{"a":1}\n');
  }, { timeout: 50 });
  const lines: unknown[] = [];
  const error = await caught(async () => {
    const response = await client.files.content("file-1");
    for await (const line of parseLines(response)) lines.push(line);
  });
  assert.equal((error as Error).name, "ConnectionError");
  assert.equal((error as { code: string }).code, "timeout");
  assert.deepEqual(lines, [{ a: 1 }]);
});

test(
  "a call that gets no answer, or half of one, ends by the timeout",
  options,
  async (t) => {
    const silent = () => {};
    const half = (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { "content-length": 100 });
      response.write('{"id":');
    };
    for (const listener of [silent, half]) {
      const client = await clientOf(t, listener, { timeout: 50 });
      const error = await caught(() => client.files.retrieve("file-1"));
      assert.equal((error as { code: string }).code, "timeout");
    }
  },
);

test("nothing is sent to a server that is not there", options, async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const baseURL = `http://127.0.0.1:${port}/v1`;
  const client = new OpenAIBatch({
    apiKey: "sk-loopback",
    baseURL,
    maxRetries: 0,
  });
  const error = await caught(() =>
    client.batches.create({
      input_file_id: "file-1",
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    })
  );
  assert.ok(error instanceof ConnectionError);
  assert.equal(error.code, "unreachable");
  assert.equal(error.ambiguous, false);
});

/** A client whose downloads never end, and the closing of their connection. */
async function endless(t: TestContext) {
  const closed = Promise.withResolvers<void>();
  const client = await clientOf(t, (_, response) => {
    once(response, "close").then(() => closed.resolve());
    response.writeHead(200, { "content-length": 1_000_000 });
    response.write('{"a":1}\n{"a":2}\n');
  });
  return { client, closed: closed.promise };
}

test("breaking out of a download closes its connection", options, async (t) => {
  const { client, closed } = await endless(t);
  for await (const _ of parseLines(await client.files.content("file-1"))) break;
  await closed;
});

test(
  "cancelling the body of a download closes its connection",
  options,
  async (t) => {
    const { client, closed } = await endless(t);
    const { body } = await client.files.content("file-1");
    await body?.cancel();
    await closed;
  },
);

test(
  "aborting a download closes its connection, and gives the reason",
  options,
  async (t) => {
    const { client, closed } = await endless(t);
    const abort = new AbortController();
    const { signal } = abort;
    const error = await caught(async () => {
      const response = await client.files.content("file-1", { signal });
      for await (const _ of parseLines(response)) abort.abort("enough");
    });
    assert.equal(error, "enough");
    await closed;
  },
);

test(
  "breaking out of a stream closes the connection of its download",
  options,
  async (t) => {
    const closed = Promise.withResolvers<void>();
    const { client, downloads } = await connect(t, (response, file) => {
      once(response, "close").then(() => closed.resolve());
      response.writeHead(200, { "content-length": file.length });
      response.write(file.subarray(0, file.length - 1));
    });
    for await (const { ok } of client.stream(QUESTIONS, OPTIONS)) {
      assert.ok(ok);
      break;
    }
    await closed.promise;
    assert.equal(downloads(), 1);
  },
);
