import { appendFileSync, writeFileSync } from "node:fs";
import { openBytes } from "../../../cli/table/bytes.ts";
import { Ids } from "../../../cli/table/ids.ts";
import { Offsets } from "../../../cli/table/offsets.ts";
import { folder } from "../../_support/cli.ts";
import { assert, options, test } from "../../_support/prelude.ts";

test(
  "each of 300,000 ids leads to its row, though some have one hash",
  options,
  () => {
    const idOf = (row: number) => `review-${row * 7}`;
    const ids = new Ids(idOf);
    for (let row = 0; row < 300_000; row++) {
      assert.equal(ids.add(idOf(row), row), undefined);
    }
    for (let row = 0; row < 300_000; row++) {
      assert.equal(ids.find(idOf(row)), row);
      assert.equal(ids.find(`other-${row}`), undefined);
    }
    assert.equal(ids.add(idOf(41), 300_000), 41);
  },
);

test("places are kept in order, however many", options, () => {
  const offsets = new Offsets();
  for (let i = 0; i < 200_000; i++) offsets.push(i * 1e9);
  assert.equal(offsets.length, 200_000);
  assert.equal(offsets.at(0), 0);
  assert.equal(offsets.at(65_536), 65_536e9);
  assert.equal(offsets.at(199_999), 199_999e9);
  assert.equal(offsets.at(200_000), undefined);
});

test(
  "an input that changes while it is read is refused, as its rows may be others",
  options,
  async (t) => {
    const at = folder(t);
    writeFileSync(at("in.csv"), "a\n1\n");
    const bytes = await openBytes(at("in.csv"), {
      stdin: new Blob([]).stream(),
    });
    const into = new Uint8Array(10);
    assert.equal(bytes.read(into, 0), 4);
    appendFileSync(at("in.csv"), "2\n");
    assert.throws(
      () => bytes.read(into, 0),
      /in\.csv was changed while it was/,
    );
    bytes.close();
  },
);
