import { madeUp, sendThrough } from "../kill/table.ts";
import { assert, test } from "../_support/prelude.ts";

test(
  "a table that is killed three times and asked again comes out whole, as csv-parse and Python read it",
  { timeout: 110_000 },
  async () => {
    const { rows, killedAt } = await sendThrough(madeUp(400));
    assert.equal(rows, 400);
    assert.equal(killedAt.length, 3);
    assert.ok(killedAt[2]! < 400, `killed at ${killedAt}`);
  },
);
