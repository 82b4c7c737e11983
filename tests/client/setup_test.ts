/** Setups that can't work: they end soon, and say why. */

import {
  ConnectionError,
  type JobStatus,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { sums } from "../_support/sums.ts";

const params = { model: "gpt-4o-mini" };
const MINUTE = 60_000;
const HOUR = 3_600_000;

/** Errors as each runtime throws them. */
function thrown(name: string, details: object, cause?: Error): Error {
  const error = new Error("fetch failed", { cause });
  return Object.assign(error, { name, ...details });
}

/** Runs a job, by batches or directly, where each call throws. */
async function failing(error: unknown, isDirect: boolean) {
  const sim = createSimulator();
  const statuses: JobStatus[] = [];
  const client = new OpenAIBatch({
    ...sim.options,
    fetch: () => Promise.reject(error),
  });
  const progress = (status: JobStatus) => void statuses.push(status);
  const stream = isDirect
    ? client.direct(sums(2), { params, progress })
    : client.stream(sums(2), { params, progress });
  const start = sim.clock.now();
  const failure = await stream.collect().then(() => undefined, (e) => e);
  assert.ok(failure instanceof ConnectionError, `${failure}`);
  return { failure, took: sim.clock.now() - start, statuses };
}

const NOT_ALLOWED = 'Requires net access to "api.openai.com:443"';

for (const isDirect of [false, true]) {
  const kind = isDirect ? "direct calls" : "a job";
  for (
    const [runtime, error] of [
      ["Deno 2", thrown("NotCapable", { message: NOT_ALLOWED })],
      ["Deno 1", thrown("PermissionDenied", { message: NOT_ALLOWED })],
      [
        "Node",
        thrown(
          "TypeError",
          {},
          thrown("Error", {
            code: "ERR_ACCESS_DENIED",
            message: NOT_ALLOWED,
          }),
        ),
      ],
    ] as const
  ) {
    test(
      `${kind} without permission for the network ends at once, as ${runtime} says it`,
      options,
      async () => {
        const { failure, took } = await failing(error, isDirect);
        assert.equal(failure.code, "permission");
        assert.match(
          failure.message,
          /https:\/\/api\.openai\.com: Requires net/,
        );
        assert.equal(took, 0);
      },
    );
  }

  for (
    const [runtime, cause, error] of [
      [
        "Node",
        "ECONNREFUSED",
        thrown("TypeError", {}, thrown("Error", { code: "ECONNREFUSED" })),
      ],
      ["Bun", "ECONNREFUSED", thrown("TypeError", { code: "ECONNREFUSED" })],
      [
        "Deno",
        "ECONNREFUSED",
        thrown(
          "TypeError",
          {},
          new Error(
            "error sending request for url (https://api.openai.com/v1/files?key=1): client error (Connect): tcp connect error: Connection refused (os error 111)",
          ),
        ),
      ],
      [
        "Deno, for an unknown host",
        "ENOTFOUND",
        thrown(
          "TypeError",
          {},
          new Error(
            "error sending request for url (https://api.openai.com/v1/files): client error (Connect): dns error: failed to lookup address information: Name or service not known",
          ),
        ),
      ],
      [
        "a bug in the caller's own fetch",
        "TypeError: Cannot read properties of undefined",
        new TypeError("Cannot read properties of undefined"),
      ],
    ] as const
  ) {
    test(
      `${kind} ends within a minute where nothing was ever reached, and names the cause: ${runtime}`,
      options,
      async () => {
        const { failure, took } = await failing(error, isDirect);
        assert.equal(
          failure.message,
          `Cannot reach https://api.openai.com (${cause})`,
        );
        assert.equal(failure.cause, error);
        // Nobody knows what a call did that a bug has ended: it is an attempt.
        const isAttempt = isDirect && cause.startsWith("TypeError");
        const least = isAttempt ? 0 : 10_000;
        assert.ok(took > least && took < MINUTE, `${took}`);
      },
    );
  }
}

test(
  "a setup that does not work says so before it has sent anything",
  options,
  async () => {
    const error = thrown("TypeError", { code: "ECONNREFUSED" });
    const { statuses } = await failing(error, false);
    assert.deepEqual(
      new Set(statuses.map(({ waitingFor }) => waitingFor?.message)),
      new Set([
        undefined,
        "Cannot reach https://api.openai.com (ECONNREFUSED), trying again for up to a minute",
      ]),
    );
  },
);

test(
  "an error of a call holds no key and no text that could not be read",
  options,
  async () => {
    const key = createSimulator().options.apiKey;
    const quoting = new TypeError(`Headers: "Bearer ${key}" is invalid\nmore`);
    const { failure } = await failing(quoting, false);
    assert.equal(
      failure.message,
      'Cannot reach https://api.openai.com (TypeError: Headers: "Bearer ***" is invalid)',
    );
    const unread = await failing(
      new SyntaxError("Unexpected: a prompt"),
      false,
    );
    assert.equal(
      unread.failure.message,
      "Cannot reach https://api.openai.com (SyntaxError)",
    );
  },
);

test(
  "while a job can't reach the API, its status says so in one line, and for how long it tries",
  options,
  async () => {
    const sim = createSimulator();
    const statuses: JobStatus[] = [];
    const client = new OpenAIBatch({
      ...sim.options,
      fetch: (input, init) => {
        if (sim.ledger.calls.length < 3) return sim.fetch(input, init);
        return Promise.reject(thrown("TypeError", { code: "ECONNREFUSED" }));
      },
    });
    const start = sim.clock.now();
    const run = client.run(sums(2), {
      params,
      progress: (status) => void statuses.push(status),
    });
    await assert.rejects(run, { name: "ConnectionError" });
    const took = sim.clock.now() - start;
    assert.ok(took > 0.9 * HOUR && took < 1.2 * HOUR, `${took}`);
    const { waitingFor } = statuses.at(-1)!;
    assert.equal(waitingFor?.reason, "connection");
    assert.equal(
      waitingFor.message,
      "Cannot reach https://api.openai.com (ECONNREFUSED), trying again for up to an hour",
    );
    assert.ok(+waitingFor.until! > start);
  },
);
