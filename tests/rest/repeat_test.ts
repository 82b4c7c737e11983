/** Which failed calls may be made again. Each row is one rule. */

import { APIError, ConnectionError } from "@offpeak/openai-batch";
import {
  isGone,
  isPassing,
  mayRepeat,
  type Repeat,
} from "../../src/rest/retry.ts";
import { assert, options, test } from "../_support/prelude.ts";

function refused(status: number, code = "x", hint?: string): APIError {
  const headers = new Headers(hint ? { "x-should-retry": hint } : {});
  return new APIError("No", { status, headers, error: { code } });
}

const lost = (code: string) => new ConnectionError("No", { code });

const ALL: Repeat[] = ["always", "unless_conflict", "if_refused"];

const ROWS: [what: string, error: unknown, repeats: Repeat[]][] = [
  ["a lost connection", lost("connection"), ["always", "unless_conflict"]],
  ["an answer that can't be read", lost("unreadable"), [
    "always",
    "unless_conflict",
  ]],
  ["no connection at all", lost("unreachable"), ALL],
  ["a redirect", lost("redirect"), []],
  ["no permission", lost("permission"), []],
  ["429", refused(429), ALL],
  ["429 for want of credit", refused(429, "insufficient_quota"), []],
  ["409", refused(409), ["always"]],
  ["408", refused(408), ["always", "unless_conflict"]],
  ["500", refused(500), ["always", "unless_conflict"]],
  ["400", refused(400), []],
  ["400 that says to", refused(400, "x", "true"), [
    "always",
    "unless_conflict",
  ]],
  ["429 that says not to", refused(429, "x", "false"), []],
  ["429 that says nothing we know", refused(429, "x", "maybe"), ALL],
  ["another error", new TypeError("No"), []],
];

for (const [what, error, repeats] of ROWS) {
  test(
    `after ${what} a call may be made again: ${repeats.join(", ") || "never"}`,
    options,
    () => {
      assert.deepEqual(
        ALL.filter((repeat) => mayRepeat(error, repeat)),
        repeats,
      );
      assert.equal(isPassing(error), repeats.length > 0);
    },
  );
}

test(
  "404 and 410 say that something is gone, and nothing else does",
  options,
  () => {
    const statuses = [400, 403, 404, 405, 409, 410, 411, 500];
    assert.deepEqual(statuses.filter((status) => isGone(refused(status))), [
      404,
      410,
    ]);
    assert.equal(isGone(lost("unreachable")), false);
  },
);
