/** Flags that a command takes reach the library. */

import {
  INPUT_FLAGS,
  JOB_FLAGS,
  RETRY_FLAGS,
  SEND_FLAGS,
} from "../../../cli/flags/sets.ts";
import type { FlagName, Flags } from "../../../cli/flags/flags.ts";
import { attachOptionsOf, jobOptionsOf } from "../../../cli/flags/options.ts";
import { assert, options, test } from "../../_support/prelude.ts";

/** Read by the question before sending, not by the library. */
const ASKS: readonly FlagName[] = ["yes"];

/** Flags of which each has a value of its own. */
function valuesOf(names: readonly FlagName[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, `of ${name}`]));
}

function without(names: readonly FlagName[], options: object): FlagName[] {
  const reached: Record<string, unknown> = { ...options };
  return names.filter((name) => reached[name] !== `of ${name}`);
}

test("every flag of how a job is driven reaches attach", options, () => {
  const reached = attachOptionsOf(valuesOf(JOB_FLAGS) as Flags);
  assert.deepEqual(without(JOB_FLAGS, reached), []);
});

for (
  const [name, flags] of Object.entries({
    submit: SEND_FLAGS,
    retry: RETRY_FLAGS,
  })
) {
  test(`every flag that ${name} makes a job with reaches it`, options, () => {
    const others = flags.filter((flag) =>
      !INPUT_FLAGS.includes(flag) && !ASKS.includes(flag)
    );
    assert.ok(others.length > JOB_FLAGS.length);
    const reached = jobOptionsOf(valuesOf(flags) as Flags);
    assert.deepEqual(without(others, reached), []);
  });
}
