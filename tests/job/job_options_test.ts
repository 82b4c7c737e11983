/** What the options of a job may be: a wrong one is refused with its name, its value and the rule. */

import type { JobOptions } from "@offpeak/openai-batch";
import { readJobOptions } from "../../src/job/options.ts";
import { assert, options, test } from "../_support/prelude.ts";

const read = (given: object) => readJobOptions(given as JobOptions);

test("without options a job has those that are documented", options, () => {
  const settings = read({});
  assert.match(settings.id, /^[0-9a-f-]{36}$/);
  const { fresh, atDeadline, atAbort, progress, batch, file } = settings;
  assert.deepEqual({ fresh, atDeadline, atAbort, progress, batch, file }, {
    fresh: true,
    atDeadline: "fail",
    atAbort: "leave",
    progress: true,
    batch: {},
    file: {},
  });
  assert.equal(settings.answers.maxAttempts, 3);
});

test(
  "a job with a name may be there already, unless it is new",
  options,
  () => {
    assert.equal(read({ job: "night" }).fresh, false);
    assert.equal(read({ job: "night" }).id, "night");
    assert.equal(read({ job: "night", isNew: true }).fresh, true);
  },
);

const METADATA = "OpenAI takes 16, and this module needs one";
const TOO_LONG =
  "is too long: a key may have 64 characters, a value must be a string of at most 512";

function pairs(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`k${i}`, ""]),
  );
}

for (
  const [given, name, message] of [
    [
      { deadline: NaN },
      "RangeError",
      "The option deadline must be a number of ms or a valid Date: it is NaN",
    ],
    [
      { deadline: -1 },
      "RangeError",
      "The option deadline must be a number of ms or a valid Date: it is -1",
    ],
    [
      { deadline: "soon" },
      "RangeError",
      'The option deadline must be a number of ms or a valid Date: it is "soon"',
    ],
    [
      { deadline: new Date(NaN) },
      "RangeError",
      "The option deadline must be a number of ms or a valid Date: it is ",
    ],
    [
      { budget: -1 },
      "RangeError",
      "The option budget must be a number of USD, 0 or more: it is -1",
    ],
    [
      { budget: "1" },
      "RangeError",
      "The option budget must be a number of USD, 0 or more: it is ",
    ],
    [
      { lane: "flex" },
      "TypeError",
      'The option lane needs atDeadline: "direct": it is the lane for the rest',
    ],
    [
      { batch: { metadata: { offpeak: "x" } } },
      "TypeError",
      'The metadata key "offpeak" is taken by this module',
    ],
    [
      { batch: { metadata: pairs(16) } },
      "RangeError",
      `The metadata has 16 pairs: ${METADATA}`,
    ],
    [
      { batch: { metadata: { ["k".repeat(65)]: "" } } },
      "RangeError",
      `The metadata pair "${"k".repeat(64)}" ${TOO_LONG}`,
    ],
    [
      { batch: { metadata: { k: "v".repeat(513) } } },
      "RangeError",
      `The metadata pair "k" ${TOO_LONG}`,
    ],
    [
      { batch: { metadata: { k: 7 } } },
      "RangeError",
      `The metadata pair "k" ${TOO_LONG}`,
    ],
    [{ maxEnqueuedTokens: { m: 0 } }, "RangeError", 'maxEnqueuedTokens of "m"'],
    [{ maxEnqueuedTokens: 0 }, "RangeError", "maxEnqueuedTokens"],
    [{ maxActiveBatches: 0 }, "RangeError", "maxActiveBatches"],
    [{ batchTimeout: 0 }, "RangeError", "batchTimeout"],
    [{ pollInterval: -1 }, "RangeError", "pollInterval"],
    [{ uncountedTokens: 0.5 }, "RangeError", "uncountedTokens"],
    [{ atAbort: "stop" }, "TypeError", "atAbort"],
    [{ atDeadline: "stop" }, "TypeError", "atDeadline"],
    [{ progress: 3 }, "TypeError", "progress"],
    [{ isNew: "yes" }, "TypeError", "isNew"],
    [
      { retry: true },
      "TypeError",
      "The option retry must be a function of the result: it is ",
    ],
    [
      { schema: {} },
      "TypeError",
      "The option schema must be a Standard Schema, from zod, valibot or arktype for example: it is ",
    ],
    [{ parse: "json" }, "TypeError", "The option parse needs a schema"],
    [{ schemaName: "a" }, "TypeError", "The option schemaName needs a schema"],
  ] as [object, string, string][]
) {
  test(
    `an option is refused: ${JSON.stringify(given).slice(0, 60)}`,
    options,
    () => {
      assert.throws(() => read(given), (error: Error) => {
        assert.equal(error.name, name);
        assert.ok(error.message.includes(message), error.message);
        return true;
      });
    },
  );
}

const SCHEMA = {
  "~standard": {
    version: 1,
    vendor: "x",
    validate: (value: unknown) => ({ value }),
  },
};

for (
  const [given, message] of [
    [
      { parse: "yaml" },
      'The option parse must be "json", "text" or a function of the text: it is ',
    ],
    [
      { schemaName: "" },
      "The option schemaName must have 1 to 64 characters of A-Z, a-z, 0-9, _ and -: it is ",
    ],
    [
      { schemaName: "a b" },
      "The option schemaName must have 1 to 64 characters of A-Z, a-z, 0-9, _ and -: it is ",
    ],
    [
      { schemaName: "a".repeat(65) },
      "The option schemaName must have 1 to 64 characters of A-Z, a-z, 0-9, _ and -: it is ",
    ],
  ] as [object, string][]
) {
  test(
    `with a schema an option is refused: ${JSON.stringify(given).slice(0, 60)}`,
    options,
    () => {
      const of = { schema: SCHEMA, parse: "text", ...given };
      assert.throws(() => read(of), (error: Error) => {
        assert.ok(error instanceof TypeError);
        assert.ok(error.message.startsWith(message), error.message);
        return true;
      });
    },
  );
}

for (
  const given of [
    { deadline: 0 },
    { deadline: new Date(0) },
    { budget: 0 },
    { uncountedTokens: 0 },
    { batch: { metadata: pairs(15) } },
    { batch: { metadata: { ["k".repeat(64)]: "v".repeat(512) } } },
    { maxEnqueuedTokens: { m: 1 } },
    { maxEnqueuedTokens: 1 },
    { maxActiveBatches: 1 },
    { lane: "flex", atDeadline: "direct" },
    { atAbort: "cancel" },
    { schema: SCHEMA, parse: "text", schemaName: "a".repeat(64) },
    { schema: SCHEMA, parse: (text: string) => text },
  ]
) {
  test(
    `an option is taken at its limit: ${JSON.stringify(given).slice(0, 60)}`,
    options,
    () => {
      read(given);
    },
  );
}
