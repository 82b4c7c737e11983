/** What a signal ends. */

import type { ClientOptions, OpenAIBatch } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import {
  type Answer,
  anything,
  caught,
  refusal,
  script,
} from "../_support/scripted.ts";
import { silent, stuck } from "./_retry.ts";

const BATCH = {
  input_file_id: "file-1",
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
} as const;

test("a signal that is aborted already makes no call", options, async () => {
  const { client, calls } = script(() => anything());
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  const error = await caught(() => client.files.retrieve("file-1", { signal }));
  assert.equal(error, reason);
  assert.equal(calls.length, 0);
});

/** What a call ends with whose signal is aborted after a while, and when. */
async function abortAfter(
  ms: number,
  answer: Answer,
  call: (client: OpenAIBatch, signal: AbortSignal) => Promise<unknown>,
  options: ClientOptions = {},
) {
  const scripted = script(answer, options);
  const { client, clock } = scripted;
  const reason = { name: "enough" };
  const abort = new AbortController();
  const start = clock.now();
  const running = caught(() => call(client, abort.signal));
  await clock.sleep(ms);
  abort.abort(reason);
  assert.equal(await running, reason);
  assert.equal(clock.now() - start, ms);
  return scripted;
}

const retrieveFile = (client: OpenAIBatch, signal: AbortSignal) =>
  client.files.retrieve("file-1", { signal });

test("a signal ends the wait before a repetition", options, async () => {
  const limited: Answer = () => refusal(429, { "retry-after": "60" });
  const { calls } = await abortAfter(1_000, limited, retrieveFile);
  assert.equal(calls.length, 1);
});

test("a signal ends a call, and with it the fetch", options, async () => {
  const { calls } = await abortAfter(1_000, silent, retrieveFile);
  assert.equal(calls.length, 1);
  assert.ok(calls[0]?.signal.aborted);
});

test(
  "a signal ends a create, with its reason anyway",
  options,
  async () => {
    const { calls } = await abortAfter(
      1_000,
      silent,
      (client, signal) => client.batches.create(BATCH, { signal }),
    );
    assert.equal(calls.length, 1);
  },
);

test("a signal ends the reading of an answer", options, async () => {
  const { calls } = await abortAfter(1_000, stuck, retrieveFile);
  assert.equal(calls.length, 1);
});

test("a signal ends a download", options, async () => {
  const { calls } = await abortAfter(1_000, stuck, async (client, signal) => {
    await (await client.files.content("file-1", { signal })).text();
  });
  assert.ok(calls[0]?.signal.aborted);
});

test(
  "a signal that is aborted while the key is asked for makes no call",
  options,
  async () => {
    const abort = new AbortController();
    const { client, calls } = script(silent, {
      timeout: 5_000,
      maxRetries: 0,
      apiKey: () => {
        abort.abort("enough");
        return Promise.resolve("sk-late");
      },
    });
    assert.equal(
      await caught(() => retrieveFile(client, abort.signal)),
      "enough",
    );
    assert.equal(calls.length, 0);
  },
);

test("a call leaves nothing behind at its signal", options, async () => {
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners.add(args[1]);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (
    ...args: Parameters<typeof addEventListener>
  ) => {
    listeners.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  let most = 0;
  const { client } = script((_, index) => {
    most = Math.max(most, listeners.size);
    const answers = [
      refusal(500),
      anything(),
      new Response("a\n"),
      refusal(404),
    ];
    return answers[index]!;
  });
  await retrieveFile(client, signal);
  await (await client.files.content("file-1", { signal })).text();
  await caught(() => retrieveFile(client, signal));
  assert.ok(most > 0);
  assert.equal(listeners.size, 0);
});
