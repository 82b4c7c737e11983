/**
 * One piece of work in a process of its own, whose peak is measured. For the
 * files `memory.ts` and `stream_memory.ts`.
 *
 *     _peak_of.ts <baseURL> upload | download <MB> | stream <requests>
 *
 * @module
 */

import process from "node:process";
import { OpenAIBatch, parseLines } from "../mod.ts";
import { requestLines } from "./_lines.ts";
import { printPeak } from "./_memory.ts";

const [baseURL = "", work = "", size] = process.argv.slice(2);
const client = new OpenAIBatch({ baseURL, apiKey: "none" });

const works: Record<string, () => Promise<void>> = {
  async upload() {
    await client.submit(requestLines(), {
      batchSize: 1_000_000,
      maxBytes: 210_000_000,
      progress: false,
    });
  },
  async download() {
    const file = await client.files.content(`ready-${size}`);
    for await (const _ of parseLines(file));
  },
  async stream() {
    const stream = client.stream(questions(Number(size)), {
      params: { model: "gpt-4o-mini", max_completion_tokens: 10 },
      batchSize: 10_000,
      pollInterval: 500,
      progress: false,
    });
    let count = 0;
    for await (const { ok } of stream) if (ok) count++;
    if (count !== Number(size)) throw new Error(`${count} of ${size} answered`);
  },
};

async function* questions(count: number) {
  for (let i = 0; i < count; i++) {
    yield { id: `question-${i}`, content: `Is ${i} a prime number?` };
  }
}

await printPeak(works[work]!);
