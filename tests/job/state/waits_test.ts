/** Of all that a step waits for, what is shown. */

import {
  foremost,
  toWaitingFor,
  type Wait,
  Waits,
} from "../../../src/job/state/waits.ts";
import { assert, options, test } from "../../_support/prelude.ts";

/** The first is shown where several are waited for. */
const BY_WEIGHT: readonly Wait["reason"][] = [
  "connection",
  "retry",
  "credit",
  "file",
  "queue",
  "claim",
  "lists",
  "settling",
  "batches",
];

for (const [i, reason] of BY_WEIGHT.entries()) {
  for (const lighter of BY_WEIGHT.slice(i + 1)) {
    test(`${reason} is shown, not ${lighter}`, options, () => {
      const later = { reason, until: 2 };
      const sooner = { reason: lighter, until: 1 };
      assert.equal(foremost(sooner, undefined, later), later);
      assert.equal(foremost(later, sooner), later);
    });
  }
}

test(
  "of two waits for the same, the one that ends first is shown",
  options,
  () => {
    const later: Wait = { reason: "file", until: 2 };
    const sooner: Wait = { reason: "file", until: 1 };
    assert.equal(foremost(later, sooner), sooner);
    assert.equal(foremost(sooner, later), sooner);
    assert.equal(foremost(), undefined);
  },
);

test(
  "a step sleeps until the first wait ends, whichever is shown",
  options,
  () => {
    const waits = new Waits();
    assert.equal(waits.soonest, Infinity);
    waits.add({ reason: "queue", until: 5 });
    waits.add({ reason: "batches", until: 3 });
    assert.equal(waits.soonest, 3);
    assert.equal(waits.foremost?.reason, "queue");
    waits.clear();
    assert.equal(waits.soonest, Infinity);
    assert.equal(waits.foremost, undefined);
  },
);

test("a status has a time and words only where they are known", options, () => {
  assert.deepEqual(
    toWaitingFor({ reason: "queue", until: 1.5, message: "full" }),
    { reason: "queue", until: new Date(2), message: "full" },
  );
  assert.deepEqual(
    toWaitingFor({ reason: "batches", until: Infinity, message: "" }),
    { reason: "batches" },
  );
});
