/**
 * Direct calls that fail, are refused or ended, and what ends all of them.
 *
 * @module
 */

import { APIError, ConnectionError, QuotaError } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { codes } from "../_support/looks.ts";
import { chat, read } from "../_support/direct.ts";
import {
  json,
  refusal,
  script,
  silence,
  unreachable,
} from "../_support/scripted.ts";
import { sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };

const HOUR = 3_600_000;

test(
  "408, 409 and 5xx, a call without an answer in time and one that breaks off are repeated with backoff, up to maxAttempts",
  options,
  async () => {
    const bad = [
      () => refusal(408),
      () => refusal(409),
      () => refusal(500),
      () => refusal(502),
      () => new Response("<html></html>", { status: 504 }),
      () => new Response("{"),
      () => json(null),
    ];
    for (const answer of bad) {
      const { client, waits } = script((_, index) =>
        index < 2 ? answer() : chat("x")
      );
      const run = await client.direct(["a"], { params }).collect();
      assert.deepEqual(codes(run.results), ["ok"]);
      assert.equal(run.results[0]?.attempts, 3);
      const [first, second] = waits();
      assert.ok(first! >= 375 && first! <= 500, `${first}`);
      assert.ok(second! >= 750 && second! <= 1_000, `${second}`);
    }
    for (const answer of bad) {
      const { client, calls } = script(() => answer());
      const run = await client.direct(["a"], { params, maxAttempts: 4 })
        .collect();
      assert.equal(run.failed.length, 1);
      assert.equal(run.results[0]?.attempts, 4);
      assert.equal(calls.length, 4);
    }
  },
);

test(
  "a call whose connection broke is an attempt: it may have been answered, and paid",
  options,
  async () => {
    const broken = [
      new TypeError("fetch failed"),
      new TypeError("fetch failed", {
        cause: Object.assign(new Error("read ECONNRESET"), {
          code: "ECONNRESET",
          syscall: "read",
        }),
      }),
      Object.assign(new TypeError("ECONNRESET: closed"), {
        code: "ECONNRESET",
      }),
      new TypeError("fetch failed", {
        cause: new Error("client error (SendRequest): connection closed"),
      }),
    ];
    for (const error of broken) {
      const { client, calls } = script((_, index) => {
        if (index < 2) throw error;
        return chat("x");
      });
      const run = await client.direct(["a"], { params }).collect();
      assert.deepEqual(codes(run.results), ["ok"]);
      assert.equal(run.results[0]?.attempts, 3);

      const dead = script((_, index) => {
        if (index > 0) throw error;
        return chat("x");
      });
      const lost = await dead.client.direct(["a", "b"], {
        params,
        maxAttempts: 2,
        concurrency: 1,
      }).collect();
      assert.deepEqual(codes(lost.results), ["ok", "connection"]);
      assert.equal(lost.results[1]?.attempts, 2);
      assert.equal(calls.length, 3);
    }
  },
);

test(
  "a call that never got out doesn't count as an attempt, in each runtime's own words",
  options,
  async () => {
    const errors = [
      unreachable(),
      new TypeError("fetch failed", {
        cause: Object.assign(new Error("getaddrinfo ENOTFOUND x"), {
          code: "ENOTFOUND",
          syscall: "getaddrinfo",
        }),
      }),
      Object.assign(new TypeError("ECONNREFUSED: Unable to connect."), {
        code: "ECONNREFUSED",
      }),
      new TypeError("fetch failed", {
        cause: new Error(
          "error sending request for url (http://127.0.0.1:9/): client error (Connect): tcp connect error",
        ),
      }),
    ];
    for (const error of errors) {
      const { client } = script((_, index) => {
        if (index > 0 && index < 20) throw error;
        return chat("x");
      });
      const run = await client.direct(["a", "b"], {
        params,
        maxAttempts: 1,
        concurrency: 1,
      }).collect();
      assert.deepEqual(codes(run.results), ["ok", "ok"]);
      assert.equal(run.results[1]?.attempts, 1);
    }
  },
);

test("timeout is the time of one call", options, async () => {
  for (const [timeout, each] of [[5_000, 5_000], [undefined, 600_000]]) {
    const { client, waits } = script(({ signal }) => silence(signal), {
      timeout,
    });
    const run = await client.direct(["a"], { params, maxAttempts: 2 })
      .collect();
    assert.deepEqual(codes(run.results), ["request_timeout"]);
    const [wait] = waits();
    assert.ok(wait! >= each! && wait! <= each! + 500, `${wait}`);
  }
});

test(
  "429 and 503 don't count as attempts: they are waited out",
  options,
  async () => {
    for (const status of [429, 503]) {
      const { client } = script((_, index) =>
        index < 20 ? refusal(status) : chat("x")
      );
      const run = await client.direct(["a"], { params, maxAttempts: 1 })
        .collect();
      assert.deepEqual(codes(run.results), ["ok"]);
      assert.equal(run.results[0]?.attempts, 1);
    }
  },
);

test(
  "a 4xx is a failure of that request alone, in the API's words",
  options,
  async () => {
    for (const status of [400, 403, 404, 422]) {
      const { client, calls } = script((_, index) =>
        index === 0 ? refusal(status, {}, "too_bad") : chat("x")
      );
      const run = await client.direct(sums(2), { params, concurrency: 1 })
        .collect();
      assert.deepEqual(codes(run.results), ["too_bad", "ok"]);
      const { error, attempts } = run.failed[0]!;
      assert.deepEqual(error, {
        code: "too_bad",
        message: "No.",
        status,
        type: "refused",
      });
      assert.equal(attempts, 1);
      assert.equal(calls.length, 2);
    }
  },
);

