/**
 * Requests from a file or from stdin: JSONL, or plain text with a prompt.
 *
 * @module
 */

import { createReadStream, statSync } from "node:fs";
import { parseLines } from "../mod.ts";
import type { BatchRequest, Endpoint, Requests } from "../mod.ts";
import { readRequestOptions } from "../src/requests/options.ts";
import { checkUnique, readRequests } from "../src/requests/source.ts";
import { UsageError } from "./_errors.ts";
import type { Flags } from "./_flags.ts";
import type { Io } from "./io.ts";
import { readLines } from "./_lines.ts";
import { paramsOf } from "./_options.ts";
import { standardStreamOf } from "./_standard_stream.ts";

/** What a command was given to ask. */
export interface Input {
  /** The requests; a file can be read anew. */
  requests: Requests<Endpoint>;
  /** Their ids; undefined of a pipe, which is read only once. */
  ids: readonly string[] | undefined;
}

/**
 * Opens the input. A file is checked as a whole, so that nothing is sent if
 * its last line is wrong; what can be read only once, stdin or a pipe, is
 * checked as it comes.
 *
 * @param path The file or pipe; "-" is stdin.
 * @param flags Say what it holds.
 * @param io Has stdin.
 * @returns The requests, and their ids where they were read.
 * @throws {UsageError} If a line can't be read, or a pipe would have to be read twice.
 * @throws {TypeError} If a request breaks a rule.
 */
export async function openInput(
  path: string,
  flags: Flags,
  io: Io,
): Promise<Input> {
  const pipe = openPipe(path, io);
  if (pipe) {
    const name = pipe === io.stdin ? "stdin" : path;
    if (flags.budget === undefined) {
      return { requests: parse(pipe, name, flags), ids: undefined };
    }
    throw new UsageError(
      `--budget needs a file: ${name} can't be read twice, to count and to send`,
    );
  }
  const open = () => parse(createReadStream(path), path, flags);
  const { endpoint } = flags;
  const defaults = readRequestOptions({ endpoint, params: paramsOf(flags) });
  const seen = new Map<string, number>();
  for await (const { line, index } of readRequests(open, defaults)) {
    checkUnique(line.custom_id, index, seen.get(line.custom_id));
    seen.set(line.custom_id, index);
  }
  const requests = Object.assign(open, { size: seen.size }); // for the bars
  return { requests, ids: [...seen.keys()] };
}

/** What can be read only once; undefined of a file, and of what is none of all. */
function openPipe(
  path: string,
  io: Io,
): AsyncIterable<Uint8Array> | undefined {
  if (path === "-" || standardStreamOf(path) === "stdin") return io.stdin;
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there || there.isFile() || there.isDirectory()) return undefined;
  return createReadStream(path);
}

function parse(
  source: AsyncIterable<Uint8Array>,
  name: string,
  { prompt }: Flags,
): AsyncGenerator<BatchRequest<Endpoint>> {
  if (prompt !== undefined) return readPrompts(source, prompt);
  return parseLines<BatchRequest<Endpoint>>(source, {
    malformed: (_, line) => {
      throw new UsageError(
        `Line ${line} of ${name} is no JSON. If it is plain text, say what to ask of each line: --prompt "{line}"`,
      );
    },
  });
}

async function* readPrompts(
  source: AsyncIterable<Uint8Array>,
  prompt: string,
): AsyncGenerator<string> {
  for await (const text of readLines(source)) {
    const line = text.replace(/^\uFEFF/, "").replace(/\r?\n$/, "");
    if (line.trim()) yield prompt.replaceAll("{line}", () => line);
  }
}
