/** One call against a body that is too long. Prints by how many MB the process grew at its peak, and what came of the call. */

import { readFileSync } from "node:fs";
import process from "node:process";
import { OpenAIBatch, parseLines } from "../../mod.ts";

const [origin, kind = ""] = process.argv.slice(2);

/** The most memory that this process ever had, MB; Linux only. */
function peak(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1_000;
}

function open(kind: string): OpenAIBatch {
  const baseURL = `${origin}/${kind}/v1`;
  return new OpenAIBatch({ apiKey: "sk-bodies", baseURL, maxRetries: 0 });
}

async function call(client: OpenAIBatch): Promise<unknown> {
  if (kind.startsWith("direct")) {
    const params = { model: "gpt-4o-mini" };
    const run = await client.direct(["a"], { params, maxAttempts: 1 })
      .collect();
    return run.failed[0]?.error.code;
  }
  if (kind.startsWith("line")) {
    let long = 0;
    const lines = parseLines(await client.files.content("file-1"), {
      malformed: () => void long++,
    });
    for await (const _ of lines);
    return `${long} too long`;
  }
  return await client.files.list();
}

// What every call costs is not counted.
await open("small").files.list();
const before = peak();
const outcome = await call(open(kind)).catch((error) => error.code);
const grown = peak() - before;
// deno-lint-ignore no-console
console.log(JSON.stringify({ grown, outcome }));
process.exit(0);
