import { madeUp, sendThrough } from "../kill/table.ts";
import { assert, test } from "../_support/prelude.ts";

test(
  "a table killed three times and run again comes out complete, as csv-parse and Python read it",
  { timeout: 110_000 },
  async () => {
    const { rows, killedAt } = await sendThrough(madeUp(400));
    assert.equal(rows, 400);
    assert.equal(killedAt.length, 3);
    assert.ok(killedAt[2]! < 400, `killed at ${killedAt}`);
  },
);
