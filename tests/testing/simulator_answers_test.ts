/**
 * What the simulator answers by itself, and how it answers as servers of other
 * kinds do.
 *
 * @module
 */

import {
  type Endpoint,
  OpenAIBatch,
  parseLines,
  type StandardSchema,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedAnswer,
  type Simulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import fc from "fast-check";
import * as v from "valibot";
import { z } from "zod";
import { assert, test } from "../_support/prelude.ts";

const options = { timeout: 120_000 };

const Tree = z.object({
  name: z.string(),
  get children() {
    return z.array(Tree);
  },
});

const SCHEMAS: [name: string, schema: StandardSchema][] = [
  [
    "enums, numbers within bounds and lists",
    z.object({
      mood: z.enum(["good", "bad"]),
      stars: z.int().min(1).max(5),
      share: z.number().gt(0).lt(0.1),
      steps: z.int().multipleOf(7).min(10),
      tags: z.array(z.string()).min(2).max(3),
      nothing: z.null(),
      maybe: z.string().nullable(),
      three: z.literal(3),
    }),
  ],
  [
    "formats",
    z.object({
      mail: z.email(),
      id: z.uuid(),
      at: z.iso.datetime(),
      day: z.iso.date(),
      ip: z.ipv4(),
    }),
  ],
  [
    "patterns and lengths",
    z.object({
      code: z.string().regex(/^[A-Z]{2}-\d{4,6}(?:x|y)?$/),
      words: z.string().regex(/^(foo|bar)+baz[^a-z]$/),
      long: z.string().min(40).max(44),
      short: z.string().max(2),
      many: z.string().regex(/^\w+$/).min(12),
      odd: z.string().regex(/^\p{Lu}\u0041[\]a-c]$/u),
    }),
  ],
  [
    "alternatives",
    z.object({
      one: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("a"), n: z.number() }),
        z.object({ kind: z.literal("b") }),
      ]),
    }),
  ],
  ["a schema that contains itself", Tree],
  [
    "valibot",
    toStandardJsonSchema(
      v.object({ a: v.picklist(["x", "y"]), b: v.array(v.boolean()) }),
    ),
  ],
  ["arktype", type({ a: "'x' | 'y'", b: "1 <= number <= 5" })],
];

for (const [name, schema] of SCHEMAS) {
  test(
    `it answers with an instance of the schema: ${name}`,
    options,
    async () => {
      const { options } = createSimulator();
      const client = new OpenAIBatch(options);
      // As it is: strict mode would refuse some of them.
      const json = { name: "a", schema: jsonSchemaOf(schema) };
      const formats = {
        "/v1/chat/completions": {
          response_format: { type: "json_schema", json_schema: json },
        },
        "/v1/responses": { text: { format: { type: "json_schema", ...json } } },
      };
      for (const [endpoint, format] of Object.entries(formats)) {
        const run = await client.run<Endpoint, unknown>(["hi"], {
          endpoint,
          params: { model: "gpt-4o-mini", ...format },
          schema,
          progress: false,
        });
        assert.equal(run.failed.length, 0, run.failed[0]?.error.message);
      }
    },
  );
}

function jsonSchemaOf(schema: StandardSchema): object {
  const { jsonSchema } = schema["~standard"];
  return jsonSchema!.output({ target: "draft-2020-12" });
}

