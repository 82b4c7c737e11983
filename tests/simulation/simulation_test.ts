import { assert, test } from "../_support/prelude.ts";
import { simulate } from "./simulate.ts";

test(
  "100 seeds of the simulation lose nothing, pay nothing twice and end",
  { timeout: 120_000 },
  async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const { problems } = await simulate(seed);
      assert.deepEqual(problems, [], `deno task sim --seed ${seed}`);
    }
  },
);
