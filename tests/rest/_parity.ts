/** One script, two clients. */

import OpenAI from "openai";
import { type Batch, type Fetch, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert } from "../_support/prelude.ts";
import { record, type Sent } from "../_support/recorder.ts";

export const ENDPOINT = "/v1/chat/completions";

/** What a script works with, whichever client it is. */
export type Rest = Pick<OpenAIBatch, "files" | "batches">;

/** What both clients are made with. */
export interface Options {
  apiKey: string;
  baseURL: string;
  fetch: Fetch;
  maxRetries: number;
  organization: string;
}

/** Not what the environment may have. */
const OWN = { organization: "org-1", project: "proj-1" };

export const CLIENTS: ((options: Options) => Rest)[] = [
  (options) => new OpenAIBatch({ ...OWN, ...options }),
  (options) => new OpenAI({ ...OWN, ...options }) as unknown as Rest,
];

/** What a client gave back and sent, and what the server made of it. */
export interface Outcome<T> {
  result: T;
  sent: Sent[];
  sim: Simulator;
}

/** Runs a script with both clients, each on a simulator of its own. */
export async function both<T>(
  script: (rest: Rest, sim: Simulator) => Promise<T>,
  { maxRetries = 0, between = (sim) => sim.fetch }: {
    maxRetries?: number;
    between?: (sim: Simulator) => Fetch;
  } = {},
): Promise<[ours: Outcome<T>, theirs: Outcome<T>]> {
  const outcomes = CLIENTS.map(async (open): Promise<Outcome<T>> => {
    const sim = createSimulator();
    const sent: Sent[] = [];
    const { apiKey, baseURL } = sim.options;
    const fetch = record(between(sim), sent);
    const organization = "org-1";
    const rest = open({ apiKey, baseURL, fetch, maxRetries, organization });
    // The SDK's objects have methods and hidden fields of their own.
    const result = plain(await script(rest, sim));
    return { result, sent, sim };
  });
  const [ours, theirs] = await Promise.all(outcomes);
  return [ours!, theirs!];
}

function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** Runs a script with both clients, and sees no difference. */
export async function same<T>(
  script: (rest: Rest, sim: Simulator) => Promise<T>,
): Promise<T> {
  const [ours, theirs] = await both(script);
  assert.deepEqual(ours.result, theirs.result);
  assert.deepEqual(ours.sent, theirs.sent);
  assert.ok(ours.sent.length > 0);
  return ours.result;
}

export function inputFile(id = "a"): File {
  const line = {
    custom_id: id,
    method: "POST",
    url: ENDPOINT,
    body: { model: "gpt-4o-mini", messages: [{ role: "user", content: id }] },
  };
  return new File([JSON.stringify(line) + "\n"], `${id}.jsonl`);
}

export async function createBatch(
  { files, batches }: Rest,
  id = "a",
): Promise<Batch> {
  const file = await files.create({ file: inputFile(id), purpose: "batch" });
  return await batches.create({
    input_file_id: file.id,
    endpoint: ENDPOINT,
    completion_window: "24h",
  });
}
