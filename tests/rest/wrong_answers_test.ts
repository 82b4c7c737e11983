/**
 * A 200 is not taken on trust: every call with every kind of wrong answer.
 *
 * @module
 */

import { OpenAIBatch, OpenAIBatchError } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, test } from "../_support/prelude.ts";
import { forward, serve } from "../_support/loopback.ts";
import { createWire, holdFetch } from "../_support/wire.ts";
import {
  answerWrongly,
  type CallName,
  CALLS,
  type Mode,
  REQUESTS,
  work,
  WRONG,
} from "../_support/wrong_answers.ts";

const options = { timeout: 120_000 };
const MODES: readonly Mode[] = ["instead of its effect", "after its effect"];
const WRONGS = Object.keys(WRONG);

/** A simulator whose answers make a second round necessary, so that input files are read. */
function open(): Simulator {
  return createSimulator({ respond });
}

const respond = ({ text, attempt }: { text: string; attempt: number }) =>
  text === REQUESTS[4]!.content && attempt === 1
    ? { error: "request_timeout" as const }
    : `${text}!`;

/** Holds what came out against what was paid. */
async function check(
  client: OpenAIBatch,
  name: CallName,
  { ledger }: Simulator,
): Promise<void> {
  const outputs = new Map<string, unknown>();
  for await (const result of work(client, name)) {
    assert.ok(!outputs.has(result.id), `${result.id} came twice`);
    outputs.set(result.id, result.output ?? result.error?.code);
    if (name !== "direct") continue;
    const content = REQUESTS.find(({ id }) => id === result.id)?.content;
    const asked = ledger.requests.filter(({ text }) => text === content);
    assert.ok(asked.length <= result.attempts);
  }
  for (const { id, content } of REQUESTS) {
    const isCancelled = name === "batches.cancel";
    const expected = isCancelled ? "cancelled" : `${content}!`;
    assert.equal(outputs.get(id), expected, id);
    assert.ok(ledger.answered(id) <= 1, `${id} was paid twice`);
  }
}

/** Says on a failure in which row it was. */
async function told(row: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new Error(`${row}: ${cause}`, { cause });
  }
}

for (const name of CALLS) {
  for (const mode of MODES) {
    test(
      `${name} with a wrong answer ${mode}: nothing is lost, nothing is paid twice`,
      options,
      async () => {
        for (const wrong of WRONGS) {
          for (const times of [1, 3]) {
            const sim = open();
            const server = answerWrongly(sim, name, wrong, { mode, times });
            const client = new OpenAIBatch({
              ...sim.options,
              fetch: server.fetch,
            });
            await told(`${wrong}, ${times} times`, async () => {
              await check(client, name, sim);
              assert.ok(server.met() > 0, "it never happened");
            });
          }
        }
      },
    );
  }
}

/** What comes of a call that is never answered rightly. */
const NEVER: Readonly<Record<CallName, RegExp>> = {
  "files.create": /^unreadable$/,
  "files.retrieve": /^(all|unreadable)$/,
  "files.list": /^unreadable$/,
  "files.content of the input": /^all$/,
  "files.content of the output": /^(all|connection)$/,
  "files.delete": /^unreadable$/,
  // Those that took effect are found on the list.
  "batches.create": /^(all|unreadable)$/,
  "batches.retrieve": /^all$/,
  "batches.list": /^unreadable$/,
  "batches.cancel": /^(all|unreadable)$/,
  "direct": /^all$/,
};

for (const name of CALLS) {
  test(
    `${name} without a right answer for ever comes to an end, and nothing is paid twice`,
    options,
    async () => {
      for (const wrong of WRONGS) {
        const sim = open();
        const mode = MODES[WRONGS.indexOf(wrong) % 2]!;
        const server = answerWrongly(sim, name, wrong, {
          mode,
          times: Infinity,
        });
        const client = new OpenAIBatch({ ...sim.options, fetch: server.fetch });
        await told(wrong, async () => {
          const ids = new Set<string>();
          let end = "all";
          try {
            for await (const { id } of work(client, name)) ids.add(id);
          } catch (error) {
            assert.ok(error instanceof OpenAIBatchError, String(error));
            end = error.code;
          }
          if (end === "all") assert.equal(ids.size, REQUESTS.length);
          assert.match(end, NEVER[name]);
          assert.ok(server.met() < 2_000, `${server.met()} calls`);
          for (const { id } of REQUESTS) {
            const paid = sim.ledger.answered(id);
            assert.ok(paid <= 1, `${id} was paid ${paid} times`);
          }
        });
      }
    },
  );
}

for (const name of CALLS) {
  test(
    `${name} with a wrong answer over HTTP: nothing is lost, nothing is paid twice`,
    // Once is enough: what a runtime's own fetch does is seen elsewhere.
    { ...options, skip: !("Deno" in globalThis) },
    async (t) => {
      for (const wrong of WRONGS) {
        const { sim, clock } = createWire({ respond });
        const server = answerWrongly(sim, name, wrong, {
          mode: "after its effect",
          times: 2,
        });
        const origin = await serve(
          t,
          (request, response) => void forward(request, response, server.fetch),
        );
        const release = holdFetch(clock);
        const { apiKey } = sim.options;
        const baseURL = `${origin}/v1`;
        const client = new OpenAIBatch({ apiKey, baseURL, clock });
        await told(wrong, () => check(client, name, sim)).finally(release);
        assert.ok(server.met() > 0);
      }
    },
  );
}
