/** How tables and figures look. */

import { count, dollars, plural } from "../../../cli/messages/figures.ts";
import { drawTable } from "../../../cli/terminal/print_table.ts";
import {
  wrap,
  wrapCommand,
  wrapParagraphs,
} from "../../../cli/terminal/wrap.ts";
import { assert, test } from "../../_support/prelude.ts";

test("an amount has cents, and two figures where it is less than a dollar", () => {
  const amounts: [number, string][] = [
    [0, "$0"],
    [0.0000042, "$0.0000042"],
    [0.002, "$0.0020"],
    [0.05, "$0.050"],
    [0.314, "$0.31"],
    [0.999, "$1.00"],
    [1, "$1.00"],
    [12.345, "$12.35"],
    [1_234_567.891, "$1,234,567.89"],
    [1e-15, "$0.000000000000"],
  ];
  for (const [usd, text] of amounts) assert.equal(dollars(usd), text);
  assert.equal(count(7473), "7,473");
  assert.equal(plural(1, "batch", "batches"), "1 batch");
  assert.equal(plural(2, "row"), "2 rows");
});

test("a table takes the room there is: from its widest column, never below the least", () => {
  const columns = [
    { title: "NAME" },
    { title: "TEXT", least: 6 },
    { title: "N", isNumber: true, unit: "things" },
  ];
  const rows = [["a", "one two three", "1"], ["bb", "四五六七八", "1,000"]];
  assert.deepEqual(drawTable(columns, rows, undefined), [
    "NAME  TEXT               N",
    "a     one two three      1",
    "bb    四五六七八     1,000",
  ]);
  assert.deepEqual(drawTable(columns, rows, 21), [
    "NAME  TEXT          N",
    "a     one two…      1",
    "bb    四五六…   1,000",
  ]);
  assert.deepEqual(drawTable(columns, rows, 18), [
    "a",
    "  one two three, …",
    "bb",
    "  四五六七八, 1,0…",
  ]);
});

test("what a row holds can't break out of its line", () => {
  const [, row] = drawTable(
    [{ title: "A" }, { title: "B" }],
    [["x\ny", "\x1b[2Jz\t\u202e"]],
    80,
  );
  assert.equal(row, "x y  \\x1b[2Jz \\u202e");
});

test("text breaks at spaces, a command at its options, and examples stay as they are", () => {
  assert.equal(wrap("one two three", 8, "  "), "  one\n  two\n  three");
  assert.equal(
    wrapCommand('run in.csv --prompt "a b" --model m', 24),
    '  run in.csv \\\n    --prompt "a b" \\\n    --model m',
  );
  assert.equal(
    wrapParagraphs("one\ntwo\n  an example\n\nthree four", 7),
    "one two\n  an example\n\nthree\nfour",
  );
});
