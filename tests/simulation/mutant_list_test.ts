import { readFileSync } from "node:fs";
import { assert, options, test } from "../_support/prelude.ts";
import { MUTANTS } from "./mutant_list.ts";

test("each mutant changes one place that is there", options, () => {
  const missed = MUTANTS.filter(({ file, from, to }) => {
    const path = new URL(`../../${file}`, import.meta.url);
    const pieces = readFileSync(path, "utf8").split(from);
    return pieces.length !== 2 || from === to;
  });
  assert.deepEqual(missed.map(({ name }) => name), []);
});
