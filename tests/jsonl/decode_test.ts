/** JSONL: from bytes to values. */

import {
  type Bytes,
  encodeLines,
  MalformedLineError,
  parseLines,
} from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import { type Chunk, cutAt, encode, iterate, read } from "./_bytes.ts";

function oneByOne(bytes: Chunk): Chunk[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

async function readText(text: string): Promise<unknown[]> {
  return await read(new Blob([text]));
}

/** A stream that never ends of itself, and what became of it. */
function endless(text: string) {
  const seen = { pulled: 0, cancelled: 0 };
  const stream = new ReadableStream<Chunk>({
    pull(controller) {
      seen.pulled++;
      controller.enqueue(encode(text));
    },
    cancel() {
      seen.cancelled++;
    },
  }, { highWaterMark: 0 });
  return { stream, seen };
}

test("each line is a value, in order", options, async () => {
  assert.deepEqual(
    await readText('{"a":1}\n[2]\n"3"\n4\ntrue\nnull\n'),
    [{ a: 1 }, [2], "3", 4, true, null],
  );
});

test("the last line needs no end", options, async () => {
  assert.deepEqual(await readText("1\n2"), [1, 2]);
  assert.deepEqual(await readText("1"), [1]);
});

test("lines may end with CRLF", options, async () => {
  assert.deepEqual(await readText('"a"\r\n"b"\r\n'), ["a", "b"]);
  const chunks = iterate(oneByOne(encode('"a"\r\n\r\n"b"\r\n')));
  assert.deepEqual(await read(chunks), ["a", "b"]);
});

test("U+2028, U+2029, U+0085 and a lone CR end no line", options, async () => {
  const text = '{"a":"x\u2028y\u2029z\u0085",\r"b":1}\n2\n';
  const expected = [{ a: "x\u2028y\u2029z\u0085", b: 1 }, 2];
  assert.deepEqual(await readText(text), expected);
  assert.deepEqual(await read(iterate(oneByOne(encode(text)))), expected);
});

test("a BOM at the beginning is skipped", options, async () => {
  const bytes = encode('\uFEFF{"a":1}\n2\n');
  assert.deepEqual(await read(new Blob([bytes])), [{ a: 1 }, 2]);
  assert.deepEqual(await read(iterate(oneByOne(bytes))), [{ a: 1 }, 2]);
});

test(
  "a BOM inside a text belongs to the text, wherever it is cut",
  options,
  async () => {
    const bytes = encode('1\n"\uFEFFa\uFEFF"\n');
    for (let border = 0; border <= bytes.length; border++) {
      const chunks = iterate(cutAt(bytes, [border]));
      assert.deepEqual(await read(chunks), [1, "\uFEFFa\uFEFF"]);
    }
  },
);

test("empty and blank lines are skipped", options, async () => {
  assert.deepEqual(await readText("\n\n1\n\n \t\r\n2\n  \n\n"), [1, 2]);
  assert.deepEqual(await readText(""), []);
  assert.deepEqual(await readText("\n"), []);
  assert.deepEqual(await readText("\uFEFF"), []);
});

test(
  "characters of two to four bytes may be cut anywhere",
  options,
  async () => {
    const values = [{ "ключ": "é€𝄞👩‍👩‍👧" }, "日本\u2028語", "ß"];
    const bytes = encode(
      values.map((value) => JSON.stringify(value)).join("\n"),
    );
    for (let a = 0; a <= bytes.length; a++) {
      for (let b = a; b <= Math.min(a + 4, bytes.length); b++) {
        assert.deepEqual(await read(iterate(cutAt(bytes, [a, b]))), values);
      }
    }
    assert.deepEqual(await read(iterate(oneByOne(bytes))), values);
  },
);

test("a line may be longer than many chunks", options, async () => {
  const values = ["é€𝄞".repeat(5_000), "short", "𝄞é€".repeat(5_000)];
  const bytes = encode(values.map((value) => JSON.stringify(value)).join("\n"));
  const borders = Array.from({ length: 1_000 }, (_, i) => i * 97);
  assert.deepEqual(await read(iterate(cutAt(bytes, borders))), values);
});

test("chunks may be empty", options, async () => {
  const bytes = encode('"é"\n2\n');
  const borders = Array.from(bytes, (_, i) => [i, i, i]).flat();
  assert.deepEqual(await read(iterate(cutAt(bytes, borders))), ["é", 2]);
});

test("a line of a million characters goes both ways", options, async () => {
  const values = [1, "é€𝄞x".repeat(200_000) + "ß", 2];
  assert.ok(String(values[1]).length >= 1_000_000);
  const lines = await new Response(encodeLines(values)).bytes();
  assert.deepEqual(await read(new Blob([lines])), values);
  const borders = Array.from({ length: 200 }, (_, i) => i * 16_381);
  assert.deepEqual(await read(iterate(cutAt(lines, borders))), values);
});

test(
  "bytes come as a stream, an async iterable, a Blob or a Response",
  options,
  async () => {
    const text = '"é"\n2\n';
    const bytes = encode(text);
    const sources: Bytes[] = [
      new ReadableStream<Chunk>({
        start(controller) {
          for (const chunk of oneByOne(bytes)) controller.enqueue(chunk);
          controller.close();
        },
      }),
      iterate(oneByOne(bytes)),
      new Blob([text]),
      new Response(text),
    ];
    for (const source of sources) {
      assert.deepEqual(await read(source), [
        "é",
        2,
      ]);
    }
  },
);

test("a Response without a body has no lines", options, async () => {
  assert.deepEqual(await read(new Response(null)), []);
});

test(
  "a malformed line throws its number and not its text",
  options,
  async () => {
    const lines = parseLines(new Blob(['1\n\n{"prompt": SECRET\n4\n']));
    assert.equal((await lines.next()).value, 1);
    await assert.rejects(lines.next(), (error) => {
      assert.ok(error instanceof MalformedLineError);
      assert.equal(error.name, "MalformedLineError");
      assert.equal(error.code, "malformed_line");
      assert.equal(error.line, 3);
      assert.match(error.message, /\b3\b/);
      assert.doesNotMatch(error.message, /SECRET/);
      return true;
    });
  },
);

test("line numbers do not depend on the chunks", options, async () => {
  const bytes = encode("1\r\n\n\n[2]\nno\n6\n7,\n");
  for (let border = 0; border <= bytes.length; border++) {
    const numbers: number[] = [];
    const lines = parseLines(iterate(cutAt(bytes, [border])), {
      malformed: (_, line) => void numbers.push(line),
    });
    assert.deepEqual(await Array.fromAsync(lines), [1, [2], 6]);
    assert.deepEqual(numbers, [5, 7]);
  }
});

test(
  "a line that is cut off at the end of the file is malformed",
  options,
  async () => {
    await assert.rejects(readText('{"a":1}\n{"b":'), { line: 2 });
  },
);

test(
  "malformed lines are replaced by what `malformed` returns",
  options,
  async () => {
    const lines = parseLines<unknown>(new Blob(["1\nno\n3\n{\n"]), {
      malformed: (text, line) => ({ text, line }),
    });
    assert.deepEqual(await Array.fromAsync(lines), [
      1,
      { text: "no", line: 2 },
      3,
      { text: "{", line: 4 },
    ]);
  },
);

test(
  "malformed lines are left out where `malformed` returns undefined",
  options,
  async () => {
    const lines = parseLines(new Blob(["1\nno\n3\n"]), {
      malformed: () => undefined,
    });
    assert.deepEqual(await Array.fromAsync(lines), [1, 3]);
  },
);

test("what `malformed` throws ends the reading", options, async () => {
  const own = new Error("enough");
  const lines = parseLines(new Blob(["1\nno\n3\n"]), {
    malformed() {
      throw own;
    },
  });
  await assert.rejects(Array.fromAsync(lines), own);
});

test("an early break cancels a stream", options, async () => {
  const { stream, seen } = endless("1\n");
  let taken = 0;
  for await (const _ of parseLines(stream)) if (++taken === 3) break;
  assert.equal(seen.cancelled, 1);
  assert.ok(seen.pulled <= 4, `${seen.pulled} chunks were read`);
});

test("an early break cancels the body of a Response", options, async () => {
  const { stream, seen } = endless("1\n");
  for await (const _ of parseLines(new Response(stream))) break;
  // A runtime may put a pipe of its own between: it has to hear of it first.
  for (let turn = 0; turn < 100 && seen.cancelled === 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.equal(seen.cancelled, 1);
});

test("an early break returns an async iterable", options, async () => {
  let returned = 0;
  async function* source() {
    try {
      while (true) yield encode("1\n2\n");
    } finally {
      returned++;
    }
  }
  for await (const _ of parseLines(source())) break;
  assert.equal(returned, 1);
});

test("a malformed line cancels the stream too", options, async () => {
  const { stream, seen } = endless("no\n");
  await assert.rejects(read(stream), MalformedLineError);
  assert.equal(seen.cancelled, 1);
});

test(
  "an error of the source is thrown as it is, after the lines before it",
  options,
  async () => {
    const own = new Error("connection lost");
    async function* source() {
      yield encode("1\n2");
      throw own;
    }
    const lines = parseLines(source());
    assert.equal((await lines.next()).value, 1);
    await assert.rejects(lines.next(), own);
  },
);
