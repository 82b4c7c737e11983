/** `schema` and `schemaName`: what is sent for them. */

import { JobConflictError, type JobOptions } from "@offpeak/openai-batch";
import * as v from "valibot";
import { z } from "zod";
import { assert, options, test } from "../_support/prelude.ts";
import { bodiesOf, echo } from "./_schema.ts";

const params = { model: "gpt-4o-mini" };

const Sum = z.object({ sum: z.number() });

const sumSchema = Sum["~standard"].jsonSchema.output({
  target: "draft-2020-12",
});

test(
  "attach needs no schema that strict mode takes: it sends none",
  options,
  async () => {
    const { client } = echo();
    const schema = z.object({ sum: z.number().optional() });
    await client.run(['{"sum":1}'], {
      params: { ...params, response_format: { type: "json_object" } },
      job: "loose",
      schema,
    });
    const job = await client.attach("loose", { schema });
    const run = await job.results().collect();
    assert.deepEqual(run.values(), [{ sum: 1 }]);
  },
);

test(
  "the format is the same in each run, so a job continues",
  options,
  async () => {
    const { sim, client } = echo();
    const options = { params, job: "sums", schema: Sum };
    await client.run(['{"sum":1}'], options);
    await client.run(['{"sum":1}'], options);
    assert.equal(sim.ledger.requests.length, 1);
    const schema = z.object({ sum: z.number(), why: z.string() });
    await assert.rejects(
      client.run(['{"sum":1}'], { ...options, schema }),
      JobConflictError,
    );
  },
);

test(
  "the Responses API gets text.format, beside its other settings",
  options,
  async () => {
    const { sim, client } = echo();
    const run = await client.run(['{"sum":2}'], {
      endpoint: "/v1/responses",
      params: { ...params, text: { verbosity: "low" } },
      schema: Sum,
    });
    assert.deepEqual(run.values(), [{ sum: 2 }]);
    assert.deepEqual(sim.ledger.requests[0]?.body.text, {
      verbosity: "low",
      format: {
        type: "json_schema",
        name: "output",
        strict: true,
        schema: sumSchema,
      },
    });
  },
);

test(
  "a format of one's own stays, of the job or of a request",
  options,
  async () => {
    const response_format = { type: "json_object" };
    const schema = Sum;
    const messages = [{ role: "user", content: "{}" }];
    const ofJob = await bodiesOf(["{}"], {
      params: { ...params, response_format },
      schema,
    });
    assert.deepEqual(ofJob[0].response_format, response_format);
    const bodies = await bodiesOf([
      { content: "{}", params: { response_format } },
      { body: { messages, response_format } },
      { content: "{}", params: { response_format: null } },
      { content: "{}", params: { response_format: undefined } },
    ], { schema });
    const own = bodies.slice(0, 3).map((body) => body.response_format);
    assert.deepEqual(own, [response_format, response_format, null]);
    assert.equal(bodies[3].response_format.type, "json_schema");

    const { sim, client } = echo();
    const text = { format: { type: "text" } };
    await client.run(["{}"], {
      endpoint: "/v1/responses",
      params: { ...params, text },
      schema,
    });
    assert.deepEqual(sim.ledger.requests[0]?.body.text, text);
  },
);

test("a full line is sent as it is", options, async () => {
  const line = {
    custom_id: "0",
    method: "POST",
    url: "/v1/chat/completions",
    body: { ...params, messages: [{ role: "user", content: '{"sum":1}' }] },
  } as const;
  assert.deepEqual(await bodiesOf([line], { schema: Sum }), [line.body]);
});

test(
  "no format is sent where the schema tells none, or checks no JSON",
  options,
  async () => {
    const silent = v.object({ sum: v.number() });
    const withoutFormat: JobOptions<"/v1/chat/completions", unknown>[] = [
      { schema: silent },
      { schema: z.string(), parse: "text" },
      { schema: Sum, parse: JSON.parse },
    ];
    for (const options of withoutFormat) {
      const [body] = await bodiesOf(["{}"], options);
      assert.equal(Object.hasOwn(body, "response_format"), false);
    }
    const { sim, client } = echo(() => [1]);
    await client.run(["?"], {
      endpoint: "/v1/embeddings",
      params,
      schema: Sum,
    });
    assert.deepEqual(Object.keys(sim.ledger.requests[0]?.body), [
      "model",
      "input",
    ]);
  },
);

test("options about a schema are checked", options, () => {
  const { sim, client } = echo();
  const bad: [options: unknown, message: RegExp][] = [
    [{ parse: "json" }, /parse needs a schema/],
    [{ schemaName: "a" }, /schemaName needs a schema/],
    [{ schema: { type: "object" } }, /must be a Standard Schema/],
    [{ schema: null }, /must be a Standard Schema/],
    [{ schema: Sum, parse: "yaml" }, /parse must be "json", "text"/],
    [{ schema: Sum, schemaName: "a b" }, /schemaName must have 1 to 64/],
    [{ schema: Sum, schemaName: "" }, /schemaName must have 1 to 64/],
    [{ schema: Sum, schemaName: "a".repeat(65) }, /must have 1 to 64/],
  ];
  for (const [options, message] of bad) {
    assert.throws(
      () =>
        client.stream(
          ["?"],
          options as JobOptions<"/v1/chat/completions", unknown>,
        ),
      (error) => error instanceof TypeError && message.test(error.message),
    );
  }
  assert.equal(sim.ledger.calls.length, 0);
});
