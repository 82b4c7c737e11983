/** The simulator, driven by the official SDK. */

import OpenAI, { toFile } from "openai";
import {
  createSimulator,
  type Simulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";
import { assert } from "../_support/prelude.ts";

const CHAT = "/v1/chat/completions";

export const TERMINAL: readonly string[] = [
  "completed",
  "failed",
  "expired",
  "cancelled",
];

export type Line = Record<string, unknown>;

// deno-lint-ignore no-explicit-any
export type Parsed = any;

export function clientOf(sim: Simulator, maxRetries = 0): OpenAI {
  const { apiKey, baseURL, fetch } = sim.options;
  return new OpenAI({ apiKey, baseURL, fetch, maxRetries });
}

/** A simulator, and the official client of it. */
export interface World {
  sim: Simulator;
  client: OpenAI;
}

export function start(options: SimulatorOptions = {}): World {
  const sim = createSimulator(options);
  return { sim, client: clientOf(sim) };
}

export function chatBody(text: string, model = "gpt-4o-mini"): Line {
  return { model, messages: [{ role: "user", content: text }] };
}

export function chatLine(id: string, text = `question ${id}`): Line {
  return { custom_id: id, method: "POST", url: CHAT, body: chatBody(text) };
}

export function chatLines(count: number): Line[] {
  return Array.from({ length: count }, (_, i) => chatLine(`r${i}`));
}

export function jsonl(lines: readonly unknown[]): string {
  return lines.map((line) =>
    (typeof line === "string" ? line : JSON.stringify(line)) + "\n"
  ).join("");
}

export async function upload(
  client: OpenAI,
  lines: readonly unknown[],
): Promise<OpenAI.FileObject> {
  const file = await toFile(new Blob([jsonl(lines)]), "input.jsonl");
  return await client.files.create({ file, purpose: "batch" });
}

export async function createBatch(
  client: OpenAI,
  lines: readonly unknown[],
  endpoint: string = CHAT,
): Promise<OpenAI.Batch> {
  const file = await upload(client, lines);
  return await client.batches.create({
    input_file_id: file.id,
    endpoint: endpoint as typeof CHAT,
    completion_window: "24h",
  });
}

export async function finish(
  sim: Simulator,
  client: OpenAI,
  id: string,
): Promise<OpenAI.Batch> {
  for (;;) {
    const batch = await client.batches.retrieve(id);
    if (TERMINAL.includes(batch.status)) return batch;
    await sim.clock.sleep(60_000);
  }
}

export async function runBatch(
  { sim, client }: World,
  lines: readonly unknown[],
  endpoint: string = CHAT,
): Promise<OpenAI.Batch> {
  const { id } = await createBatch(client, lines, endpoint);
  return await finish(sim, client, id);
}

export async function linesOf(
  client: OpenAI,
  id: string | null | undefined,
): Promise<Parsed[]> {
  if (!id) return [];
  const text = await (await client.files.content(id)).text();
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

export async function caught(
  work: Promise<unknown>,
): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

export async function fill(
  sim: Simulator,
  client: OpenAI,
  lines: readonly unknown[],
): Promise<string> {
  const batch = await createBatch(client, lines);
  await sim.clock.advance(90_000);
  return batch.id;
}
