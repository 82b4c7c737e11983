/**
 * A success has an output of the type that its endpoint promises, whatever
 * JSON a server sends.
 *
 * @module
 */

import { type Endpoint, OpenAIBatch, type Result } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import fc from "fast-check";
import { assert, test } from "../_support/prelude.ts";

const options = { timeout: 120_000 };

/** Bodies that the property draws in one job. */
const BODIES = 200;

type Check = (output: unknown) => boolean;

const isText: Check = (output) => typeof output === "string";
const isObject: Check = (output) =>
  typeof output === "object" && output !== null && !Array.isArray(output);
const isVector: Check = (output) =>
  isText(output) ||
  (Array.isArray(output) && output.every((one) => typeof one === "number"));

const isModeration: Check = (output) => {
  const { flagged, categories, category_scores } = Object(output);
  return typeof flagged === "boolean" && isObject(categories) &&
    isObject(category_scores);
};

const isImage: Check = (output) => {
  const { b64_json, url } = Object(output);
  return isObject(output) && (isText(b64_json) || isText(url));
};

/** What is promised, and which of the bodies below it mostly gets. */
const ENDPOINTS: [Endpoint, Check, near: number][] = [
  ["/v1/chat/completions", isText, 0],
  ["/v1/responses", isText, 1],
  ["/v1/completions", isText, 0],
  ["/v1/embeddings", isVector, 2],
  ["/v1/moderations", isModeration, 3],
  ["/v1/images/generations", isImage, 2],
  ["/v1/images/edits", isImage, 2],
];

/** Words that bodies are read by, and words that mean nothing. */
const KEYS = [
  "choices",
  "output",
  "data",
  "results",
  "message",
  "content",
  "text",
  "type",
  "status",
  "index",
  "embedding",
  "refusal",
  "phase",
  "error",
  "flagged",
  "categories",
  "category_scores",
  "b64_json",
  "url",
  "background",
  "object",
  "usage",
  "model",
  "x",
];

const WORDS = [
  "message",
  "output_text",
  "refusal",
  "thinking",
  "final_answer",
  "completed",
  "queued",
  "in_progress",
  "failed",
  "response",
  "",
  "{}",
  "a",
];

const { value: anyBody } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, 1, 2, -1.5, ...WORDS),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 5 }),
  ),
}));

/** What endpoints give, with anything in the places that are looked at. */
const NEAR = [
  fc.record({
    choices: fc.array(fc.record({
      index: fc.oneof(fc.integer({ min: 0, max: 3 }), anyBody),
      message: fc.oneof(fc.record({ content: anyBody }), anyBody),
      text: anyBody,
    }, { requiredKeys: [] })),
  }),
  fc.record({
    status: fc.constantFrom("completed", "incomplete", "queued", "odd", 3),
    output: fc.array(fc.record({
      type: fc.constantFrom("message", "reasoning", "function_call"),
      phase: fc.constantFrom("commentary", "final_answer", null, 1),
      content: fc.oneof(
        fc.array(
          fc.record({ type: fc.constant("output_text"), text: anyBody }),
        ),
        anyBody,
      ),
    }, { requiredKeys: [] })),
  }),
  fc.record({
    data: fc.array(fc.record({
      index: fc.oneof(fc.integer({ min: 0, max: 3 }), anyBody),
      embedding: fc.oneof(
        fc.array(fc.integer()),
        fc.array(fc.integer()),
        fc.array(fc.oneof(fc.integer(), anyBody)),
        anyBody,
      ),
      b64_json: fc.oneof(fc.string(), anyBody),
    })),
  }),
  fc.record({
    results: fc.array(fc.record({
      flagged: fc.oneof(fc.boolean(), fc.boolean(), anyBody),
      categories: fc.oneof(fc.constant({}), fc.constant({}), anyBody),
      category_scores: fc.oneof(fc.constant({}), fc.constant({}), anyBody),
    })),
  }),
];

/** Mostly what the endpoint gives, or nearly so. */
function bodyOf(near: number): fc.Arbitrary<unknown> {
  return fc.oneof(NEAR[near]!, NEAR[near]!, ...NEAR, anyBody)
    .chain((value) => fc.constantFrom(value, JSON.stringify(value)));
}

const FIELDS: Record<string, object> = {
  "/v1/chat/completions": { messages: [{ role: "user", content: "x" }] },
  "/v1/completions": { prompt: "x" },
  "/v1/images/generations": { prompt: "x" },
  "/v1/images/edits": { prompt: "x" },
};

/** Asks once for each body. */
async function ask(
  endpoint: Endpoint,
  bodies: unknown[],
): Promise<Result<Endpoint>[]> {
  const { options } = createSimulator({
    respond: ({ body: { user } }) => ({
      lines: [{
        response: { status_code: 200, request_id: "r", body: bodies[user] },
        error: null,
      }],
    }),
  });
  const requests = bodies.map((_, user) => ({
    body: { model: "m", user, ...(FIELDS[endpoint] ?? { input: "x" }) },
  }));
  const { results } = await new OpenAIBatch(options).run(requests as never, {
    endpoint,
    maxAttempts: 1,
    progress: false,
  });
  return results;
}

for (const [endpoint, isPromised, near] of ENDPOINTS) {
  test(
    `no JSON gives ${endpoint} a success of another type than promised`,
    options,
    async () => {
      let successes = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(bodyOf(near), { minLength: BODIES, maxLength: BODIES }),
          async (bodies) => {
            const results = await ask(endpoint, bodies);
            assert.equal(results.length, bodies.length);
            for (const result of results) {
              if (!result.ok) continue;
              successes++;
              const { output, outputs } = result;
              const why = JSON.stringify(bodies[result.index!]);
              assert.ok(outputs.length > 0, why);
              assert.ok(outputs.every(isPromised), why);
              assert.equal(output, outputs[0], why);
            }
          },
        ),
        { numRuns: 5 },
      );
      // Else the property would hold of nothing.
      assert.ok(successes > 10, `only ${successes} of them were successes`);
    },
  );
}

test(
  "a body of JSON is the answer of an endpoint without types",
  options,
  async () => {
    const results = await ask("/v1/videos", [{ id: "v" }, {}, []]);
    assert.deepEqual(results.map(({ ok }) => ok), [true, true, true]);
  },
);
