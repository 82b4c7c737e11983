/** What one line of a result file says. */

import type { AnyResult, Failure, Success } from "../../src/results/result.ts";
import { idOf, toError, toResult } from "../../src/results/to_result.ts";
import { lineOfTooLarge, TOO_LARGE } from "../../src/results/too_large.ts";
import { assert, options, test } from "../_support/prelude.ts";

const ASKED = {
  id: "a",
  index: 7,
  attempts: 2,
  batchId: "batch_1",
  endpoint: "/v1/responses",
};
const CHAT = "/v1/chat/completions";

/** What comes of a response with this body. */
function read(body: unknown, status = 200, endpoint?: string): AnyResult {
  const response = { status_code: status, request_id: "req_1", body };
  const asked = endpoint ? { ...ASKED, endpoint } : ASKED;
  return toResult({ custom_id: "a", response, error: null }, asked);
}

function errorOf(result: AnyResult) {
  assert.equal(result.ok, false);
  return (result as Failure).error;
}

const FAILED: [what: string, body: unknown, code: string, message: string][] = [
  [
    "a response that was cancelled",
    { status: "cancelled" },
    "response_cancelled",
    "The response was cancelled before it was finished",
  ],
  [
    "one that waits, but not in the background",
    { status: "queued" },
    "missing",
    "The response has the status queued and no answer",
  ],
  [
    "one that runs, in capitals",
    { status: "IN_PROGRESS" },
    "missing",
    "The response has the status in_progress and no answer",
  ],
  [
    "one that runs in the background",
    { id: "resp_1", status: "in_progress", background: true },
    "response_queued",
    "The response resp_1 is in_progress in the background: it is still running and will be billed",
  ],
  [
    "an answer with nothing in it",
    {},
    "missing",
    "The request's answer is empty",
  ],
  ["an answer that is null", null, "missing", "The request's answer is empty"],
  [
    "a response that failed",
    { status: "failed", error: { code: "server_error", message: "Oh" } },
    "server_error",
    "Oh",
  ],
  [
    "an answer beside an error",
    { output: [{ type: "message", content: [] }], error: { message: "Oh" } },
    "http_200",
    "Oh",
  ],
];

for (const [what, body, code, message] of FAILED) {
  test(`${what} is a failure, and says so`, options, () => {
    const error = errorOf(read(body));
    assert.deepEqual([error.code, error.message], [code, message]);
  });
}

test("an answer keeps where it comes from", options, () => {
  const message = { role: "assistant", content: "hi" };
  const usage = { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 };
  const body = {
    model: "m-1",
    usage,
    choices: [{ index: 0, message, finish_reason: "stop" }],
  };
  const result = read(body, 200, CHAT) as Success;
  const { id, index, attempts, via, lane, batchId, requestId, model } = result;
  assert.deepEqual(
    { id, index, attempts, via, lane, batchId, requestId, model },
    {
      id: "a",
      index: 7,
      attempts: 2,
      via: "batch",
      lane: "batch",
      batchId: "batch_1",
      requestId: "req_1",
      model: "m-1",
    },
  );
  assert.deepEqual([result.output, result.finishReason], ["hi", "stop"]);
  assert.equal(result.usage?.total_tokens, 5);
  assert.equal(result.body, body);
});

test("a refusal is a failure that keeps what was said", options, () => {
  const refusing = (refusal: string) =>
    read(
      { choices: [{ index: 0, message: { content: null, refusal } }] },
      200,
      CHAT,
    );
  assert.deepEqual(errorOf(refusing("No.")), {
    code: "refusal",
    message: "No.",
  });
});

for (
  const [status, error, expected] of [
    [400, { code: "bad", message: "No", type: "t", param: "p" }, {
      code: "bad",
      message: "No",
      status: 400,
      type: "t",
      param: "p",
    }],
    [400, undefined, {
      code: "http_400",
      message: "The request ended with status 400",
    }],
    [199, { message: "No" }, { code: "http_199", message: "No" }],
    [299, { message: "No" }, { code: "http_299", message: "No" }],
    [300, "Moved", {
      code: "http_300",
      message: "The request ended with status 300: Moved",
    }],
    [200, "Oh", { code: "http_200", message: "Oh" }],
    [undefined, { type: "t", message: "No" }, { code: "t", message: "No" }],
    [undefined, {}, {
      message: "The request was not answered, and the server does not say why",
    }],
  ] as [number | undefined, unknown, Record<string, unknown>][]
) {
  test(
    `an error of status ${status} that says ${
      JSON.stringify(error)
    } is read as a whole`,
    options,
    () => {
      const found = toError(error, status) as unknown as Record<
        string,
        unknown
      >;
      for (const [name, value] of Object.entries(expected)) {
        assert.equal(found[name], value, name);
      }
    },
  );
}

