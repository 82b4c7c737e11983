/**
 * Results travel in blocks, and are handed out one by one: as a generator
 * would do it, whoever asks how often, and nothing is lost before an error.
 *
 * @module
 */

import {
  type BatchRequest,
  OpenAIBatch,
  parseLines,
  type Result,
  type ResultStream,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

const COUNT = 5_000;
const jobOptions = {
  params: { model: "gpt-4o-mini" },
  batchSize: 3_000,
  progress: false,
} as const;

function questions(count = COUNT): BatchRequest[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `q${i}`,
    content: `What is ${i}?`,
  }));
}

function open(more: object = {}): ResultStream {
  const client = new OpenAIBatch(createSimulator().options);
  return client.stream(questions(), { ...jobOptions, ...more });
}

test(
  "many simultaneous calls get each result once, in turn, and then the end",
  options,
  async () => {
    const stream = open();
    const answers = await Promise.all(
      Array.from({ length: COUNT + 3 }, () => stream.next()),
    );
    const ids = answers.slice(0, COUNT).map(({ value }) => value.id);
    assert.equal(new Set(ids).size, COUNT);
    const alone = await Array.fromAsync(open());
    assert.deepEqual(ids, alone.map(({ id }) => id));
    assert.ok(answers.slice(COUNT).every(({ done }) => done));
  },
);

test("a later call gets a later result", options, async () => {
  const stream = open();
  const asked = [stream.next(), stream.next()];
  const later = asked[0]!.then(() => stream.next());
  const answers = await Promise.all([...asked, later]);
  const alone = await Array.fromAsync(open());
  assert.deepEqual(
    answers.map(({ value }) => value.id),
    alone.slice(0, 3).map(({ id }) => id),
  );
});

test(
  "return comes after earlier calls, and ends the stream",
  options,
  async () => {
    const stream = open();
    const [first, second, end, after] = await Promise.all([
      stream.next(),
      stream.next(),
      stream.return("mine"),
      stream.next(),
    ]);
    assert.deepEqual([first.done, second.done], [false, false]);
    assert.deepEqual(end, { done: true, value: "mine" });
    assert.equal(after.done, true);
    assert.equal((await stream.next()).done, true);
  },
);

test(
  "collect gives what was not read before, also of a block that was begun",
  options,
  async () => {
    const stream = open();
    const read: Result[] = [];
    for (let i = 0; i < 10; i++) read.push((await stream.next()).value);
    const { results, get } = await stream.collect();
    const ids = new Set([...read, ...results].map(({ id }) => id));
    assert.equal(ids.size, COUNT);
    assert.equal(results.length, COUNT - 10);
    const indexes = results.map(({ index }) => index!);
    assert.deepEqual(indexes, indexes.toSorted((a, b) => a - b));
    assert.equal(get(results[7]!.id), results[7]);
    assert.equal(get(read[0]!.id), undefined);
  },
);

test(
  "an error of the option retry comes after the results before it",
  options,
  async () => {
    let judged = 0;
    const stream = open({
      retry: () => {
        if (++judged === 100) throw new RangeError("mine");
        return false;
      },
    });
    let given = 0;
    await assert.rejects(async () => {
      for await (const { ok } of stream) if (ok) given++;
    }, /mine/);
    assert.equal(given, 99);
    assert.equal((await stream.next()).done, true);
  },
);

test(
  "what comes before a line that isn't JSON is not lost",
  options,
  async () => {
    const lines = Array.from({ length: 1_500 }, (_, i) => `${i}\n`);
    const values: unknown[] = [];
    await assert.rejects(async () => {
      const source = new Blob([lines.join("") + "{\n7\n"]);
      for await (const value of parseLines(source)) values.push(value);
    }, { line: 1_501 });
    assert.deepEqual(values, lines.map(Number));
  },
);

test("direct calls hand out one by one too", options, async () => {
  const client = new OpenAIBatch(createSimulator().options);
  const { params } = jobOptions;
  const stream = client.direct(questions(50), { params, progress: false });
  const answers = await Promise.all(
    Array.from({ length: 51 }, () => stream.next()),
  );
  const ids = answers.slice(0, 50).map(({ value }) => value.id);
  assert.equal(new Set(ids).size, 50);
  assert.equal(answers[50]?.done, true);
});
