/** Lists and their pages. */

import { assert, options, test } from "../_support/prelude.ts";
import { json, script } from "../_support/scripted.ts";

interface Item {
  id: string;
}

/** A list of n files, of which each call gets the next two. */
function listOf(n: number) {
  const all: Item[] = Array.from(
    { length: n },
    (_, i) => ({ id: `file-${i}` }),
  );
  return script(({ url }) => {
    const after = new URL(url).searchParams.get("after");
    const start = after === null
      ? 0
      : all.findIndex(({ id }) => id === after) + 1;
    const data = all.slice(start, start + 2);
    return json({ object: "list", data, has_more: start + 2 < n });
  });
}

async function idsOf(items: AsyncIterable<Item>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of items) ids.push(id);
  return ids;
}

test("pages keep the query of their list", options, async () => {
  const { client, calls } = listOf(5);
  const options = { headers: { "x-team": "a" }, query: { region: "eu" } };
  const list = client.files.list({ limit: 2, purpose: "batch" }, options);
  assert.equal((await idsOf(list)).length, 5);
  const queries = calls.map(({ url }) => [...new URL(url).searchParams].sort());
  const own = [["limit", "2"], ["purpose", "batch"], ["region", "eu"]];
  assert.deepEqual(queries, [
    own,
    [["after", "file-1"], ...own],
    [["after", "file-3"], ...own],
  ]);
  assert.deepEqual(calls.map(({ headers }) => headers.get("x-team")), [
    "a",
    "a",
    "a",
  ]);
});

test(
  "iterating a page gives its items and those of the pages after it",
  options,
  async () => {
    const { client } = listOf(5);
    const first = await client.files.list();
    const second = await first.getNextPage();
    assert.deepEqual(await idsOf(second), ["file-2", "file-3", "file-4"]);
    assert.equal((await idsOf(first)).length, 5);
  },
);

test(
  "a list that is awaited and iterated asks for its first page once",
  options,
  async () => {
    const { client, calls } = listOf(2);
    const list = client.files.list();
    assert.equal((await list).data.length, 2);
    assert.deepEqual(await idsOf(list), ["file-0", "file-1"]);
    assert.equal(calls.length, 1);
  },
);

test("breaking out of a list asks for no more pages", options, async () => {
  const { client, calls } = listOf(5);
  for await (const { id } of client.files.list()) {
    if (id === "file-1") break;
  }
  assert.equal(calls.length, 1);
});

test("the last page has no next one", options, async () => {
  const { client, calls } = listOf(2);
  const page = await client.files.list();
  assert.equal(page.hasNextPage(), false);
  await assert.rejects(async () => await page.getNextPage(), RangeError);
  assert.equal(calls.length, 1);
});

test("an empty page ends a list, whatever it says", options, async () => {
  const { client } = script(() => json({ data: [], has_more: true }));
  const page = await client.files.list();
  assert.equal(page.hasNextPage(), false);
  assert.deepEqual(await idsOf(page), []);
});

test(
  "a list may be wrapped as `value`, as Azure's older API does",
  options,
  async () => {
    const { client } = script(() =>
      json({ value: [{ id: "batch_1", status: "validating" }] })
    );
    assert.deepEqual(await idsOf(client.batches.list()), ["batch_1"]);
  },
);

test(
  "a list without has_more, or with null for no items, ends",
  options,
  async () => {
    for (const has_more of [undefined, null]) {
      const { client } = script(() =>
        json({ data: [{ id: "file-0" }], has_more })
      );
      const page = await client.files.list();
      assert.equal(page.has_more, false);
      assert.deepEqual(await idsOf(page), ["file-0"]);
    }
    const { client } = script(() => json({ object: "list", data: null }));
    assert.deepEqual((await client.files.list()).data, []);
  },
);

test(
  "iterating the list of a server that ignores `after` ends",
  options,
  async () => {
    const data = [{ id: "file-1" }, { id: "file-2" }];
    const { client, calls } = script(() => json({ data, has_more: true }));
    const ids = await idsOf(client.files.list());
    assert.deepEqual(ids, ["file-1", "file-2"]);
    assert.equal(calls.length, 2);
  },
);

test("a list that fails rejects, awaited or iterated", options, async () => {
  const { client } = script(() => json({}, 400));
  await assert.rejects(async () => await client.files.list(), { status: 400 });
  await assert.rejects(idsOf(client.files.list()), { status: 400 });
});
