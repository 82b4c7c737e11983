import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { Bytes } from "../../../cli/table/bytes.ts";
import { Table } from "../../../cli/table/table.ts";
import { assert, options, test } from "../../_support/prelude.ts";

/** Bytes in memory. */
function bytesOf(content: string): Bytes {
  const bytes = Buffer.from(content);
  return {
    name: "in",
    folder: ".",
    size: bytes.length,
    read: (into, position) =>
      bytes.copy(into, 0, position, position + into.length),
    close: () => {},
  };
}

/** Records, over and over, so that they fill some blocks. */
const RECORDS = fc.tuple(
  fc.array(
    fc.record({ a: fc.jsonValue(), b: fc.string({ unit: "grapheme" }) }),
    { minLength: 1, maxLength: 6 },
  ),
  fc.nat(50),
).map(([some, shift]) => {
  const size = JSON.stringify(some).length;
  const times = Math.ceil(80_000 / size);
  const many = Array.from({ length: times }, () => some).flat();
  // -0 is written as 0.
  return JSON.parse(JSON.stringify([{ b: "é".repeat(shift) }, ...many]));
});

for (const indent of [undefined, 2]) {
  test(
    `a JSON array of many blocks, ${
      indent ? "indented" : "in one line"
    }, is read as JSON.parse reads it, and each element is found again`,
    options,
    () => {
      fc.assert(
        fc.property(RECORDS, (records) => {
          const text = JSON.stringify(records, null, indent);
          const table = new Table(bytesOf(text), { format: "json" });
          const rows = [...table.blocks()].flat();
          assert.deepEqual(rows.map(({ record }) => record), records);
          for (let index = 0; index < rows.length; index += 31) {
            assert.deepEqual(table.row(index).record, records[index]);
          }
          const last = rows.at(-1)!;
          const before = text.slice(0, text.lastIndexOf(last.text));
          assert.equal(last.line, before.split("\n").length);
        }),
        { numRuns: 40 },
      );
    },
  );
}

test(
  "JSON lines of many blocks are read line by line, and each is found again",
  options,
  () => {
    fc.assert(
      fc.property(
        RECORDS,
        fc.constantFrom("\n", "\r\n", "\n\n"),
        (records, end) => {
          const text = records.map((record: unknown) =>
            JSON.stringify(record) + end
          ).join("");
          const table = new Table(bytesOf(text), { format: "jsonl" });
          const rows = [...table.blocks()].flat();
          assert.deepEqual(rows.map(({ record }) => record), records);
          for (let index = 0; index < rows.length; index += 31) {
            assert.deepEqual(table.row(index).record, records[index]);
          }
        },
      ),
      { numRuns: 40 },
    );
  },
);
