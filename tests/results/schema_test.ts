/** `schema` and `parse`: what becomes `parsed`, and what does not. */

import type {
  Failure,
  JobOptions,
  Result,
  StandardSchema,
} from "@offpeak/openai-batch";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { assert, options, test } from "../_support/prelude.ts";
import { codes } from "../_support/looks.ts";
import { bodiesOf, echo } from "./_schema.ts";

const params = { model: "gpt-4o-mini" };

const Sum = z.object({ sum: z.number() });

/** The same schema in three libraries. */
const Review = {
  zod: z.object({
    mood: z.enum(["good", "bad"]),
    stars: z.int().min(1).max(5),
    name: z.string().nullable(),
  }),
  valibot: toStandardJsonSchema(v.strictObject({
    mood: v.picklist(["good", "bad"]),
    stars: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
    name: v.nullable(v.string()),
  })),
  arktype: type({
    "+": "reject",
    mood: "'good' | 'bad'",
    stars: "1 <= number.integer <= 5",
    name: "string | null",
  }),
};

/** The only result of a run in which the model answers this. */
async function resultOf(
  answer: unknown,
  options: JobOptions<"/v1/chat/completions", unknown> = {},
): Promise<Result> {
  const { client } = echo(() => answer);
  const run = await client.run(["?"], { params, schema: Sum, ...options });
  return run.results[0] as Result;
}

/** The same, where it is not an answer. */
async function failureOf(...args: Parameters<typeof resultOf>) {
  const result = await resultOf(...args);
  assert.equal(result.ok, false);
  return result as Failure;
}

/** A whole chat completion. */
function completion(
  finish_reason: string,
  ...messages: Record<string, unknown>[]
) {
  const choices = messages.map((message, index) => ({
    index,
    finish_reason,
    message: { role: "assistant", content: null, ...message },
  }));
  return { object: "chat.completion", model: "gpt-4o-mini", choices };
}

for (const [name, schema] of Object.entries(Review)) {
  test(`parsed is the value of a schema of ${name}`, options, async () => {
    const review = { mood: "good", stars: 5, name: null };
    const { client } = echo();
    const run = await client.run([JSON.stringify(review)], { params, schema });
    assert.deepEqual(run.succeeded[0]?.parsed, review);
    assert.deepEqual(run.values(), [review]);
  });

  test(
    `the model may write nothing but a schema of ${name}`,
    options,
    async () => {
      const [body] = await bodiesOf(["{}"], { schema, schemaName: "review" });
      const { type, json_schema } = body.response_format;
      assert.equal(type, "json_schema");
      assert.deepEqual(
        [json_schema.name, json_schema.strict],
        ["review", true],
      );
      assert.deepEqual(
        json_schema.schema.required.toSorted(),
        ["mood", "name", "stars"],
      );
      assert.equal(json_schema.schema.additionalProperties, false);
    },
  );

  test(
    `what a schema of ${name} finds wrong is invalid_output`,
    options,
    async () => {
      const answer = '{"mood":"good","stars":9,"name":null}';
      const { error } = await failureOf(answer, { schema });
      assert.equal(error.code, "invalid_output");
      assert.equal(error.issues?.length, 1);
      assert.match(error.message, /does not satisfy the schema at stars: ./);
    },
  );
}

test(
  "an invalid output keeps its text, its body and its usage",
  options,
  async () => {
    const result = await failureOf('{"sum":"two"}');
    assert.equal(result.output, '{"sum":"two"}');
    assert.equal(result.body?.choices[0]?.message.content, '{"sum":"two"}');
    assert.ok(result.usage);
    assert.equal(result.parsed, undefined);
    assert.equal(Object.hasOwn(result, "outputs"), false);
  },
);

test(
  "output that isn't JSON is invalid, and no message quotes it",
  options,
  async () => {
    const { error, output } = await failureOf("The secret is 42");
    assert.equal(error.code, "invalid_output");
    assert.equal(output, "The secret is 42");
    assert.equal(
      error.message,
      'The output is not JSON (it ended with "stop")',
    );
    assert.deepEqual(error.issues, [{ message: error.message }]);
    assert.equal(error.cause, undefined);
  },
);

test("parse takes the text, or a function of it", options, async () => {
  const text = await resultOf("  yes ", {
    schema: z.string().trim(),
    parse: "text",
  });
  assert.deepEqual([text.ok, text.parsed], [true, "yes"]);
  const fenced = await resultOf('```json\n{"sum":2}\n```', {
    parse: (text) => JSON.parse(text.replaceAll(/^```\w*|```$/g, "")),
  });
  assert.deepEqual([fenced.ok, fenced.parsed], [true, { sum: 2 }]);
});

test(
  "what parse or the schema throws is the cause of an invalid output",
  options,
  async () => {
    const thrown = new RangeError("odd");
    const fail = () => {
      throw thrown;
    };
    const byParse = await failureOf("{}", { parse: fail });
    assert.equal(byParse.error.code, "invalid_output");
    assert.equal(byParse.error.cause, thrown);
    const bySchema = await failureOf("{}", {
      schema: z.unknown().transform(fail),
      parse: JSON.parse,
    });
    assert.equal(bySchema.error.code, "invalid_output");
    assert.equal(bySchema.error.cause, thrown);
  },
);

