/** Creates that are refused with 429: how long the next one waits, and when it is the end. */

import { APIError, ConnectionError } from "@offpeak/openai-batch";
import { isPassing } from "../../../src/rest/retry.ts";
import { CreateRefusals } from "../../../src/job/send/create_refusals.ts";
import { assert, options, test } from "../../_support/prelude.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 0, 1);

function refusal(retryAfter?: number, status = 429, code = "busy"): APIError {
  const headers = new Headers();
  if (retryAfter !== undefined) headers.set("retry-after", `${retryAfter}`);
  const error = { code, type: "requests", param: "model" };
  return new APIError("Too many", { status, headers, error });
}

const PAUSES: [rule: string, asked: (number | undefined)[], seconds: number][] =
  [
    ...[60, 120, 300, 600, 1_800, 1_800].map((
      seconds,
      i,
    ): typeof PAUSES[number] => [
      `after ${i + 1} of them the pause is that of a full queue`,
      Array(i + 1).fill(undefined),
      seconds,
    ]),
    ["the first time the server's own wait is kept to", [5], 5],
    ["but it waits for a second", [0], 1],
    ["and no more than ten minutes", [601], 600],
    ["the second time the pause grows", [5, 5], 120],
    ["unless the server wants a longer one", [5, 130], 130],
    ["of ten minutes at most", [5, 601], 600],
  ];

for (const [rule, asked, seconds] of PAUSES) {
  test(`creates that are refused: ${rule}`, options, () => {
    const refusals = new CreateRefusals();
    for (const retryAfter of asked) refusals.note(refusal(retryAfter), NOW);
    assert.equal(refusals.count, asked.length);
    const until = NOW + seconds * SECOND;
    const wait = { reason: "queue", until, message: "Too many" };
    assert.deepEqual(refusals.waitAt(until - 1), wait);
    assert.equal(refusals.waitAt(until), undefined);
  });
}

test("a create that succeeded ends the pause, and the count", options, () => {
  const refusals = new CreateRefusals();
  refusals.note(refusal(), NOW);
  refusals.note(refusal(), NOW + DAY);
  refusals.reset();
  assert.equal(refusals.waitAt(NOW + DAY), undefined);
  refusals.note(refusal(), NOW + 2 * DAY);
  assert.equal(refusals.waitAt(NOW + 2 * DAY)?.until, NOW + 2 * DAY + 60_000);
});

test(
  "creates may be refused for a day, and not a moment longer",
  options,
  () => {
    const refusals = new CreateRefusals();
    refusals.note(refusal(), NOW);
    refusals.note(refusal(), NOW + DAY);
    const last = refusal(7);
    assert.throws(
      () => refusals.note(last, NOW + DAY + 1),
      (error) => {
        assert.ok(error instanceof APIError);
        const { status, code, type, param, cause, headers } = error;
        assert.deepEqual([status, code, type, param, cause], [
          429,
          "busy",
          "requests",
          "model",
          last,
        ]);
        assert.equal(headers.get("retry-after"), "7");
        return !isPassing(error); // nothing else is to wait for it
      },
    );
  },
);

for (
  const [what, error] of [
    ["another status", refusal(1, 500)],
    ["a lack of credit", refusal(1, 429, "insufficient_quota")],
    ["a lost connection", new ConnectionError("reset")],
  ] as const
) {
  test(`${what} is not a full queue`, options, () => {
    const refusals = new CreateRefusals();
    assert.throws(
      () => refusals.note(error, NOW),
      (thrown) => thrown === error,
    );
    assert.equal(refusals.count, 0);
    assert.equal(refusals.waitAt(NOW), undefined);
  });
}
