/** What reading a part makes of what its batches did, as rows. */

import { assert, options, test } from "../../_support/prelude.ts";
import { lineOf, MINUTE, type Ran, type Read, World } from "./_part.ts";

export interface Row {
  rule: string;
  /** Requests of the part. @default 3 */
  lines?: number;
  batches: Ran[];
  /** Whether the ids can't be had. */
  isBlind?: boolean;
  /** How long after the end of the batches it is read, minutes. @default 0 */
  after?: number;
  maxAttempts?: number;
  stopped?: { code: string; message: string };
  expected: Partial<Read>;
}

export const OK: Readonly<Record<string, number>> = { a: 200, b: 200, c: 200 };
export const STOPPED: Readonly<{ code: string; message: string }> = {
  code: "cancelled",
  message: "Enough",
};
export const SETTLED = 10;

export const answer = (id: string, status: number = 200): string =>
  JSON.stringify(lineOf(id, status));

/** A test for each row. */
export function testRows(rows: readonly Row[]): void {
  for (const row of rows) {
    const { rule, lines = 3, batches, isBlind, after = 0, expected, ...how } =
      row;
    test(`reading a part: ${rule}`, options, async () => {
      const world = new World(lines, isBlind);
      for (const batch of batches) world.add(batch);
      const read = await world.read(after * MINUTE, how);
      const names = Object.keys(expected) as (keyof Read)[];
      const found = Object.fromEntries(names.map((name) => [name, read[name]]));
      assert.deepEqual(found, expected);
    });
  }
}
