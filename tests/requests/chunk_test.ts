/** Where requests are cut into parts. */

import {
  type Chat,
  chunk,
  OpenAIBatch,
  type Part,
  type PartOptions,
  type RequestLine,
  type RequestSource,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import fc from "fast-check";
import { assert, options, test } from "../_support/prelude.ts";
import { sizeOf } from "./_chunk.ts";

const MODEL = "gpt-4o-mini";

const params = { model: MODEL };

function lineOf(id: string, content: string, model = MODEL): RequestLine {
  const messages = [{ role: "user", content }];
  return {
    custom_id: id,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model, messages },
  };
}

function embeddingsOf(
  id: string,
  inputs: number,
): RequestLine<"/v1/embeddings"> {
  const input = Array.from({ length: inputs }, () => "a");
  const body = { model: "text-embedding-3-small", input };
  return { custom_id: id, method: "POST", url: "/v1/embeddings", body };
}

async function cut<E extends string = Chat>(
  lines: Iterable<unknown>,
  options: PartOptions = {},
): Promise<Part<E>[]> {
  const source = lines as RequestSource<E>;
  return await Array.fromAsync(chunk<E>(source, options));
}

function idsOf(parts: readonly Part<string>[]): string[][] {
  return parts.map(({ lines }) => lines.map(({ custom_id }) => custom_id));
}

test("a part has as many requests as batchSize says", options, async () => {
  const requests = Array.from({ length: 7 }, (_, i) => `question ${i}`);
  const parts = await Array.fromAsync(
    chunk(requests, { params, batchSize: 3 }),
  );
  assert.deepEqual(idsOf(parts), [["0", "1", "2"], ["3", "4", "5"], ["6"]]);
  assert.deepEqual(parts.map(({ part }) => part), [0, 1, 2]);
  assert.deepEqual(parts.map(({ requests }) => requests), [3, 3, 1]);
});

test("an input that fills its parts leaves no empty one", options, async () => {
  const requests = ["a", "b", "c", "d"];
  const parts = await Array.fromAsync(
    chunk(requests, { params, batchSize: 2 }),
  );
  assert.deepEqual(idsOf(parts), [["0", "1"], ["2", "3"]]);
  assert.deepEqual(await Array.fromAsync(chunk([], { params })), []);
});

test("without options a part has 50,000 requests", options, async () => {
  const requests = Array.from({ length: 50_001 }, () => "");
  const parts = await Array.fromAsync(chunk(requests, { params }));
  assert.deepEqual(parts.map(({ requests }) => requests), [50_000, 1]);
});

test("without options a part has 32 MB at most", options, async () => {
  const lines = Array.from(
    { length: 33 },
    (_, i) => lineOf(`r${i}`, "x".repeat(1_000_000)),
  );
  const parts = await cut(lines);
  assert.deepEqual(parts.map(({ requests }) => requests), [31, 2]);
});

test("a part is filled up to maxBytes, to the byte", options, async () => {
  const lines = ["a", "b", "c", "d"].map((id) => lineOf(id, "é€𝄞"));
  const size = sizeOf(lines[0]);
  assert.deepEqual(
    idsOf(await cut(lines, { maxBytes: 2 * size })),
    [["a", "b"], ["c", "d"]],
  );
  assert.deepEqual(
    idsOf(await cut(lines, { maxBytes: 2 * size - 1 })),
    [["a"], ["b"], ["c"], ["d"]],
  );
});

test(
  "a part has one model and one endpoint, and says which",
  options,
  async () => {
    const lines = [
      lineOf("a", "x", "m1"),
      lineOf("b", "x", "m2"),
      embeddingsOf("c", 1),
      lineOf("d", "x", "m1"),
      embeddingsOf("e", 1),
      lineOf("f", "x", "m2"),
    ];
    const parts = await cut<string>(lines);
    assert.deepEqual(idsOf(parts), [["a", "d"], ["b", "f"], ["c", "e"]]);
    assert.deepEqual(parts.map(({ model, endpoint }) => [model, endpoint]), [
      ["m1", "/v1/chat/completions"],
      ["m2", "/v1/chat/completions"],
      ["text-embedding-3-small", "/v1/embeddings"],
    ]);
  },
);

