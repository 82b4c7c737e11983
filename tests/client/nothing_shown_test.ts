/** Neither the key nor what was asked is in a message, a log or an error. */

import { OpenAIBatch, parseLines } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import {
  anything,
  caught,
  json,
  pieces,
  script,
} from "../_support/scripted.ts";
import { assertHidden, visibleIn } from "./_key.ts";

const KEY = "sk-proj-Secret_0123456789";

const BATCH = {
  input_file_id: "file-1",
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
} as const;

test("the client does not show its key", options, () => {
  const headers = { "x-token": "header-secret" };
  for (const apiKey of [KEY, () => KEY]) {
    const client = new OpenAIBatch({ apiKey, headers });
    assertHidden(KEY, client);
    assertHidden("header-secret", client);
  }
});

test(
  "an error does not show the key, even if the server says it",
  options,
  async () => {
    const message = `Incorrect API key provided: ${KEY}, or Bearer ${KEY}.`;
    const bodies = [
      {
        error: {
          message,
          type: "invalid_request_error",
          code: "invalid_api_key",
        },
      },
      { error: message },
      { message },
    ];
    for (const body of bodies) {
      const { client } = script(() => json(body, 401), { apiKey: KEY });
      for (
        const call of [
          () => client.files.retrieve("file-1"),
          () => client.files.content("file-1"),
          () => client.batches.create(BATCH),
          () => client.run(["Hi"], { params: { model: "gpt-4o-mini" } }),
        ]
      ) {
        const error = await caught(call);
        assert.match(String(error), /401 Incorrect API key provided: /);
        assertHidden(KEY, error);
      }
    }
  },
);

test(
  "an error does not show a key that JSON writes otherwise",
  options,
  async () => {
    const key = 'sk-"secret"\\0';
    const error = { message: `Incorrect API key provided: ${key}` };
    const { client } = script(() => json({ error }, 401), { apiKey: key });
    const { message } = await caught(() =>
      client.files.retrieve("file-1")
    ) as Error;
    assert.ok(!message.includes("secret"), message);
  },
);

test(
  "an error does not show the key in what else the server says",
  options,
  async () => {
    const error = { message: "No.", type: KEY, param: KEY, code: KEY };
    const { client } = script(() => json({ error }, 401), { apiKey: KEY });
    assertHidden(KEY, await caught(() => client.files.retrieve("file-1")));
  },
);

test(
  "an error does not show a key that is cut off by the message's end",
  options,
  async () => {
    const message = "x".repeat(990) + KEY;
    const { client } = script(() => json({ error: { message } }, 401), {
      apiKey: KEY,
    });
    assertHidden(
      KEY.slice(0, 8),
      await caught(() => client.files.retrieve("file-1")),
    );
  },
);

test("a lost connection does not show the key", options, async () => {
  const { client } = script(() => {
    throw new TypeError("fetch failed");
  }, { apiKey: KEY, maxRetries: 0 });
  assertHidden(KEY, await caught(() => client.files.retrieve("file-1")));
});

test(
  "a key that no header may carry is refused without a call, and not shown",
  options,
  async () => {
    const keys = [
      "sk-secret\nline",
      "sk-secret\r\nx: y",
      "sk-secret-ключ",
      "sk secret",
      "sk-secret\0",
      "",
    ];
    for (const key of keys) {
      for (const apiKey of [key, () => Promise.resolve(key)]) {
        const { client, calls } = script(() => anything(), { apiKey });
        const error = await caught(() => client.files.retrieve("file-1"));
        assert.ok(error instanceof TypeError);
        assert.equal(calls.length, 0);
        assert.ok(!visibleIn(error).includes("secret"));
      }
    }
  },
);

test(
  "a header that can't be sent is refused by its name, without its value",
  options,
  async () => {
    const { client, calls } = script(() => anything(), {
      headers: { "x-token": "secret\nline" },
    });
    const error = await caught(() => client.files.retrieve("file-1"));
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /x-token/);
    assertHidden("secret", error);
    assert.equal(calls.length, 0);
  },
);

test("an answer that isn't JSON is not quoted", options, async () => {
  const prompt = "diabetes";
  for (const body of [prompt, `{"id": "${prompt}`, `{"a": ${prompt}}`]) {
    const { client } = script(() => new Response(body), { maxRetries: 0 });
    for (
      const call of [
        () => client.files.retrieve("file-1"),
        () => client.batches.create(BATCH),
      ]
    ) {
      const error = await caught(call);
      assert.equal((error as { code: string }).code, "unreadable");
      assertHidden(prompt, error);
    }
  }
});

test("a line that isn't JSON is not quoted", options, async () => {
  const { client } = script(() =>
    pieces((index) => ['{"a":1}\n', '{"b": diabetes\n'][index])
  );
  const error = await caught(async () => {
    const lines = parseLines(await client.files.content("file-1"));
    for await (const _ of lines);
  });
  assert.match(String(error), /line 2/i);
  assertHidden("diabetes", error);
});

test("an error page is not quoted", options, async () => {
  const page = `<html>My diagnosis, ${KEY}</html>`;
  const { client } = script(() => new Response(page, { status: 502 }), {
    apiKey: KEY,
    maxRetries: 0,
  });
  const error = await caught(() => client.files.retrieve("file-1"));
  assertHidden("diagnosis", error);
  assertHidden(KEY, error);
});
