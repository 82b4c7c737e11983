/**
 * A prompt per line in, an answer per line out, as JSONL in the order in which
 * they come.
 *
 *     bun examples/bun_cli.ts reviews-1 < prompts.txt > answers.jsonl
 *
 * Stop it when you like: the batches go on. The same command again finds them.
 */

import { OpenAIBatch } from "@offpeak/openai-batch";
import process from "node:process";
import { createInterface } from "node:readline";

const [job] = process.argv.slice(2);
if (!job) {
  process.stderr.write("Usage: bun_cli.ts <job> < prompts > answers\n");
  process.exit(2);
}

/** Opened when the first line is asked for: readline would lose lines that nobody waits for. */
async function* prompts(): AsyncGenerator<string> {
  yield* createInterface({ input: process.stdin });
}

const stream = new OpenAIBatch().stream(prompts(), {
  job,
  params: { model: "gpt-4o-mini", temperature: 0 },
});
let failed = 0;
for await (const { id, ok, output, error } of stream) {
  if (!ok) failed++;
  const line = ok ? { id, output } : { id, error: error.message };
  process.stdout.write(JSON.stringify(line) + "\n");
}
process.stderr.write(`${stream.usageTable()}\n`);
process.exitCode = failed > 0 ? 1 : 0;