test("a part of requests without a model says so", options, async () => {
  const options = { endpoint: "/v1/moderations" } as const;
  const [part, ...more] = await Array.fromAsync(chunk(["a", "b"], options));
  assert.equal(part?.model, undefined);
  assert.equal(part?.endpoint, "/v1/moderations");
  assert.deepEqual(more, []);
});

test("the groups count their requests one by one", options, async () => {
  const lines = ["a1", "b1", "a2", "b2", "a3", "a4", "a5"]
    .map((id) => lineOf(id, "x", id[0]));
  assert.deepEqual(
    idsOf(await cut(lines, { batchSize: 2 })),
    [["a1", "a2"], ["b1", "b2"], ["a3", "a4"], ["a5"]],
  );
});

test(
  "the groups share maxBytes, and the largest one is cut",
  options,
  async () => {
    const small = ["s1", "s2"].map((id) => lineOf(id, "x", "small"));
    const large = ["l1", "l2"].map((id) => lineOf(id, "x".repeat(50), "large"));
    const [s1, s2, l1, l2] = [...small, ...large];
    const maxBytes = sizeOf(s1) + sizeOf(l1) + sizeOf(l2);
    assert.deepEqual(
      idsOf(await cut([s1, l1, l2, s2], { maxBytes })),
      [["l1", "l2"], ["s1", "s2"]],
    );
  },
);

test(
  "a part has 50,000 embedding inputs at most, however many requests they come in",
  options,
  async () => {
    const lines = [20_000, 20_000, 10_000, 1, 49_999, 1]
      .map((inputs, i) => embeddingsOf(`e${i}`, inputs));
    assert.deepEqual(
      idsOf(await cut<string>(lines)),
      [["e0", "e1", "e2"], ["e3", "e4"], ["e5"]],
    );
  },
);

test(
  "a list of tokens is one embedding input, a list of such lists several",
  options,
  async () => {
    const options = {
      endpoint: "/v1/embeddings",
      params: { model: "text-embedding-3-small" },
    } as const;
    const tokens = Array.from({ length: 30_000 }, () => 1);
    const one = [{ content: tokens }, { content: tokens }];
    assert.equal((await Array.fromAsync(chunk(one, options))).length, 1);
    const many = one.map(({ content }) => ({
      content: content.map((n) => [n]),
    }));
    assert.equal((await Array.fromAsync(chunk(many, options))).length, 2);
  },
);

test(
  "a request that fits in no part is a RangeError that names it, its size and the limit",
  options,
  async () => {
    const lines = [lineOf("a", "x"), lineOf("b", "SECRET".repeat(100))];
    const parts = chunk(lines, { maxBytes: 300 });
    await assert.rejects(Array.fromAsync(parts), (error: Error) => {
      assert.equal(error.name, "RangeError");
      assert.match(error.message, /^Request 1\b/);
      assert.match(error.message, new RegExp(`\\b${sizeOf(lines[1])}\\b`));
      assert.match(error.message, /maxBytes.*\b300\b/);
      assert.doesNotMatch(error.message, /SECRET/);
      return true;
    });
  },
);

test(
  "run answers all others where a request fits in no part",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const texts = ["a", "SECRET".repeat(100), "c", "SECRET".repeat(200)];
    const run = await client.run(texts, {
      params,
      maxBytes: 300,
      progress: false,
    });
    assert.deepEqual(
      run.results.map(({ id, index, ok }) => [id, index, ok]),
      [["0", 0, true], ["1", 1, false], ["2", 2, true], ["3", 3, false]],
    );
    for (const { error, attempts, batchId, via } of run.failed) {
      assert.equal(error.code, "too_large");
      assert.match(error.message, /\b300\b/);
      assert.doesNotMatch(error.message, /SECRET/);
      assert.deepEqual({ attempts, batchId, via }, {
        attempts: 0,
        batchId: undefined,
        via: "batch",
      });
    }
    const asked = sim.ledger.requests.map(({ custom_id }) => custom_id);
    assert.deepEqual(asked.toSorted(), ["0", "2"]);
  },
);

