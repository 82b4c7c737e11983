/** Ids, and requests that come one by one. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { type Fields, linesOf, refusalOf, SECRET } from "./_requests.ts";

const MODEL = "gpt-4o-mini";

test(
  "two requests of a list may not share an id, however far apart they are",
  options,
  async () => {
    const requests = Array.from({ length: 40 }, (_, i) => ({
      id: i === 33 ? "r4" : `r${i}`,
      content: SECRET,
    }));
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const { name, message } = await refusalOf(() =>
      client.run(requests, { params: { model: MODEL }, batchSize: 2 })
    );
    assert.equal(name, "TypeError");
    assert.match(message, /^Request 33\b.*"r4".*\b4\b/);
    assert.deepEqual(sim.ledger.calls, []);
  },
);

test("an id that is a later request's position is taken", options, async () => {
  const requests = ["a", { id: "2", content: "b" }, "c"];
  const options = { params: { model: MODEL } };
  await assert.rejects(linesOf(requests, options), {
    name: "TypeError",
    message: /^Request 2\b.*"2".*\b1\b/,
  });
});

test(
  "two requests in a part of an iterable may not share an id",
  options,
  async () => {
    async function* generate() {
      yield { id: "a", content: SECRET };
      yield { id: "b", content: SECRET };
      yield { id: "a", content: SECRET };
    }
    for (
      const source of [generate(), new Set(await Array.fromAsync(generate()))]
    ) {
      const { name, message } = await refusalOf(() =>
        linesOf(source, { params: { model: MODEL } })
      );
      assert.equal(name, "TypeError");
      assert.match(message, /^Request 2\b.*"a".*\b0\b/);
      assert.doesNotMatch(message, new RegExp(SECRET));
    }
  },
);

test(
  "across the parts of an iterable ids are the caller's promise",
  options,
  async () => {
    async function* generate() {
      for (const id of ["a", "b", "a"]) yield { id, content: "x" };
    }
    const options = { params: { model: MODEL }, batchSize: 2 };
    const ids = (await linesOf(generate(), options)).map((line) =>
      (line as Fields).custom_id
    );
    assert.deepEqual(ids, ["a", "b", "a"]);
  },
);

test(
  "an iterable is refused at its first bad request, and closed",
  options,
  async () => {
    let returned = 0;
    async function* generate() {
      try {
        yield "a";
        yield { id: 7, content: SECRET };
        yield "c";
      } finally {
        returned++;
      }
    }
    const { name, message } = await refusalOf(() =>
      linesOf(generate(), { params: { model: MODEL } })
    );
    assert.equal(name, "TypeError");
    assert.match(message, /^Request 1\b/);
    assert.equal(returned, 1);
  },
);

test("an error of the iterable is thrown as it is", options, async () => {
  const own = new Error("the database is gone");
  async function* generate() {
    yield "a";
    throw own;
  }
  const sim = createSimulator();
  const client = new OpenAIBatch(sim.options);
  const options = { params: { model: MODEL }, progress: false };
  await assert.rejects(client.run(generate(), options), own);
  assert.deepEqual(sim.ledger.calls, []);
});
