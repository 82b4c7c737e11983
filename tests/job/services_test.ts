/** How the calls of a step are shared out. */

import { CallBudget, isSpent } from "../../src/job/services.ts";
import { assert, options, test } from "../_support/prelude.ts";

/** Makes calls until there are none left, and gives how many. */
function spendAll(budget: CallBudget): number {
  for (let made = 0;; made++) {
    try {
      budget.spend();
    } catch (error) {
      assert.ok(isSpent(error));
      return made;
    }
  }
}

const HALVES: [all: number, some: number, rest: number][] = [
  [1, 1, 0],
  [2, 1, 1],
  [5, 2, 3],
  [10, 5, 5],
];

for (const [all, some, rest] of HALVES) {
  test(
    `of ${all} calls, ${some} may be made first, and ${rest} afterwards`,
    options,
    async () => {
      const budget = new CallBudget();
      budget.limit(all, undefined);
      let made = 0;
      const work = () => {
        for (;; made++) budget.spend();
      };
      const half = budget.half(() => Promise.resolve().then(work));
      if (rest > 0) assert.equal(await half, false);
      else await assert.rejects(half, isSpent);
      assert.equal(made, some);
      assert.equal(spendAll(budget), rest);
    },
  );
}

test(
  "work that is done has had enough, and what it left may be made",
  options,
  async () => {
    const budget = new CallBudget();
    budget.limit(10, undefined);
    const work = () => Promise.resolve(budget.spend());
    assert.equal(await budget.half(work), true);
    assert.equal(spendAll(budget), 9);
  },
);

test(
  "another error of the work is thrown, and what is left may be made",
  options,
  async () => {
    const budget = new CallBudget();
    budget.limit(10, undefined);
    const broken = new Error("broken");
    await assert.rejects(budget.half(() => Promise.reject(broken)), broken);
    assert.equal(spendAll(budget), 10);
    assert.equal(isSpent(broken), false);
  },
);

test("without a limit no call is refused", options, async () => {
  const budget = new CallBudget();
  budget.limit(undefined, undefined);
  const work = async () => {
    for (let i = 0; i < 1_000; i++) budget.spend();
    await Promise.resolve();
  };
  assert.equal(await budget.half(work), true);
  budget.spend();
});

test("a step ends with its signal at the next call", options, () => {
  const budget = new CallBudget();
  const controller = new AbortController();
  budget.limit(10, controller.signal);
  budget.spend();
  const reason = new Error("enough");
  controller.abort(reason);
  assert.throws(() => budget.spend(), reason);
});
