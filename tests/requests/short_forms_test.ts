/**
 * Texts, and wrappers of a text, get their lines in a shorter way than all
 * other requests: byte for byte the same lines, and the same refusals.
 *
 * `chunk` gives the lines as objects and so never takes the short way, which a
 * job takes.
 *
 * @module
 */

import { chunk, OpenAIBatch, type RequestSource } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import fc from "fast-check";
import { assert, options, test } from "../_support/prelude.ts";

const CONTENT_FIELDS: Record<string, string> = {
  "/v1/chat/completions": "messages",
  "/v1/responses": "input",
  "/v1/embeddings": "input",
  "/v1/completions": "prompt",
};

interface Options {
  endpoint: string;
  params: Record<string, unknown>;
}

type Outcome = { text: string } | { refusal: string };

async function outcomeOf(texts: () => Promise<string[]>): Promise<Outcome> {
  try {
    return { text: (await texts()).join("") };
  } catch (error) {
    return { refusal: (error as Error).message };
  }
}

function chunked(requests: unknown, options: Options): Promise<Outcome> {
  const source = requests as RequestSource<string>;
  return outcomeOf(async () => {
    const parts = await Array.fromAsync(chunk<string>(source, options));
    return await Promise.all(parts.map((part) => part.blob().text()));
  });
}

function uploaded(requests: unknown, options: Options): Promise<Outcome> {
  // Not OpenAI, whose rules chunk does not know.
  const baseURL = "https://batches.example/v1";
  const client = new OpenAIBatch({ ...createSimulator().options, baseURL });
  const source = requests as RequestSource<string>;
  return outcomeOf(async () => {
    await client.submit<string>(source, { ...options, progress: false });
    const files = await Array.fromAsync(client.files.list());
    return await Promise.all(
      files.reverse().map(async ({ id }) =>
        await (await client.files.content(id)).text()
      ),
    );
  });
}

const text = fc.string({ unit: "binary", maxLength: 20 });
const content = fc.oneof(text, fc.stringMatching(/^["\\\u2028\n]{1,4}$/));
const id = fc.oneof(
  text,
  fc.nat(3).map(String),
  fc.constantFrom(undefined, ""),
);

class Hidden {
  content = "visible";
  get params() {
    return { user: "hidden" };
  }
}

class HiddenLine {
  content = "visible";
  get custom_id() {
    return "hidden";
  }
}

const request = fc.oneof(
  { weight: 8, arbitrary: content },
  { weight: 4, arbitrary: fc.record({ content }) },
  { weight: 4, arbitrary: fc.record({ id, content }) },
  fc.record({ content, id, params: fc.constantFrom(undefined, { n: 1 }) }),
  fc.record({ id, body: fc.record({ user: text }) }),
  fc.record({ id, content: fc.constantFrom(1, null, [], ["a"]) }),
  fc.record({ id: fc.constantFrom(1, null), content }),
  fc.constantFrom(
    { content: "a", extra: 1 },
    new Hidden(),
    new HiddenLine(),
    null,
    7,
  ),
);

const jobOptions = fc.record({
  endpoint: fc.constantFrom(...Object.keys(CONTENT_FIELDS)),
  params: fc.dictionary(
    fc.constantFrom(...Object.values(CONTENT_FIELDS), "user", "metadata"),
    fc.jsonValue({ stringUnit: "binary", maxDepth: 1 }),
  ).map((params) => ({ ...params, model: "gpt-4o-mini" })),
});

test(
  "the lines of a job are byte for byte those of chunk, and so are refusals",
  options,
  async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(request, { maxLength: 6 }),
      jobOptions,
      fc.boolean(),
      async (requests, options, isList) => {
        const source = isList ? requests : new Set(requests);
        assert.deepEqual(
          await uploaded(source, options),
          await chunked(source, options),
        );
      },
    ));
  },
);

test("texts to embed are 50,000 a part at most", options, async () => {
  const endpoint = "/v1/embeddings";
  const params = { model: "text-embedding-3-small" };
  const requests = new Array<string>(50_001).fill("a");
  const sim = createSimulator();
  await new OpenAIBatch(sim.options).submit(requests, {
    endpoint,
    params,
    batchSize: 100_000,
    progress: false,
  });
  const counts = sim.ledger.files.map(({ filename }) =>
    /\.n(\d+)\./.exec(filename)?.[1]
  );
  assert.deepEqual(counts, ["50000", "1"]);
});

for (const request of ["", { content: "" }, { id: "a", content: "" }]) {
  const shown = JSON.stringify(request);
  test(
    `${shown} is refused where OpenAI takes no empty text`,
    options,
    async () => {
      const endpoint = "/v1/embeddings";
      const params = { model: "text-embedding-3-small" };
      const client = new OpenAIBatch(createSimulator().options);
      await assert.rejects(
        client.submit(["b", request], { endpoint, params, progress: false }),
        /Request 1 has an empty string/,
      );
    },
  );
}
