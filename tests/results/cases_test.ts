/**
 * Result lines as servers really write them: each case of `cases/answers.jsonl`
 * in a batch and, where a call could be answered so, directly.
 *
 * @module
 */

import {
  type Endpoint,
  OpenAIBatch,
  QuotaError,
  type Result,
  type StandardSchema,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedAnswer,
  type Simulator,
} from "@offpeak/openai-batch/testing";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { assert, options, test } from "../_support/prelude.ts";

interface Line {
  response?: { status_code: number } | null;
}

interface Case {
  name: string;
  endpoint: Endpoint;
  lines: Line[];
  want: {
    ok?: boolean;
    output?: unknown;
    outputs?: unknown[];
    schema?: Record<string, "string">;
    parsed?: unknown;
    tokens?: number;
    code?: string;
    message?: string;
    messageHas?: string;
    again?: boolean;
    attempts?: number;
    quota?: boolean;
    via?: string;
  };
}

const CASES = readFileSync(
  new URL("../cases/answers.jsonl", import.meta.url),
  "utf8",
).trim().split("\n").map((line) => JSON.parse(line) as Case);

const BODIES: Record<string, object> = {
  "/v1/chat/completions": { messages: [{ role: "user", content: "hi" }] },
  "/v1/completions": { prompt: "hi" },
};

/** The one request. */
function requestsOf({ endpoint }: Case): never {
  const body = {
    model: "gpt-4o-mini",
    ...(BODIES[endpoint] ?? { input: "x" }),
  };
  return [{ id: "a", body }] as never;
}

function schemaOf({ want }: Case): StandardSchema | undefined {
  const [name] = Object.keys(want.schema ?? {});
  return name ? z.object({ [name]: z.string() }) : undefined;
}

function open(respond: (attempt: number) => SimulatedAnswer): {
  sim: Simulator;
  client: OpenAIBatch;
} {
  const sim = createSimulator({ respond: ({ attempt }) => respond(attempt) });
  return { sim, client: new OpenAIBatch(sim.options) };
}

/** What is said of the request in the end, if the server never says anything else. */
function check({ want }: Case, result: Result<Endpoint>): void {
  assert.equal(result.ok, want.ok, JSON.stringify(result.error));
  if ("output" in want) assert.deepEqual(result.output, want.output);
  if (result.ok && want.outputs) assert.deepEqual(result.outputs, want.outputs);
  if (want.parsed) {
    assert.deepEqual(result.parsed, want.parsed);
    assert.deepEqual(JSON.parse(String(result.output)), want.parsed);
  }
  if (want.tokens) assert.equal(result.usage?.total_tokens, want.tokens);
  const { code, message = "" } = result.error ?? {};
  if (want.code) assert.equal(code, want.code);
  if (want.message) assert.equal(message, want.message);
  if (want.messageHas) assert.ok(message.includes(want.messageHas), message);
  if (want.via) assert.equal(result.via, want.via);
  if (want.attempts) assert.equal(result.attempts, want.attempts);
  if (want.again !== true) assert.equal(result.attempts, 1);
}

/** A line that says no word of what a call could be answered with is of a batch only. */
function isCall({ lines }: Case): boolean {
  return lines.length === 1 && !!lines[0]?.response &&
    !("error" in lines[0] && lines[0].error);
}

assert.equal(CASES.length, 52);

for (const one of CASES) {
  const { name, endpoint, lines, want } = one;
  const jobOptions = {
    endpoint,
    schema: schemaOf(one),
    progress: false,
  } as const;

  test(`in a batch: ${name}`, options, async () => {
    const { sim, client } = open(() => ({ lines }));
    const run = client.run(requestsOf(one), { ...jobOptions, job: "night" });
    if (want.quota) {
      await assert.rejects(run, QuotaError);
      return;
    }
    const { results } = await run;
    assert.equal(results.length, 1);
    check(one, results[0]!);
    assert.equal(sim.ledger.requests.length, results[0]!.attempts);
  });

  if (want.quota || want.again) {
    test(`in a batch, and better the next time: ${name}`, options, async () => {
      const { client } = open((attempt) =>
        attempt === 1 ? { lines } : defaultFor(one)
      );
      const again = () =>
        client.run(requestsOf(one), { ...jobOptions, job: "night" });
      if (want.quota) await assert.rejects(again(), QuotaError);
      const { results: [result] } = await again();
      assert.equal(result!.ok, true, JSON.stringify(result!.error));
      assert.equal(result!.attempts, want.quota ? 1 : 2);
    });
  }

  if (!isCall(one)) continue;
  test(`directly: ${name}`, options, async () => {
    const { client } = open(() => ({ lines }));
    const run = client.direct(requestsOf(one), jobOptions).collect();
    if (want.quota) {
      await assert.rejects(run, QuotaError);
      return;
    }
    const { results } = await run;
    const { via: _, ...direct } = want;
    check({ ...one, want: direct }, results[0]!);
    if (want.again) assert.equal(results[0]!.attempts, 3);
  });
}

/** An answer with which nothing is wrong. */
function defaultFor({ endpoint }: Case): SimulatedAnswer {
  return endpoint === "/v1/embeddings" ? [1] : '{"answer":"42"}';
}
