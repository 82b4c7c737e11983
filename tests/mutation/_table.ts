/** What came of the mutants, room by room. */

// deno-lint-ignore-file no-console
import type { Mutant } from "./_mutants.ts";

/** What came of one mutant. */
export interface Verdict {
  mutant: Mutant;
  isCaught: boolean;
  /** The test that noticed it, or why none did. */
  why: string;
}

/** `src/job/send/due.ts` is of the room job/send. */
function roomOf({ file }: Mutant): string {
  return file.split("/").slice(1, -1).join("/");
}

/** Prints the table as it stands in tests/README.md. */
export function printTable(
  verdicts: readonly Verdict[],
  seed: string,
  ms: number,
): void {
  const rooms = Map.groupBy(verdicts, ({ mutant }) => roomOf(mutant));
  const row = (name: string, of: readonly Verdict[]) => {
    const caught = of.filter(({ isCaught }) => isCaught).length;
    const share = (100 * caught / of.length).toFixed(1);
    console.log(
      `| ${name} | ${of.length} | ${caught} | ${
        of.length - caught
      } | ${share} % |`,
    );
  };
  console.log(`\nseed ${seed}, ${Math.round(ms / 1000)} s\n`);
  console.log("| room | mutants | caught | survived | caught of all |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const name of [...rooms.keys()].sort()) row(name, rooms.get(name)!);
  row("all", verdicts);
}
