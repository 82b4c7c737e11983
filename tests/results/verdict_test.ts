/** What becomes of a result: final, sent again, or not what the schema wants. */

import { FailedRequestsError } from "../../src/results/failed_requests_error.ts";
import { checkOutput } from "../../src/results/check_output.ts";
import type { AnyResult, Failure } from "../../src/results/result.ts";
import type { SchemaSettings } from "../../src/results/answer_options.ts";
import { judge, type Verdict, worthOf } from "../../src/results/verdict.ts";
import { assert, options, test } from "../_support/prelude.ts";

function errorOf(result: AnyResult) {
  assert.equal(result.ok, false);
  return (result as Failure).error;
}

function failure(code: string, attempts = 1, status?: number): AnyResult {
  const error = { code, message: "No", ...(status ? { status } : {}) };
  return { ok: false, attempts, error } as AnyResult;
}

const SUCCESS = { ok: true, attempts: 1, output: "hi" } as AnyResult;

for (
  const [rule, result, retry, expected] of [
    ["a success is final", SUCCESS, undefined, { kind: "final" }],
    ["unless retry wants another one", SUCCESS, true, { kind: "again" }],
    ["with other params, perhaps", SUCCESS, { seed: 1 }, {
      kind: "again",
      params: { seed: 1 },
    }],
    ["what passes is asked again", failure("server_error"), false, {
      kind: "again",
    }],
    ["what does not is final", failure("invalid_value"), undefined, {
      kind: "final",
    }],
    ["unless retry knows better", failure("invalid_value"), true, {
      kind: "again",
    }],
    ["what no rule knows is asked once more", failure("odd", 1), undefined, {
      kind: "again",
    }],
    ["and is final then", failure("odd", 2), undefined, { kind: "final" }],
    ["what still runs is never asked again", failure("response_queued"), true, {
      kind: "final",
    }],
    ["nor what can't be read", failure("unreadable_results"), true, {
      kind: "final",
    }],
    ["nor what was too long", failure("answer_too_large"), true, {
      kind: "final",
    }],
    [
      "without credit there is nothing to judge",
      failure("insufficient_quota"),
      true,
      { kind: "quota" },
    ],
  ] as [string, AnyResult, unknown, Verdict][]
) {
  test(`a verdict: ${rule}`, options, () => {
    const settings = {
      maxAttempts: 3,
      schema: undefined,
      retry: retry === undefined ? undefined : () => retry as boolean,
    };
    assert.deepEqual(judge(result, settings), expected);
  });
}

for (const wrong of [Promise.resolve(true), "yes", 1]) {
  test(`a retry that returns ${typeof wrong} is refused`, options, () => {
    const retry = () => wrong as unknown as boolean;
    assert.throws(
      () => judge(SUCCESS, { maxAttempts: 3, schema: undefined, retry }),
      {
        name: "TypeError",
        message:
          "The option retry must return a boolean or params, and not a promise",
      },
    );
  });
}

test(
  "what was said once outweighs an attempt that came to nothing",
  options,
  () => {
    assert.deepEqual(
      [
        SUCCESS,
        failure("invalid_value"),
        failure("odd"),
        failure("server_error"),
      ]
        .map(worthOf),
      [2, 1, 0, 0],
    );
  },
);

test(
  "the error of a run names the first failure, and keeps all",
  options,
  () => {
    const failed = [failure("odd"), failure("bad")].map((one, i) => ({
      ...one,
      id: `r"${i}`,
    })) as Failure[];
    const error = new FailedRequestsError(failed, "night");
    assert.equal(error.name, "FailedRequestsError");
    assert.equal(
      error.message,
      '2 of the requests failed, the first is "r\\"0" with odd',
    );
    assert.deepEqual([error.code, error.jobId, error.failed], [
      "failed_requests",
      "night",
      failed,
    ]);
  },
);

function settings(
  validate: (value: unknown) => unknown,
  parse: SchemaSettings["parse"] = "json",
): SchemaSettings {
  const standard = { version: 1, vendor: "test", validate };
  return {
    schema: { "~standard": standard },
    parse,
    name: "output",
  } as unknown as SchemaSettings;
}

const accepts = (value: unknown) => ({ value });

for (
  const [rule, output, how, message] of [
    [
      "text that is not JSON",
      "hi",
      settings(accepts),
      "The output is not JSON",
    ],
    ["an output that is empty", "", settings(accepts), "The output is empty"],
    [
      "a parse that throws",
      "hi",
      settings(accepts, () => {
        throw new Error("secret");
      }),
      "The option parse threw an error",
    ],
    [
      "a schema that throws",
      "{}",
      settings(() => {
        throw new Error("secret");
      }),
      "The schema threw an error",
    ],
    [
      "one issue",
      "{}",
      settings(() => ({
        issues: [{ message: "Bad", path: ["a", { key: 0 }, "b"] }],
      })),
      "The output does not satisfy the schema at a.0.b: Bad",
    ],
    [
      "several issues",
      "{}",
      settings(() => ({
        issues: [{ message: "Bad" }, { message: "Worse" }, { message: "x" }],
      })),
      "The output does not satisfy the schema: Bad, and 2 more",
    ],
  ] as [string, string, SchemaSettings, string][]
) {
  test(`a schema is not satisfied by ${rule}`, options, async () => {
    const result = {
      ...SUCCESS,
      output,
      outputs: [output],
      body: { output: [] },
    } as AnyResult;
    const { code, message: found } = errorOf(await checkOutput(result, how));
    assert.deepEqual([code, found], ["invalid_output", message]);
  });
}

/** An answer of several messages. */
function messages(...texts: string[]): AnyResult {
  const output = texts.map((text) => ({
    type: "message",
    content: [{ type: "output_text", text }],
  }));
  const all = texts.join("");
  const body = { output, status: "completed" };
  return { ...SUCCESS, output: all, outputs: [all], body } as AnyResult;
}

const isNumber = (value: unknown) =>
  typeof value === "number" ? { value } : { issues: [{ message: "Bad" }] };

for (
  const [rule, texts, parsed] of [
    ["all texts together, where that satisfies it", ["1", "2"], 12],
    ["else the last one that does", ["1", "2", "{}"], 2],
    ["and none where none does", ["{}", "[]"], undefined],
  ] as [string, string[], number | undefined][]
) {
  test(`a schema is given ${rule}`, options, async () => {
    const result = await checkOutput(messages(...texts), settings(isNumber));
    assert.equal(result.ok, parsed !== undefined);
    if (!result.ok) return;
    assert.equal(result.parsed, parsed);
    assert.deepEqual(result.outputs, [`${parsed}`]);
    assert.equal(result.output, `${parsed}`);
  });
}