for (
  const [rule, message, expected] of [
    ["a list of parts", {
      content: [
        { type: "thinking", text: "Hm" },
        { type: "text", text: "a" },
        {},
        { text: "b" },
      ],
    }, "ab"],
    ["a part that refuses", {
      content: [{ type: "text", text: "a" }, {
        type: "refusal",
        refusal: "No.",
      }],
    }, undefined],
    ["a part that refuses nothing", {
      content: [{ type: "text", text: "a", refusal: "No." }],
    }, "a"],
    ["a text beside an empty refusal", { content: "a", refusal: "" }, "a"],
  ] as [string, object, string | undefined][]
) {
  test(`a message of ${rule} is ${expected ?? "a refusal"}`, options, () => {
    const result = read({ choices: [{ index: 0, message }] }, 200, CHAT);
    if (expected !== undefined) return assert.equal(result.output, expected);
    assert.deepEqual(errorOf(result), { code: "refusal", message: "No." });
  });
}

test(
  "a line that says nothing at all has neither an answer nor an error",
  options,
  () => {
    const silent = toResult({ custom_id: "a" }, ASKED);
    const { code, message } = errorOf(silent);
    assert.equal(code, "missing");
    assert.equal(
      message,
      "The request's line has neither an answer nor an error",
    );
  },
);

test("a line without a text as its id is about no request", options, () => {
  for (const line of [null, 1, "a", [], {}, { custom_id: 7 }]) {
    assert.equal(idOf(line), undefined);
  }
  assert.equal(idOf({ custom_id: "" }), "");
});

for (
  const [beginning, expected] of [
    ['{"id":"x","custom_id":"a","response":', "a"],
    ['{"custom_id" : "a\\"b", "resp', 'a"b'],
    ['{"custom_id":"a', undefined],
    ['{"custom_id":7,"x":"custom_id"', undefined],
    ['{"custom_id":"\\x"}', undefined],
  ] as const
) {
  test(
    `the id of a line that is too long, where it begins ${beginning}, is ${expected}`,
    options,
    () => {
      const line = lineOfTooLarge(beginning);
      assert.deepEqual(
        line,
        expected === undefined ? undefined : {
          custom_id: expected,
          response: null,
          error: TOO_LARGE,
        },
      );
    },
  );
}

test("an answer that is too long says how long one may be", options, () => {
  assert.deepEqual(TOO_LARGE, {
    code: "answer_too_large",
    message: "The answer is longer than 128 MB",
  });
});

const text = (text: string, more: object = {}) => ({
  type: "message",
  content: [{ type: "output_text", text }],
  ...more,
});

for (
  const [rule, output, expected] of [
    ["all messages", [text("a"), text("b")], "ab"],
    ["those too that don't say what they are", [{
      ...text("a"),
      type: undefined,
    }], "a"],
    ["nothing else", [text("a"), { ...text("b"), type: "reasoning" }], "a"],
    ["the final one of several", [
      text("a", { phase: "commentary" }),
      text("b", { phase: "final_answer" }),
      text("c"),
    ], "b"],
    ["those without a phase beside commentary", [
      text("a", { phase: "commentary" }),
      text("b"),
    ], "b"],
    ["commentary where there is nothing else", [
      text("a", { phase: "commentary" }),
    ], "a"],
  ] as [string, object[], string][]
) {
  test(`the output of a response has ${rule}`, options, () => {
    const result = read({ object: "response", status: "completed", output });
    assert.equal(result.output, expected);
  });
}

for (
  const [rule, indexes, expected] of [
    ["in the order of their numbers", [1, 0, 2], "bac"],
    ["as they come where two have the same one", [1, 0, 0], "abc"],
    ["as they come where one has none", [1, undefined, 0], "abc"],
  ] as [string, (number | undefined)[], string][]
) {
  test(`several choices are given out ${rule}`, options, () => {
    const choices = indexes.map((index, i) => ({ index, text: "abc"[i] }));
    const { outputs } = read({ choices }, 200, "/v1/completions") as Success;
    assert.equal(outputs.join(""), expected);
  });
}