test(
  "a refused key stops everything, and no message contains it",
  options,
  async () => {
    const { client, calls } = script(() => refusal(401));
    const { results, error } = await read(
      client.direct(sums(100), { params, concurrency: 4 }),
    );
    assert.ok(error instanceof APIError);
    assert.equal(error.status, 401);
    assert.deepEqual(results, []);
    assert.ok(calls.length <= 4);

    const quoting = script(() =>
      json({ error: { message: "Bad key sk-scripted", code: "x" } }, 403)
    );
    const run = await quoting.client.direct(["a"], { params }).collect();
    assert.equal(run.failed[0]?.error.message, "Bad key ***");
  },
);

test(
  "without credit nothing new is sent; what ran is handed out, then it is said",
  options,
  async () => {
    const { client, clock, calls } = script(async (_, index) => {
      await clock.sleep(index === 3 ? 500 : 1_000);
      return index === 3 ? refusal(429, {}, "insufficient_quota") : chat("x");
    });
    const { results, error } = await read(
      client.direct(sums(100), { params, concurrency: 8 }),
    );
    assert.ok(error instanceof QuotaError);
    assert.equal(error.code, "insufficient_quota");
    assert.equal(calls.length, 8);
    assert.deepEqual(codes(results), Array(7).fill("ok"));
  },
);

test(
  "a limit of what may be spent ends it too, as 429 or 400",
  options,
  async () => {
    for (const status of [429, 400]) {
      const { client, calls } = script(() =>
        refusal(status, {}, "billing_hard_limit_reached")
      );
      const direct = client.direct(sums(9), { params, concurrency: 1 });
      const { results, error } = await read(direct);
      assert.ok(error instanceof QuotaError);
      assert.deepEqual(results, []);
      assert.equal(calls.length, 1);
    }
  },
);

test(
  "a dead network ends: after an hour in which nothing got through",
  options,
  async () => {
    const { client, clock } = script((_, index) => {
      if (index === 0) return chat("x");
      throw unreachable();
    });
    const start = clock.now();
    const { results, error } = await read(client.direct(sums(100), { params }));
    assert.ok(error instanceof ConnectionError);
    assert.equal(results.length, 1);
    const took = clock.now() - start;
    assert.ok(took > HOUR && took < 1.2 * HOUR, `${took}`);
  },
);

test(
  "direct calls give up within a minute where nothing was ever reached",
  options,
  async () => {
    const { client, clock } = script(() => {
      throw unreachable();
    });
    const start = clock.now();
    const { results, error } = await read(client.direct(sums(100), { params }));
    assert.ok(error instanceof ConnectionError);
    assert.deepEqual(results, []);
    const took = clock.now() - start;
    assert.ok(took > 20_000 && took < 60_000, `${took}`);
  },
);

test(
  "a server that refuses everything is not hammered, whatever it asks for",
  options,
  async () => {
    for (const after of ["0", "0.001", "soon", "86400"]) {
      const { client, calls, clock } = script(() =>
        refusal(429, { "retry-after": after })
      );
      const start = clock.now();
      const { error } = await read(client.direct(sums(100), { params }));
      assert.ok(error instanceof APIError);
      assert.equal(error.status, 429);
      const took = clock.now() - start;
      assert.ok(took > HOUR && took < 2 * HOUR, `${took}`);
      assert.ok(calls.length < 200, `${calls.length}`);
    }
  },
);

test("an outage of half an hour is ridden out", options, async () => {
  const { client, clock } = script((_, index) => {
    const isOut = index > 0 && clock.now() - start < HOUR / 2;
    if (isOut) throw unreachable();
    return chat("x");
  });
  const start = clock.now();
  const run = await client.direct(sums(50), { params }).collect();
  assert.equal(run.succeeded.length, 50);
  assert.ok(run.results.every(({ attempts }) => attempts === 1));
});

test(
  "one request that is always refused fails alone, after an hour",
  options,
  async () => {
    for (const sign of ["429", "gone"]) {
      const { client, clock } = script(({ body }) => {
        if (!String(body).includes("1 + 3 =")) return chat("x");
        if (sign === "gone") throw unreachable();
        return refusal(429, { "retry-after": "1" }, "rate_limit_exceeded");
      });
      // As long as others are answered, it is this request's own trouble.
      const requests = async function* () {
        yield* sums(10);
        for (let i = 10; i < 200; i++) {
          await clock.sleep(60_000);
          yield { id: `late_${i}`, content: "x" };
        }
      };
      const run = await client.direct(requests(), { params }).collect();
      assert.equal(run.results.length, 200);
      assert.deepEqual(run.failed.map(({ id }) => id), ["calc_3"]);
      const code = sign === "429" ? "rate_limit_exceeded" : "unreachable";
      assert.equal(run.failed[0]?.error.code, code);
    }
  },
);

test("a redirect ends everything", options, async () => {
  const { client, calls } = script(() => new Response(null, { status: 307 }));
  const { error } = await read(client.direct(sums(9), { params }));
  assert.ok(error instanceof ConnectionError);
  assert.equal(error.code, "redirect");
  assert.ok(calls.length <= 9);
});
