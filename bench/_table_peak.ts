/**
 * One job in a process of its own, whose peak is measured: by the library, or
 * by the command line with a table in and a table out.
 *
 *     _table_peak.ts <baseURL> stream <rows> <bytes of a row>
 *     _table_peak.ts <baseURL> run <input> <output>
 *
 * @module
 */

import process from "node:process";
import { main } from "../cli/main.ts";
import { processIo } from "../cli/io.ts";
import { OpenAIBatch } from "../mod.ts";
import { printPeak } from "./_memory.ts";
import { textOf } from "./_table_file.ts";

const [baseURL = "", work = "", first = "", second = ""] = process.argv.slice(
  2,
);

async function stream(rows: number, bytes: number): Promise<void> {
  const client = new OpenAIBatch({ baseURL, apiKey: "none" });
  const requests = function* () {
    for (let i = 0; i < rows; i++) {
      yield { id: String(i), content: textOf(i, bytes) };
    }
  };
  const results = client.stream(requests, {
    params: { model: "gpt-4o-mini" },
    pollInterval: 500,
    progress: false,
  });
  let count = 0;
  for await (const { ok } of results) if (ok) count++;
  if (count !== rows) throw new Error(`${count} of ${rows} answered`);
}

async function run(input: string, output: string): Promise<void> {
  const argv = ["run", input, "--prompt", "{text}", "--output", output];
  argv.push("--model", "gpt-4o-mini", "--poll-interval", "500ms", "--quiet");
  argv.push("--base-url", baseURL, "--api-key-env", "NO_KEY");
  const io = { ...processIo(), env: () => "none" };
  const code = await main(argv, io);
  if (code !== 0) throw new Error(`It ended with ${code}`);
}

await printPeak(() =>
  work === "run" ? run(first, second) : stream(Number(first), Number(second))
);
process.exit();
