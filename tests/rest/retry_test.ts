/** Which calls are repeated, and after what wait, on a virtual clock. */

import { backoff, readRetryAfter } from "../../src/rest/retry.ts";
import { assert, options, test } from "../_support/prelude.ts";
import {
  type Answer,
  anything,
  caught,
  json,
  pieces,
  refusal,
  script,
} from "../_support/scripted.ts";
import { assertBackoff, retrieve, silent, stuck } from "./_retry.ts";

const PASSING = [408, 409, 429, 500, 502, 503, 504, 529];

const BATCH = {
  input_file_id: "file-1",
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
} as const;

const lost: Answer = () => {
  throw new TypeError("fetch failed");
};

/** A 2xx whose body stops before its end, by its connection or for good. */
const torn: Answer = () =>
  pieces((index) => {
    if (index > 0) throw new TypeError("terminated");
    return '{"id":';
  });

/** How long a call waits that is answered so once, ms. */
async function waitAfter(headers: (now: number) => Record<string, string>) {
  const { client, clock, waits } = script((_, index) =>
    index === 0 ? refusal(429, headers(clock.now())) : anything()
  );
  await client.files.retrieve("file-1");
  return waits();
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

for (
  const [retries, most] of [[0, 500], [1, 1_000], [3, 4_000], [4, 8_000], [
    9,
    8_000,
  ]] as const
) {
  test(
    `the wait after ${retries} retries is from ${0.75 * most} to ${most} ms`,
    options,
    () => {
      const { random } = Math;
      try {
        Math.random = () => 0;
        assert.equal(backoff(retries), most);
        Math.random = () => 1;
        assert.equal(backoff(retries), 0.75 * most);
      } finally {
        Math.random = random;
      }
    },
  );
}

test(
  "a date that has passed asks for no wait, and none for less",
  options,
  () => {
    const now = Date.UTC(2026, 0, 1);
    const asked = (time: number) =>
      readRetryAfter(
        new Headers({ "retry-after": new Date(time).toUTCString() }),
        now,
      );
    assert.equal(asked(now + 1_000), 1_000);
    assert.equal(asked(now - 1_000), 0);
  },
);

test("the waits differ from one another by chance", options, async () => {
  const { waits } = await retrieve(() => refusal(500), { maxRetries: 20 });
  assert.ok(new Set(waits().slice(5)).size > 1);
});

test(
  "Retry-After in seconds, in fractions and as a date is respected",
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

test("retry-after-ms takes precedence over Retry-After", options, async () => {
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
