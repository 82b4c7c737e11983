/**
 * Mutants that we did not think of: StrykerJS breaks the source in every place
 * that it can, and the tests have to notice.
 *
 *     deno task mutate                   200 mutants of the rooms below
 *     deno task mutate --sample 50 --seed 3 --rooms rest,results
 *     deno task mutate --at src/rest/page.ts:31    those of one line
 *     deno task mutate --numbers --at src/rest/retry.ts,src/retry_rule.ts
 *                                        those of two files, numbers doubled too
 *
 * One Node process loads all tests, and StrykerJS's switches are turned while
 * it runs. A mutant gets the tests that reach its place, the quickest first,
 * until one fails.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Random } from "../../src/testing/_random.ts";
import { createCopy, type Mutant } from "./_mutants.ts";
import { changeNumbers } from "./_numbers.ts";
import { Runner } from "./_runner.ts";
import { printTable, type Verdict } from "./_table.ts";

const { values } = parseArgs({
  options: {
    sample: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    rooms: { type: "string", default: "job,rest,results,pricing" },
    workers: { type: "string", default: `${availableParallelism()}` },
    at: { type: "string" },
    numbers: { type: "boolean", default: false },
  },
});

const places = values.at?.split(",");

/** As many as are wanted, drawn from all; or those of some places. */
function choose(mutants: readonly Mutant[]): Mutant[] {
  if (places) {
    return mutants.filter(({ file, line, column }) =>
      [file, `${file}:${line}`, `${file}:${line}:${column}`].some((place) =>
        places.includes(place)
      )
    );
  }
  const random = new Random(values.seed);
  return mutants.map((mutant) => ({ mutant, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, Number(values.sample))
    .map(({ mutant }) => mutant);
}

const begun = Date.now();
if (values.numbers) await changeNumbers();
const copy = await createCopy(
  places?.map((place) => place.replace(/(:\d+)+$/, "")) ??
    values.rooms.split(",").map((room) => `src/${room}/`),
);
try {
  const chosen = choose(copy.mutants);
  console.log(`${chosen.length} of ${copy.mutants.length} mutants`);
  const runner = await Runner.open(copy);
  const verdicts: Verdict[] = [];
  const work = async () => {
    const own = runner.fork();
    for (let mutant; (mutant = chosen.shift());) {
      const verdict = await own.judge(mutant);
      verdicts.push(verdict);
      if (!verdict.isCaught) console.log(printMutant(verdict));
    }
    own.close();
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, work));
  printTable(verdicts, values.seed, Date.now() - begun);
} finally {
  await rm(copy.path, { recursive: true, force: true });
}

function printMutant({ mutant, why }: Verdict): string {
  const { file, line, column, mutator, original, replacement } = mutant;
  const short = (text: string) => {
    const flat = text.replace(/\s+/g, " ");
    return flat.length > 90 ? `${flat.slice(0, 89)}…` : flat;
  };
  return `\n${file}:${line}:${column} ${mutator}, ${why}\n` +
    `  - ${short(original)}\n  + ${short(replacement)}`;
}
