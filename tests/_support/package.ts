/**
 * The package as npm would get it, and empty projects that it is installed in.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import deno from "../../deno.json" with { type: "json" };

/** The repository's root. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** JavaScript that a compiler can check too; prints `A,B`. */
export const PROGRAM: string = `
import { OpenAIBatch, OpenAIBatchError } from "${deno.name}";
import { createSimulator } from "${deno.name}/testing";

const sim = createSimulator({ respond: ({ text }) => text.toUpperCase() });
const client = new OpenAIBatch(sim.options);
const run = await client.run(["a", { id: "x", content: "b" }], {
  params: { model: "gpt-4o-mini", max_completion_tokens: 10 },
});
// @ts-expect-error: a number is not a request
client.stream([1]);
const error = await client.files.retrieve("none").catch((error) => error);
if (!(error instanceof OpenAIBatchError)) throw error;
console.log(run.results.map((result) => result.ok ? result.output : "").join());
`;

/** What a command wrote. */
export interface Output {
  /** What it said. */
  stdout: string;
  /** What it said besides. */
  stderr: string;
}

/**
 * Runs a command of an npm package.
 *
 * @param cwd Where.
 * @param command The command and its arguments, as `npx` takes them.
 * @returns What it wrote.
 * @throws {Error} If it does not end well; its output is in the message.
 */
export async function npx(cwd: string, ...command: string[]): Promise<Output> {
  try {
    return await promisify(execFile)("npx", ["-y", ...command], {
      cwd,
      env: { ...process.env, NO_COLOR: "1" },
      maxBuffer: 64e6,
    });
  } catch (error) {
    const { stdout, stderr } = error as Output;
    throw new Error(`${command.join(" ")}\n${stdout}\n${stderr}`);
  }
}

/**
 * A new folder.
 *
 * @param files Its files, by name.
 * @returns Its path.
 */
export async function makeFolder(
  files: Record<string, string>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "openai-batch-"));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
  }
  return folder;
}
