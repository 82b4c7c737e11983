/**
 * Which calls are repeated, after what wait, and what ends them, on a virtual
 * clock.
 *
 * @module
 */

import { type ClientOptions, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import {
  type Answer,
  anything,
  caught,
  json,
  pieces,
  refusal,
  script,
  silence,
} from "../_support/scripted.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PASSING = [408, 409, 429, 500, 502, 503, 504, 529];
const BATCH = {
  input_file_id: "file-1",
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
} as const;

const lost: Answer = () => {
  throw new TypeError("fetch failed");
};
const silent: Answer = ({ signal }) => silence(signal);

/** A 2xx whose body stops before its end, by its connection or for good. */
const torn: Answer = () =>
  pieces((index) => {
    if (index > 0) throw new TypeError("terminated");
    return '{"id":';
  });
const stuck: Answer = ({ signal }) =>
  pieces((index) => index > 0 ? silence(signal) : '{"id":');

/** What `files.retrieve` ends with if every call gets this answer. */
async function retrieve(answer: Answer, options: ClientOptions = {}) {
  const scripted = script(answer, options);
  const error = await caught(() => scripted.client.files.retrieve("file-1"));
  return { ...scripted, error: error as Record<string, unknown> };
}

/** How long a call waits that is answered so once, ms. */
async function waitAfter(headers: (now: number) => Record<string, string>) {
  const { client, clock, waits } = script((_, index) =>
    index === 0 ? refusal(429, headers(clock.now())) : anything()
  );
  await client.files.retrieve("file-1");
  return waits();
}

function assertBackoff(waits: number[]): void {
  waits.forEach((wait, i) => {
    const longest = Math.min(500 * 2 ** i, 8_000);
    assert.ok(wait <= longest && wait >= longest * 0.75, `${i}: ${wait}`);
  });
}

test(
  "408, 409, 429 and 5xx are repeated maxRetries times",
  options,
  async () => {
    for (const status of PASSING) {
      for (const maxRetries of [0, 1, 3]) {
        const { calls, error } = await retrieve(() => refusal(status), {
          maxRetries,
        });
        assert.equal(calls.length, 1 + maxRetries);
        assert.equal(error.name, "APIError");
        assert.equal(error.status, status);
      }
    }
  },
);

test("a lost connection is repeated maxRetries times", options, async () => {
  const { calls, error } = await retrieve(lost, { maxRetries: 3 });
  assert.equal(calls.length, 4);
  assert.equal(error.name, "ConnectionError");
  assert.equal(error.code, "connection");
  assert.ok(error.cause instanceof TypeError);
});

test("a body that is cut off or no JSON is repeated", options, async () => {
  const html = () => new Response("<html>");
  for (
    const [answer, code] of [[torn, "connection"], [
      html,
      "unreadable",
    ]] as const
  ) {
    const { calls, error } = await retrieve(answer, { maxRetries: 1 });
    assert.equal(calls.length, 2);
    assert.equal(error.code, code);
  }
});

test("two repetitions are the default", options, async () => {
  assert.equal((await retrieve(() => refusal(500))).calls.length, 3);
});

test("a repetition that succeeds is the answer", options, async () => {
  const { client, calls } = script((_, index) =>
    index === 0 ? refusal(503) : json({ id: "file-1" })
  );
  assert.equal((await client.files.retrieve("file-1")).id, "file-1");
  assert.equal(calls.length, 2);
});

test("other statuses are answers", options, async () => {
  for (const status of [400, 401, 403, 404, 413, 422]) {
    const { calls } = await retrieve(() => refusal(status), { maxRetries: 3 });
    assert.equal(calls.length, 1);
  }
});

test(
  "the waits are 0.5, 1, 2, 4, 8, 8 seconds, less up to a quarter",
  options,
  async () => {
    const { waits } = await retrieve(() => refusal(500), { maxRetries: 6 });
    assert.equal(waits().length, 6);
    assertBackoff(waits());
  },
);

test("the waits differ from one another by chance", options, async () => {
  const { waits } = await retrieve(() => refusal(500), { maxRetries: 20 });
  assert.ok(new Set(waits().slice(5)).size > 1);
});

test(
  "Retry-After in seconds, in fractions and as a date is waited for",
  options,
  async () => {
    const dateIn = (seconds: number) => (now: number) => ({
      "retry-after": new Date(now + seconds * 1_000).toUTCString(),
    });
    assert.deepEqual(await waitAfter(() => ({ "retry-after": "7" })), [7_000]);
    assert.deepEqual(await waitAfter(() => ({ "retry-after": "0" })), [0]);
    assert.deepEqual(await waitAfter(() => ({ "retry-after": "0.25" })), [250]);
    assert.deepEqual(await waitAfter(() => ({ "retry-after": "1.5" })), [
      1_500,
    ]);
    assert.deepEqual(await waitAfter(dateIn(30)), [30_000]);
    assert.deepEqual(await waitAfter(dateIn(-30)), [0]);
  },
);

test("retry-after-ms goes before Retry-After", options, async () => {
  const headers = { "retry-after": "9", "retry-after-ms": "1234.5" };
  assert.deepEqual(await waitAfter(() => headers), [1_234.5]);
});

test(
  "a Retry-After that can't be read leaves the usual wait",
  options,
  async () => {
    for (const value of ["soon", "", "NaN", "-5", "10, 20"]) {
      assertBackoff(await waitAfter(() => ({ "retry-after": value })));
    }
    for (const value of ["soon", "", "NaN", "-5"]) {
      assertBackoff(await waitAfter(() => ({ "retry-after-ms": value })));
    }
  },
);

test("ten minutes are waited for, and not a second more", options, async () => {
  assert.deepEqual(await waitAfter(() => ({ "retry-after": "600" })), [
    600_000,
  ]);
  for (
    const headers of [{ "retry-after": "601" }, { "retry-after-ms": "600001" }]
  ) {
    const { calls, error } = await retrieve(() => refusal(429, headers));
    assert.equal(calls.length, 1);
    assert.equal(error.status, 429);
  }
});

test("x-should-retry has the last word", options, async () => {
  const yes = { "x-should-retry": "true" };
  const no = { "x-should-retry": "false" };
  assert.equal((await retrieve(() => refusal(400, yes))).calls.length, 3);
  for (const status of PASSING) {
    assert.equal((await retrieve(() => refusal(status, no))).calls.length, 1);
  }
});

test(
  "a used-up quota is not repeated, though it comes as 429",
  options,
  async () => {
    const codes = [
      "insufficient_quota",
      "billing_hard_limit_reached",
      "billing_not_active",
    ];
    for (const code of codes) {
      for (const headers of [{}, { "x-should-retry": "true" }]) {
        const { calls, error } = await retrieve(() =>
          refusal(429, headers, code)
        );
        assert.equal(calls.length, 1);
        assert.equal(error.code, code);
      }
    }
  },
);

test(
  "the 409 of a cancel is an answer, other failures of it are repeated",
  options,
  async () => {
    const conflict = script(() => refusal(409));
    await assert.rejects(conflict.client.batches.cancel("batch_1"), {
      status: 409,
    });
    assert.equal(conflict.calls.length, 1);
    const failing = script(() => refusal(500));
    await assert.rejects(failing.client.batches.cancel("batch_1"), {
      status: 500,
    });
    assert.equal(failing.calls.length, 3);
  },
);

test("a create that was rate limited is repeated", options, async () => {
  const { client, calls } = script((_, index) =>
    index < 2 ? refusal(429) : json({ id: "batch_1", status: "validating" })
  );
  assert.equal((await client.batches.create(BATCH)).id, "batch_1");
  assert.equal(calls.length, 3);
});

const AMBIGUOUS: [string, Answer, string][] = [
  ["a lost connection", lost, "connection"],
  ["no answer in time", silent, "timeout"],
  ["a 408", () => refusal(408), "http_408"],
  ["a 409", () => refusal(409), "http_409"],
  ["a 500", () => refusal(500), "http_500"],
  [
    "a 503 with Retry-After",
    () => refusal(503, { "retry-after": "1" }),
    "http_503",
  ],
  [
    "a 500 with x-should-retry",
    () => refusal(500, { "x-should-retry": "true" }),
    "http_500",
  ],
  ["a 502 page", () => new Response("<html>", { status: 502 }), "http_502"],
  ["a 2xx that is no JSON", () => new Response("<html>"), "unreadable"],
  ["an empty 2xx", () => new Response(""), "unreadable"],
  ["a 2xx cut off", torn, "connection"],
  ["a 2xx that stops", stuck, "timeout"],
];

for (const [what, answer, code] of AMBIGUOUS) {
  test(
    `a create that ended with ${what} is not repeated, and says that it may have worked`,
    options,
    async () => {
      const { client, calls } = script(answer, { maxRetries: 5 });
      await assert.rejects(client.batches.create(BATCH), {
        code,
        ambiguous: true,
      });
      assert.equal(calls.length, 1);
    },
  );
}

test(
  "a create that was refused did not work for certain",
  options,
  async () => {
    for (const status of [400, 401, 404, 422, 429]) {
      const { client } = script(() => refusal(status), { maxRetries: 0 });
      await assert.rejects(client.batches.create(BATCH), {
        status,
        ambiguous: false,
      });
    }
  },
);

test("only a create is ever ambiguous", options, async () => {
  for (const answer of [lost, silent, torn, () => refusal(500)]) {
    const { error } = await retrieve(answer);
    assert.equal(error.ambiguous, false);
  }
});

test(
  "a call ends when its answer or the rest of it is not there in time",
  options,
  async () => {
    for (const answer of [silent, stuck]) {
      const options = { timeout: 5_000, maxRetries: 0 };
      const { calls, clock, error } = await retrieve(answer, options);
      assert.equal(error.name, "ConnectionError");
      assert.equal(error.code, "timeout");
      assert.equal(clock.now() - calls[0]!.at, 5_000);
      assert.ok(calls[0]?.signal.aborted);
    }
  },
);

test("a call that timed out is repeated", options, async () => {
  const { waits, error } = await retrieve(silent, { timeout: 5_000 });
  assert.equal(error.code, "timeout");
  assert.equal(waits().length, 2);
  assertBackoff(waits().map((wait) => wait - 5_000));
});

test("a minute is the default timeout", options, async () => {
  const { calls, clock } = await retrieve(silent, { maxRetries: 0 });
  assert.equal(clock.now() - calls[0]!.at, MINUTE);
});

test("an answer that comes in time stops the time", options, async () => {
  const { client, clock } = script(async () => {
    await clock.sleep(4_999);
    return json({ id: "file-1" });
  }, { timeout: 5_000 });
  assert.equal((await client.files.retrieve("file-1")).id, "file-1");
  const then = clock.now();
  await clock.advance(HOUR);
  assert.equal(clock.now(), then + HOUR);
});

test("an upload gets a second more for each 128 KiB", options, async () => {
  const { client, clock, calls } = script(silent, {
    timeout: 5_000,
    maxRetries: 0,
  });
  const file = new File([new Uint8Array(1024 * 1024)], "big.jsonl");
  await assert.rejects(client.files.create({ file, purpose: "batch" }), {
    code: "timeout",
  });
  assert.equal(clock.now() - calls[0]!.at, 5_000 + 8_000);
});

test(
  "a download may take as long as it likes, as long as each chunk comes in time",
  options,
  async () => {
    const { client, clock } = script(({ signal }) =>
      pieces(async (index) => {
        await clock.sleep(4_000, signal);
        return index < 10 ? `${index}` : undefined;
      }), { timeout: 5_000 });
    const start = clock.now();
    const response = await client.files.content("file-1");
    assert.equal(await response.text(), "0123456789");
    assert.ok(clock.now() - start >= 40_000);
  },
);

test(
  "a download ends when a chunk does not come in time",
  options,
  async () => {
    const { client, clock } = script(({ signal }) =>
      pieces(async (index) => {
        await clock.sleep(index < 3 ? 1_000 : 6_000, signal);
        return `${index}`;
      }), { timeout: 5_000 });
    const { body } = await client.files.content("file-1");
    const reader = body!.getReader();
    for (let i = 0; i < 3; i++) assert.equal((await reader.read()).done, false);
    const then = clock.now();
    await assert.rejects(reader.read(), {
      name: "ConnectionError",
      code: "timeout",
    });
    assert.equal(clock.now() - then, 5_000);
  },
);

test(
  "the time between two reads of a download does not count",
  options,
  async () => {
    const { client, clock, calls } = script(
      () => pieces((index) => index < 3 ? `${index}` : undefined),
      { timeout: 5_000 },
    );
    const { body } = await client.files.content("file-1");
    let text = "";
    for await (const chunk of body!) {
      await clock.sleep(HOUR);
      assert.equal(calls[0]?.signal.aborted, false);
      text += new TextDecoder().decode(chunk);
    }
    assert.equal(text, "012");
  },
);

test(
  "a download that was left alone for long ends in time all the same",
  options,
  async () => {
    const { client, clock } = script(
      ({ signal }) => pieces((index) => index > 0 ? silence(signal) : "0"),
      { timeout: 5_000 },
    );
    const { body } = await client.files.content("file-1");
    const reader = body!.getReader();
    await reader.read();
    await clock.sleep(HOUR);
    const then = clock.now();
    await assert.rejects(reader.read(), { code: "timeout" });
    assert.equal(clock.now() - then, 5_000);
  },
);

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
  "a signal ends a create, with its reason all the same",
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

test(
  "a key function is asked before each call, and each repetition",
  options,
  async () => {
    let asked = 0;
    const { client, calls } = script(
      (_, index) => index === 0 ? refusal(500) : anything(),
      {
        apiKey: () => Promise.resolve(`sk-${++asked}`),
      },
    );
    await client.files.retrieve("file-1");
    await client.files.retrieve("file-2");
    assert.deepEqual(calls.map(({ headers }) => headers.get("authorization")), [
      "Bearer sk-1",
      "Bearer sk-2",
      "Bearer sk-3",
    ]);
  },
);

test("what a key function throws ends the call as it is", options, async () => {
  const reason = new Error("no token today");
  const apiKey = () => Promise.reject(reason);
  const { client, calls } = script(() => anything(), { apiKey });
  assert.equal(await caught(() => client.files.retrieve("file-1")), reason);
  assert.equal(calls.length, 0);
});

const QUESTIONS = Array.from({ length: 30 }, (_, i) => `1 + ${i} = `);
const RUN = { params: { model: "gpt-4o-mini" }, batchSize: 10, job: "night" };

interface Outage {
  /** The call with which it begins, counted from 0. */
  from: number;
  /** How long it lasts. */
  ms: number;
  /** Whether that call takes effect before its answer is lost. */
  answered?: boolean;
}

/** Starts a run with an outage. `since` is when it began, if it did. */
function runWithOutage({ from, ms, answered = false }: Outage) {
  const sim = createSimulator();
  let calls = 0;
  let since: number | undefined;
  const client = new OpenAIBatch({
    ...sim.options,
    fetch: async (input, init) => {
      const isFirst = calls++ === from;
      if (isFirst) since = sim.clock.now();
      const isOut = since !== undefined && sim.clock.now() < since + ms;
      if (!isOut) return await sim.fetch(input, init);
      if (isFirst && answered) await sim.fetch(input, init);
      throw new TypeError("fetch failed");
    },
  });
  return { sim, run: client.run(QUESTIONS, RUN), since: () => since };
}

const ANSWERS = QUESTIONS.map((question, i) => `${question}${i + 1}`);

for (const answered of [false, true]) {
  const call = answered ? "answer that is lost" : "call";
  test(
    `a run survives half an hour without network, from whichever ${call} on`,
    options,
    async () => {
      for (let from = 1;; from++) {
        const outage = { from, ms: 30 * MINUTE, answered };
        const { sim, run, since } = runWithOutage(outage);
        assert.deepEqual((await run).values(), ANSWERS, `call ${from}`);
        assert.equal(sim.ledger.batches.length, 3, `call ${from}`);
        assert.equal(sim.ledger.requests.length, 30, `call ${from}`);
        if (since() === undefined) return assert.ok(from > 10);
      }
    },
  );
}

test(
  "a run gives up when there was no network for more than an hour",
  options,
  async () => {
    for (let from = 1;; from++) {
      const { sim, run, since } = runWithOutage({ from, ms: Infinity });
      const error = await run.then(() => undefined, (error) => error);
      const began = since();
      if (began === undefined) return assert.ok(from > 10);
      const { name, code, jobId } = error;
      assert.deepEqual([name, code, jobId], [
        "ConnectionError",
        "connection",
        "night",
      ]);
      const lasted = sim.clock.now() - began;
      assert.ok(
        lasted > 0.9 * HOUR && lasted < 2 * HOUR,
        `call ${from}: ${lasted}`,
      );
    }
  },
);

test(
  "a run gives up within a minute where nothing was ever reached",
  options,
  async () => {
    const { sim, run } = runWithOutage({ from: 0, ms: Infinity });
    const began = sim.clock.now();
    await assert.rejects(run, {
      name: "ConnectionError",
      code: "connection",
      message: "Cannot reach https://api.openai.com (TypeError: fetch failed)",
    });
    assert.ok(sim.clock.now() - began < MINUTE);
  },
);

test("a run that gave up goes on when it is run again", options, async () => {
  const { sim, run } = runWithOutage({ from: 9, ms: Infinity });
  await assert.rejects(run);
  const again = await new OpenAIBatch(sim.options).run(QUESTIONS, RUN);
  assert.deepEqual(again.values(), ANSWERS);
  assert.equal(sim.ledger.requests.length, 30);
});

test("a run does not wait for what will not pass", options, async () => {
  const { client, calls } = script(() => refusal(401));
  await assert.rejects(client.run(QUESTIONS, RUN), {
    status: 401,
    jobId: "night",
  });
  assert.equal(calls.length, 1);
});

test("a run waits as long as a server asks it to", options, async () => {
  const sim = createSimulator();
  let first: number | undefined;
  let second: number | undefined;
  const client = new OpenAIBatch({
    ...sim.options,
    fetch: (input, init) => {
      if (first === undefined) {
        first = sim.clock.now();
        return Promise.resolve(refusal(429, { "retry-after": "300" }));
      }
      second ??= sim.clock.now();
      return sim.fetch(input, init);
    },
  });
  await client.run(QUESTIONS, RUN);
  assert.equal(second! - first!, 300_000);
});
