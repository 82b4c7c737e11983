/**
 * What OpenAI's strict mode would refuse is said before anything is sent, with
 * the place and the rule.
 *
 * @module
 */

import { OpenAIBatch, type StandardSchema } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { assert, options, test } from "../_support/prelude.ts";

const params = { model: "gpt-4o-mini" };

/** Runs one request with a schema; gives what was sent of it. */
async function send(schema: StandardSchema) {
  const sim = createSimulator();
  const client = new OpenAIBatch(sim.options);
  try {
    await client.run(["1 + 1 ="], { params, schema });
  } catch (error) {
    assert.deepEqual(sim.ledger.files, []);
    throw error;
  }
  return sim.ledger.requests[0]?.body.response_format.json_schema.schema;
}

async function assertRefused(schema: StandardSchema, message: RegExp) {
  await assert.rejects(
    send(schema),
    (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, message);
      assert.match(error.message, /strict mode .+`response_format`/);
      return true;
    },
  );
}

/** A schema that tells just this JSON Schema. */
function telling(jsonSchema: Record<string, unknown>): StandardSchema {
  return {
    "~standard": {
      version: 1,
      vendor: "own",
      validate: (value) => ({ value }),
      jsonSchema: { output: () => jsonSchema },
    },
  };
}

/** An object with one property `a`. */
function holding(a: unknown): StandardSchema {
  return telling({
    type: "object",
    properties: { a },
    required: ["a"],
    additionalProperties: false,
  });
}

const refused: [name: string, schema: StandardSchema, message: RegExp][] = [
  ["a list", z.array(z.string()), /\$ must be an object/],
  ["a text", z.string(), /\$ must be an object/],
  ["a union", z.union([z.object({}), z.object({ a: z.null() })]), /\$ must be/],
  [
    "an optional property",
    z.object({ who: z.object({ name: z.string().optional() }) }),
    /\$\.properties\.who\.properties\.name is optional.+nullable/,
  ],
  ["an open object", z.looseObject({}), /\$ must have `additionalProperties/],
  [
    "an object of valibot that is not strict",
    toStandardJsonSchema(v.object({ a: v.string() })),
    /\$ must have `additionalProperties: false`.+strictObject/,
  ],
  [
    "an object of arktype that is not strict",
    type({ "+": "reject", a: { b: "string" } }),
    /\$\.properties\.a must have `additionalProperties: false`.+"reject"/,
  ],
  [
    "a default",
    z.object({ a: z.string().default("x") }),
    /\$\.properties\.a has `default`/,
  ],
  [
    "a length",
    z.object({ a: z.array(z.string().min(1)) }),
    /\$\.properties\.a\.items has `minLength`/,
  ],
  ["a url", z.object({ a: z.url() }), /\.a has the format "uri": it may be/],
  [
    "a record",
    z.object({ a: z.record(z.string(), z.null()) }),
    /propertyNames/,
  ],
  ["a tuple", z.object({ a: z.tuple([z.string()]) }), /`prefixItems`/],
  [
    "a discriminated union",
    z.object({
      a: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("b") }),
        z.object({ kind: z.literal("c") }),
      ]),
    }),
    /\$\.properties\.a has `oneOf`/,
  ],
  ["anything", z.object({ a: z.any() }), /\.a takes any value/],
  ["a date", z.object({ a: z.date() }), /Date cannot be represented/],
  [
    "a transform",
    z.object({ a: z.string().transform(Number) }),
    /Transforms cannot be represented/,
  ],
  [
    "a codec",
    z.object({ a: z.stringbool() }),
    /\$\.properties\.a takes a string and makes a boolean of it/,
  ],
  [
    "a morph of arktype",
    type({ "+": "reject", a: "string.numeric.parse" }),
    /\$\.properties\.a takes a string and makes a number of it/,
  ],
  [
    "a transform of valibot",
    toStandardJsonSchema(v.strictObject({
      a: v.pipe(v.string(), v.transform(Number), v.number()),
    })),
    /\$\.properties\.a takes a string and makes a number of it/,
  ],
  ["a list without items", holding({ type: "array" }), /must have `items`/],
  ["false", holding(false), /\$\.properties\.a must be a schema object/],
  [
    "a reference with a description",
    holding({ $ref: "#", description: "itself" }),
    /\.a has a `\$ref`, which must stand alone/,
  ],
  [
    "another document",
    holding({ $ref: "https://example.com/a.json" }),
    /\.a refers to another document/,
  ],
  [
    "a lookaround",
    holding({ type: "string", pattern: "^(?!a)" }),
    /\.a has a pattern with a lookaround/,
  ],
  [
    "a definition",
    telling({
      type: "object",
      additionalProperties: false,
      $defs: { b: { anyOf: [{ type: "string" }, { type: "object" }] } },
    }),
    /\$\.\$defs\.b\.anyOf\[1\] must have `additionalProperties/,
  ],
  [
    "too many values",
    holding({ enum: Array.from({ length: 1_001 }, (_, i) => i) }),
    /it has 1001 enum values, 1000 are allowed/,
  ],
  [
    "too many properties",
    telling({
      type: "object",
      properties: Object.fromEntries(
        Array.from({ length: 5_001 }, (_, i) => [`p${i}`, { type: "null" }]),
      ),
      required: Array.from({ length: 5_001 }, (_, i) => `p${i}`),
      additionalProperties: false,
    }),
    /it has 5001 properties, 5000 are allowed/,
  ],
];

for (const [name, schema, message] of refused) {
  test(`strict mode takes no schema with ${name}`, options, async () => {
    await assertRefused(schema, message);
  });
}

test(
  "what strict mode takes is sent as the schema tells it",
  options,
  async () => {
    const Node = z.object({
      name: z.string().regex(/^\(?[a-z]+$/).describe("who"),
      email: z.email(),
      born: z.iso.date().nullable(),
      score: z.number().min(0).multipleOf(0.5),
      kind: z.union([z.literal("a"), z.object({ b: z.boolean() })]),
      get children() {
        return z.array(Node).min(1).max(3);
      },
    });
    assert.deepEqual(
      await send(Node),
      Node["~standard"].jsonSchema.output({ target: "draft-2020-12" }),
    );
  },
);

test("a schema that coerces or refines keeps its types", options, async () => {
  const { properties } = await send(z.object({
    a: z.coerce.number(),
    b: z.preprocess((value) => value, z.string()),
    c: z.string().refine((text) => text.length > 0),
    d: z.string().trim(),
  }));
  const types = Object.values<{ type: string }>(properties).map(({ type }) =>
    type
  );
  assert.deepEqual(types, ["number", "string", "string", "string"]);
});

test(
  "the JSON Schema is asked for once, and only if it is needed",
  options,
  async () => {
    let asked = 0;
    const schema = telling({ type: "object", additionalProperties: false });
    const { output } = schema["~standard"].jsonSchema!;
    const counting: StandardSchema = {
      "~standard": {
        ...schema["~standard"],
        jsonSchema: {
          output: (options) => {
            asked++;
            assert.deepEqual(options, { target: "draft-2020-12" });
            return output(options);
          },
        },
      },
    };
    const client = new OpenAIBatch(createSimulator().options);
    await client.run(["1 + 1 =", "1 + 2 ="], { params, schema: counting });
    assert.equal(asked, 1);
    const own = { ...params, response_format: { type: "json_object" } };
    await client.run(["1 + 1 ="], { params: own, schema: counting });
    assert.equal(asked, 1);
  },
);