test(
  "run of requests that all fit in no part sends nothing",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const options = { params, maxBytes: 10, progress: false };
    const run = await client.run(["a", "b"], options);
    assert.deepEqual(
      run.results.map((result) => result.error?.code),
      ["too_large", "too_large"],
    );
    assert.deepEqual(sim.ledger.calls, []);
  },
);

test(
  "an endless input gives its first part after one request more than fits in it",
  options,
  async () => {
    const seen = { asked: 0, returned: 0 };
    function* endless() {
      try {
        while (true) yield `question ${seen.asked++}`;
      } finally {
        seen.returned++;
      }
    }
    const parts = chunk(endless(), { params, batchSize: 10 });
    assert.equal(seen.asked, 0);
    assert.equal((await parts.next()).value?.requests, 10);
    assert.equal(seen.asked, 11);
    await parts.next();
    assert.equal(seen.asked, 21);
    await parts.return(undefined);
    assert.equal(seen.returned, 1);
  },
);

test("a part's blob can be read more than once", options, async () => {
  const [part] = await cut([lineOf("a", "x")]);
  const text = JSON.stringify(lineOf("a", "x")) + "\n";
  assert.equal(await part?.blob().text(), text);
  assert.equal(await part?.blob().text(), text);
});

interface Input {
  lines: RequestLine<string>[];
  batchSize: number;
  maxBytes: number;
}

/** Lines of three models and two endpoints, and limits under which each fits. */
const inputs: fc.Arbitrary<Input> = fc.tuple(
  fc.array(
    fc.tuple(
      fc.constantFrom("m1", "m2", "m3"),
      fc.constantFrom("/v1/completions", "/v1/responses"),
      fc.string({ unit: "binary", maxLength: 60 }),
    ),
    { maxLength: 40 },
  ),
  fc.integer({ min: 1, max: 9 }),
  fc.nat(1_500),
).map(([items, batchSize, spare]) => {
  const lines = items.map(([model, url, input], i) => ({
    custom_id: `r${i}`,
    method: "POST",
    url,
    body: { model, input, prompt: input },
  }));
  const maxBytes = Math.max(1, ...lines.map(sizeOf)) + spare;
  return { lines, batchSize, maxBytes };
});

function groupOf({ url, body }: RequestLine<string>): string {
  return `${url} ${body.model}`;
}

test(
  "every request is in exactly one part, in the order of its group",
  options,
  async () => {
    await fc.assert(fc.asyncProperty(inputs, async ({ lines, ...limits }) => {
      const cutLines = (await cut<string>(lines, limits))
        .flatMap((part) => part.lines);
      assert.deepEqual(
        Map.groupBy(cutLines, groupOf),
        Map.groupBy(lines, groupOf),
      );
    }));
  },
);

test(
  "every part is within all limits, of one group, and says the truth about itself",
  options,
  async () => {
    await fc.assert(fc.asyncProperty(inputs, async ({ lines, ...limits }) => {
      const { batchSize, maxBytes } = limits;
      const parts = await cut<string>(lines, limits);
      for (const [i, part] of parts.entries()) {
        assert.equal(part.part, i);
        assert.equal(part.requests, part.lines.length);
        assert.ok(part.requests >= 1 && part.requests <= batchSize);
        assert.ok(part.bytes <= maxBytes);
        assert.deepEqual(
          [...new Set(part.lines.map(groupOf))],
          [`${part.endpoint} ${part.model}`],
        );
        const blob = part.blob();
        assert.equal(blob.size, part.bytes);
        assert.equal(
          await blob.text(),
          part.lines.map((line) => JSON.stringify(line) + "\n").join(""),
        );
      }
    }));
  },
);

test(
  "the same input is cut in the same places, as a list and as a stream",
  options,
  async () => {
    async function* iterate<T>(items: Iterable<T>): AsyncGenerator<T> {
      yield* items;
    }
    await fc.assert(fc.asyncProperty(inputs, async ({ lines, ...limits }) => {
      const places = idsOf(await cut<string>(lines, limits));
      assert.deepEqual(idsOf(await cut<string>(lines, limits)), places);
      const stream = chunk<string>(iterate(lines), limits);
      assert.deepEqual(idsOf(await Array.fromAsync(stream)), places);
    }));
  },
);
