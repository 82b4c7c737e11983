import { type Fetch, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";

/** Ids that are parts of one another, that objects have as fields, and that are not whole characters. */
const ODD = [
  ...["a", "ab", "abc", "b", "bc", "c", "x".repeat(512), "é", "e\u0301"],
  ...["__proto__", "constructor", "0", "00", " ", "\n", "\u2028", "\0"],
  ...["👩‍🚀", "\ud83d", "\ude80", "\ufeff", '"', "\\"],
];

/** For two models in turn, so that neither part has neighbours of the input. */
function requests() {
  const many = Array.from({ length: 2_600 }, (_, i) => `request-${i}`);
  return [...ODD, ...many, ...ODD.map((id) => `${id}|`)].map((id, i) => ({
    id,
    content: `Calculate: 1 + ${i} = `,
    params: { model: i % 2 ? "gpt-4o-mini" : "gpt-4o" },
  }));
}

/** Result files are in an order of their own, with a line of a stranger behind each. */
function shuffling({ fetch }: Simulator): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (!response.ok || !pathname.endsWith("/content")) return response;
    const lines = (await response.text()).trimEnd().split("\n").reverse();
    return new Response(
      lines.flatMap((text) => {
        const line = JSON.parse(text);
        const stranger = { ...line, custom_id: `${line.custom_id}?` };
        return line.response ? [text, JSON.stringify(stranger)] : [text];
      }).join("\n"),
    );
  };
}

test(
  "each answer finds its request by its id, whatever the ids are",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch({ ...sim.options, fetch: shuffling(sim) });
    const asked = requests();
    const { results } = await client.run(asked);
    assert.deepEqual(
      results.map(({ id, index, ok }) => [id, index, ok && true]),
      asked.map(({ id }, index) => [id, index, true]),
    );
    results.forEach((result, i) =>
      assert.equal(result.ok && result.output, `1 + ${i} = ${i + 1}`)
    );
  },
);

test(
  "attach finds the ids in the job's input files",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch({ ...sim.options, fetch: shuffling(sim) });
    const asked = requests();
    const { id } = await client.submit(asked);
    const job = await client.attach(id);
    const { results } = await job.results().collect();
    assert.deepEqual(
      new Set(results.map(({ id }) => id)),
      new Set(asked.map(({ id }) => id)),
    );
    assert.equal(results.length, asked.length);
    const places = new Map(asked.map(({ id }, i) => [id, i]));
    for (const result of results) {
      const i = places.get(result.id);
      assert.equal(result.ok && result.output, `1 + ${i} = ${i! + 1}`);
    }
  },
);

test(
  "two requests of a part with one id are refused, both places named",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    function* twice() {
      yield* requests();
      yield {
        id: "\ud83d",
        content: "Calculate: 1 + 1 = ",
        params: { model: "gpt-4o" },
      };
    }
    for (const input of [[...twice()], twice()]) {
      await assert.rejects(client.run(input), {
        name: "TypeError",
        message: /Request 2646 has the id "\\ud83d", the same as request 18:/,
      });
    }
  },
);
