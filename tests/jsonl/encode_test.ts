/** JSONL: from values to bytes. */

import { encodeLines } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { type Chunk, iterate, read } from "./_bytes.ts";

const MiB = 1024 * 1024;

test(
  "encodeLines writes one value a line, each with its end",
  options,
  async () => {
    const values = [{ a: "é\n\u2028" }, [1], null, "x", 0];
    assert.equal(
      await new Response(encodeLines(values)).text(),
      '{"a":"é\\n\u2028"}\n[1]\nnull\n"x"\n0\n',
    );
    assert.equal(await new Response(encodeLines([])).text(), "");
  },
);

test("encodeLines takes async iterables", options, async () => {
  const lines = encodeLines(iterate([1, { b: 2 }]));
  assert.deepEqual(await read(lines), [1, { b: 2 }]);
});

test(
  "encodeLines gives blocks of 1 MiB and a shorter last one",
  options,
  async () => {
    const values = Array.from({ length: 9 }, () => "€".repeat(100_000));
    const blocks = await Array.fromAsync(
      encodeLines(values) as AsyncIterable<Uint8Array>,
    );
    const size = 9 * 300_003;
    assert.deepEqual(
      blocks.map(({ length }) => length),
      [MiB, MiB, size - 2 * MiB],
    );
    assert.deepEqual(await read(new Blob(blocks as Chunk[])), values);
  },
);

test(
  "encodeLines takes characters of four bytes wherever its buffer ends",
  options,
  async () => {
    for (let size = 64 * 1024; size <= 2 * MiB; size *= 2) {
      for (let before = size - 8; before <= size; before++) {
        const value = "x".repeat(before) + "😀😀";
        const lines = encodeLines([value, 1]);
        assert.equal(
          await new Response(lines).text(),
          `"${value}"\n1\n`,
          `${before} characters before`,
        );
      }
    }
  },
);

test(
  "encodeLines reads its values no sooner than it is read",
  options,
  async () => {
    let asked = 0;
    let returned = 0;
    function* values() {
      try {
        while (true) {
          asked++;
          yield "x".repeat(MiB);
        }
      } finally {
        returned++;
      }
    }
    const reader = encodeLines(values()).getReader();
    await Promise.resolve();
    assert.equal(asked, 0);
    await reader.read();
    assert.ok(asked <= 2, `${asked} values were read`);
    await reader.cancel();
    assert.equal(returned, 1);
  },
);

const cycle: Record<string, unknown> = {};

cycle.self = cycle;

const NO_JSON: [string, unknown][] = [
  ["a cycle", cycle],
  ["a BigInt", { n: 1n }],
  ["undefined", undefined],
  ["a function", () => {}],
];

for (const [what, value] of NO_JSON) {
  test(
    `encodeLines fails with a TypeError at ${what}, and closes its source`,
    options,
    async () => {
      let returned = 0;
      function* values() {
        try {
          yield 1;
          yield value;
          yield 3;
        } finally {
          returned++;
        }
      }
      await assert.rejects(read(encodeLines(values())), TypeError);
      assert.equal(returned, 1);
    },
  );
}

test("an error of the values is the error of the stream", options, async () => {
  const own = new Error("the database is gone");
  async function* values() {
    yield 1;
    throw own;
  }
  await assert.rejects(read(encodeLines(values())), own);
});