test("numbers keep all of their bounds", options, async () => {
  const bounds = fc.record({
    low: fc.integer({ min: -50, max: 50 }),
    span: fc.integer({ min: 1, max: 20 }),
    step: fc.constantFrom(undefined, 1, 2, 5),
    isOpen: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(bounds, async ({ low, span, step, isOpen }) => {
      const first = step ? Math.ceil((low + 1) / step) * step : low + 1;
      const high = low + Math.max(span, 2);
      // Else there is no such number.
      fc.pre(first < high);
      let n = isOpen
        ? z.number().gt(low).lt(high)
        : z.number().min(low).max(high);
      if (step) n = n.multipleOf(step);
      const { options } = createSimulator();
      const run = await new OpenAIBatch(options).run(["hi"], {
        params: { model: "gpt-4o-mini" },
        schema: z.object({ n }),
        progress: false,
      });
      assert.equal(run.failed.length, 0, run.failed[0]?.error.message);
    }),
    { numRuns: 60 },
  );
});

test(
  "without a schema it adds up, or repeats what it is asked",
  options,
  async () => {
    const { options } = createSimulator();
    const run = await new OpenAIBatch(options).run(["1 + 3 =", "hi"], {
      params: { model: "gpt-4o-mini" },
      progress: false,
    });
    assert.deepEqual(run.values(), ["1 + 3 = 4", "Answer to: hi"]);
  },
);

interface Line {
  custom_id?: string;
  response: { status_code: number; body: unknown } | null;
}

/** The lines of both result files of one batch. */
async function linesOf(
  options: SimulatorOptions,
  count = 1,
): Promise<{ lines: Line[]; sim: Simulator; file: string | undefined }> {
  const sim = createSimulator(options);
  const client = new OpenAIBatch(sim.options);
  const prompts = Array.from({ length: count }, (_, i) => `q${i}`);
  await client.submit(prompts, { params: { model: "gpt-4o-mini" } });
  await sim.clock.advance(25 * 3_600_000);
  const batch = await client.batches.retrieve(sim.ledger.batches[0]!.id);
  const lines: Line[] = [];
  for (const id of [batch.output_file_id, batch.error_file_id]) {
    if (!id) continue;
    const content = await client.files.content(id);
    lines.push(...await Array.fromAsync(parseLines<Line>(content)));
  }
  const file = batch.output_file_id ? "output" : "error";
  return { lines, sim, file };
}

test("lines of a test's own are written word for word", options, async () => {
  const answer: SimulatedAnswer = {
    lines: [
      { error: { type: "odd" } },
      { custom_id: "other", response: { status_code: 200, body: "{}" } },
    ],
  };
  const { lines, sim, file } = await linesOf({ respond: () => answer });
  const said = lines.map(({ ...line }: Line & { id?: string }) => {
    delete line.id;
    return line;
  });
  assert.deepEqual(said, [
    { custom_id: "0", error: { type: "odd" } },
    { custom_id: "other", response: { status_code: 200, body: "{}" } },
  ]);
  assert.equal(file, "output");
  assert.equal(sim.ledger.answered("0"), 1);
});

test(
  "lines without an answer are errors, and not billed",
  options,
  async () => {
    const answer = { lines: [{ response: null, error: "no" }] };
    const { sim, file } = await linesOf({ respond: () => answer });
    assert.equal(file, "error");
    assert.equal(sim.ledger.answered("0"), 0);
  },
);

test("string_bodies writes each body as JSON in a text", options, async () => {
  const { lines } = await linesOf({ faults: { string_bodies: 1 } });
  const { body } = lines[0]!.response!;
  assert.equal(JSON.parse(body as string).choices.length, 1);
});

test(
  "errors_first writes an error before the first answer",
  options,
  async () => {
    const { lines } = await linesOf({ faults: { errors_first: 1 } }, 3);
    const [first, second] = lines;
    assert.equal(first?.custom_id, second?.custom_id);
    assert.deepEqual(
      [first, second].map((line) => line?.response?.status_code),
      [500, 200],
    );
  },
);

test("lost_ids leaves the ids out", options, async () => {
  const { lines } = await linesOf({ faults: { lost_ids: 1 } }, 2);
  assert.deepEqual(lines.map(({ custom_id }) => custom_id), [
    undefined,
    undefined,
  ]);
});

for (const code of ["internal_error", "billing_hard_limit_reached"]) {
  test(`${code} fails a batch before anything has run`, options, async () => {
    const { lines, sim } = await linesOf({ faults: { [code]: 1 } });
    const [batch] = sim.ledger.batches;
    assert.deepEqual(lines, []);
    assert.equal(batch?.status, "failed");
    assert.equal(batch?.errors?.data?.[0]?.code, code);
    assert.deepEqual(sim.ledger.requests, []);
  });
}
