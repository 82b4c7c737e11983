import { Buffer } from "node:buffer";
import { assert, options, test } from "../../_support/prelude.ts";
// @ts-types="../../_support/csv_parse.d.ts"
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import type { Bytes } from "../../../cli/table/bytes.ts";
import { Table, type TableOptions } from "../../../cli/table/table.ts";

const CSV: TableOptions = { format: "csv" };

/** Bytes in memory. */
function bytesOf(content: string | Uint8Array): Bytes {
  const bytes = Buffer.from(content as string);
  return {
    name: "in.csv",
    folder: ".",
    size: bytes.length,
    read: (into, position) =>
      bytes.copy(into, 0, position, position + into.length),
    close: () => {},
  };
}

function read(
  content: string | Uint8Array,
  how = CSV,
): { table: Table; rows: readonly (readonly unknown[])[] } {
  const table = new Table(bytesOf(content), how);
  const rows = [...table.blocks()].flat();
  assert.deepEqual(rows.map(({ problem }) => problem).filter(Boolean), []);
  return { table, rows: rows.map(({ values }) => values) };
}

const FIELD = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      ",",
      ";",
      "\t",
      "\n",
      "\r",
      " ",
      "'",
      "a",
      "é",
      "🎈",
      "\uFEFF",
      "\u2028",
    ),
    maxLength: 12,
  }),
);

/** A table in one of the dialects that there are, written by somebody careful or by somebody who quotes all. */
const TABLE = fc.record({
  rows: fc.integer({ min: 2, max: 5 }).chain((columns) =>
    fc.array(fc.array(FIELD, { minLength: columns, maxLength: columns }), {
      minLength: 1,
      maxLength: 8,
    })
  ),
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  quotesAll: fc.boolean(),
  hasMark: fc.boolean(),
  endsLine: fc.boolean(),
});

type Written = typeof TABLE extends fc.Arbitrary<infer T> ? T : never;

function write(
  { rows, delimiter, lineEnd, quotesAll, hasMark, endsLine }: Written,
): string {
  const text = rows.map((row) =>
    row.map((field) =>
      quotesAll || /["\r\n\uFEFF]/.test(field) || field.includes(delimiter)
        ? `"${field.replaceAll('"', '""')}"`
        : field
    ).join(delimiter)
  ).join(lineEnd);
  return `${hasMark ? "\uFEFF" : ""}${text}${endsLine ? lineEnd : ""}`;
}

test("any table is read as csv-parse reads it", options, () => {
  fc.assert(
    fc.property(TABLE, (table) => {
      const header = table.rows[0]!.map((_, i) => `column ${i}`);
      const text = write({ ...table, rows: [header, ...table.rows] });
      const { delimiter, lineEnd } = table;
      const [, ...theirs] = parse(text, {
        bom: true,
        delimiter,
        record_delimiter: lineEnd,
        skip_empty_lines: true,
      });
      const { rows } = read(text, { ...CSV, delimiter });
      assert.deepEqual(rows, theirs);
    }),
    { numRuns: 2_000 },
  );
});

test(
  "a table of many blocks is read as csv-parse reads it, wherever they end, and each row is found again",
  options,
  () => {
    fc.assert(
      fc.property(TABLE, fc.nat(100), (table, shift) => {
        const header = table.rows[0]!.map((_, i) => `column ${i}`);
        const first = header.map(() => "é".repeat(shift));
        const many = Array.from(
          { length: 12_000 / table.rows.length },
          () => table.rows,
        ).flat();
        const rows = [header, first, ...many];
        const text = write({ ...table, rows });
        const { delimiter, lineEnd } = table;
        const [, ...theirs] = parse(text, {
          bom: true,
          delimiter,
          record_delimiter: lineEnd,
          skip_empty_lines: true,
        });
        const ours = read(text, { ...CSV, delimiter });
        assert.deepEqual(ours.rows, theirs);
        for (let index = 0; index < theirs.length; index += 97) {
          assert.deepEqual(ours.table.row(index).values, theirs[index]);
        }
      }),
      { numRuns: 30 },
    );
  },
);

test(
  "what stands between fields is found out, by the rows and not by the header alone",
  options,
  () => {
    const found: [text: string, delimiter: string][] = [
      ["a,b\n1,2\n", ","],
      ["a;b\n1,5;2,5\n", ";"],
      ["a\tb, c\n1\t2\n", "\t"],
      ["a|b\n1|2\n", "|"],
      ['"a;b";c,d\n"1;2";3,4\n', ";"],
      ["only\none; column, here\n", ","],
      ["name, first;age\nDoe, Jo;7\nRoe, Al;8\n", ";"],
    ];
    for (const [text, delimiter] of found) {
      const table = new Table(bytesOf(text), CSV);
      assert.equal(table.delimiter, delimiter, JSON.stringify(text));
    }
  },
);

test(
  "a quote within a field stands for itself, and old line ends are line ends",
  options,
  () => {
    assert.deepEqual(read('a,b\n5" pipe,say "x"\n').rows, [
      ['5" pipe', 'say "x"'],
    ]);
    assert.deepEqual(read("a,b\r1,2\r3,4").rows, [["1", "2"], ["3", "4"]]);
    assert.deepEqual(read("a,b\n1\r2,3\r\n").rows, [["1\r2", "3"]]);
  },
);

test("each row is found again by its number", options, () => {
  fc.assert(
    fc.property(TABLE, (written) => {
      const { table, rows } = read(write(written), {
        ...CSV,
        delimiter: written.delimiter,
      });
      const again = rows.map((_, index) => table.row(index).values);
      assert.deepEqual(again, rows);
      const backwards = rows.map((_, i) =>
        table.row(rows.length - 1 - i).values
      );
      assert.deepEqual(backwards.toReversed(), rows);
    }),
    { numRuns: 500 },
  );
});