test("a schema may take its time", options, async () => {
  const schema = z.object({ sum: z.number() })
    .refine(({ sum }) => Promise.resolve(sum > 1), { error: "too small" });
  const good = await resultOf('{"sum":2}', { schema });
  assert.deepEqual([good.ok, good.parsed], [true, { sum: 2 }]);
  const bad = await failureOf('{"sum":1}', { schema });
  assert.match(bad.error.message, /too small/);
});

test(
  "an answer that was cut off is invalid, unless the schema is satisfied",
  options,
  async () => {
    const cut = completion("length", { content: '{"sum":' });
    const { error } = await failureOf(cut);
    assert.equal(error.code, "invalid_output");
    assert.match(error.message, /it ended with "length"/);
    const whole = await resultOf(
      completion("length", { content: '{"sum":2}' }),
    );
    assert.ok(whole.ok);
    assert.deepEqual([whole.finishReason, whole.parsed], ["length", {
      sum: 2,
    }]);
  },
);

test("a refusal is a refusal, with a schema too", options, async () => {
  const { error } = await failureOf(
    completion("stop", { refusal: "I won't." }),
  );
  assert.deepEqual([error.code, error.message], ["refusal", "I won't."]);
});

test(
  "tool calls don't satisfy the schema: their body is kept",
  options,
  async () => {
    const tool_calls = [{
      id: "call_1",
      type: "function",
      function: { name: "look", arguments: "{}" },
    }];
    const { error, output, body } = await failureOf(
      completion("tool_calls", { tool_calls }),
    );
    assert.equal(error.code, "invalid_output");
    assert.equal(
      error.message,
      'The output is empty (it ended with "tool_calls")',
    );
    assert.equal(output, "");
    assert.deepEqual(body?.choices[0]?.message.tool_calls, tool_calls);
  },
);

test("with n > 1 the first output is parsed", options, async () => {
  const result = await resultOf(
    completion("stop", { content: '{"sum":1}' }, { content: "no JSON" }),
  );
  assert.ok(result.ok);
  assert.deepEqual(result.parsed, { sum: 1 });
  assert.deepEqual(result.outputs, ['{"sum":1}', "no JSON"]);
});

test(
  "an output that isn't text is given to the schema as it is",
  options,
  async () => {
    const { client } = echo(() => [0.5, 0.25]);
    const run = await client.run(["?"], {
      endpoint: "/v1/embeddings",
      params: { model: "text-embedding-3-small" },
      schema: z.array(z.number()).transform((vector) => vector.length),
    });
    assert.deepEqual(run.values(), [2]);
  },
);

test("an invalid output is final", options, async () => {
  const { sim, client } = echo();
  const run = await client.run(["no JSON"], { params, schema: Sum });
  assert.deepEqual(codes(run.results), ["invalid_output"]);
  assert.equal(run.results[0]?.attempts, 1);
  assert.equal(sim.ledger.batches.length, 1);
  assert.throws(() => run.values(), { name: "FailedRequestsError" });
});

test(
  "retry sends again an invalid output, with other params",
  options,
  async () => {
    const { sim, client } = echo(({ body }) =>
      completion("stop", {
        content: body.max_completion_tokens === 50 ? '{"sum":2}' : '{"sum":',
      })
    );
    const run = await client.run(["?"], {
      params: { ...params, max_completion_tokens: 5 },
      schema: Sum,
      retry: (result) =>
        result.error?.code === "invalid_output" &&
        { max_completion_tokens: 50 },
    });
    assert.deepEqual(run.values(), [{ sum: 2 }]);
    assert.equal(run.results[0]?.attempts, 2);
    const formats = sim.ledger.requests.map(({ body }) => body.response_format);
    assert.deepEqual(formats[1], formats[0]);
  },
);

test("retry gets the parsed value", options, async () => {
  const { client } = echo(({ attempt }) => `{"sum":${attempt}}`);
  const run = await client.run(["?"], {
    params,
    schema: Sum,
    retry: (result) => result.ok && result.parsed.sum < 3,
  });
  assert.deepEqual(run.values(), [{ sum: 3 }]);
});

test("stream, attach and parts parse too", options, async () => {
  const { client } = echo();
  const sums = ['{"sum":1}', '{"sum":2}', "odd"];
  const options = { params, schema: Sum, batchSize: 2, job: "sums" };
  const parsed: unknown[] = [];
  for await (const result of client.stream(sums, options)) {
    parsed.push(result.ok ? result.parsed.sum : result.error.code);
  }
  assert.deepEqual(parsed.sort(), [1, 2, "invalid_output"]);

  const job = await client.attach("sums", { schema: Sum });
  const run = await job.results().collect();
  const values = run.succeeded.map((result) => result.parsed.sum);
  assert.deepEqual(values.sort(), [1, 2]);
  const again = await client.attach("sums", { schema: Sum });
  const inParts: unknown[] = [];
  for await (const part of again.parts()) {
    for await (const result of part.results()) inParts.push(result.parsed?.sum);
  }
  assert.deepEqual(inParts.sort(), [1, 2, undefined]);
});

test("any Standard Schema will do, without a library", options, async () => {
  const schema: StandardSchema<unknown, number> = {
    "~standard": {
      version: 1,
      vendor: "own",
      validate: (value) =>
        typeof value === "number"
          ? { value: value * 2 }
          : { issues: [{ message: "no number", path: [{ key: "a" }, 0] }] },
    },
  };
  const good = await resultOf("21", { schema });
  assert.equal(good.parsed, 42);
  const { error } = await failureOf('"21"', { schema });
  assert.equal(
    error.message,
    "The output does not satisfy the schema at a.0: no number",
  );
});
