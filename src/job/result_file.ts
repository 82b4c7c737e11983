/**
 * Reads the lines of a result file, and goes on where a download broke off.
 *
 * @module
 */

import { ConnectionError, JobExpiredError } from "../errors.ts";
import { parseLines, readChunks } from "../jsonl/decode.ts";
import type { Files } from "../rest/files.ts";
import { isGone } from "../rest/retry.ts";
import type { FileObject } from "../types/batch.ts";

/** How far a file was read. */
export interface FileProgress {
  /** Lines that were handed out; they are skipped the next time. */
  lines: number;
  /** Whether it was read to its end. */
  done: boolean;
  /** Lines about requests that were open. */
  known: number;
  /** Lines about none of them. */
  strange: number;
}

/** @returns The progress of a file that was not read yet. */
export function newProgress(): FileProgress {
  return { lines: 0, done: false, known: 0, strange: 0 };
}

/** For a file that may be short: its File object says how long it is. */
export interface ReadFileOptions {
  /** Ends the download. */
  signal: AbortSignal | undefined;
  /** Whether lines are still expected at the end: only then is its length looked up. */
  expectsMore: () => boolean;
  /** Whether the file may still be on its way to where it is read. */
  mayBeLate: boolean;
}

const MALFORMED = Symbol("malformed");

/**
 * Reads the lines that were not handed out before.
 *
 * @param files The files endpoint.
 * @param id The file.
 * @param progress How far it was read; kept up to date.
 * @param options How.
 * @returns The parsed lines; lines that are no JSON are left out.
 * @throws {ConnectionError} If the download broke off.
 * @throws {JobExpiredError} If the file is gone.
 */
export async function* readResultFile(
  files: Files,
  id: string,
  progress: FileProgress,
  options: ReadFileOptions,
): AsyncGenerator<unknown> {
  const { signal, expectsMore, mayBeLate } = options;
  const response = await open(files, id, signal, mayBeLate);
  const read = { bytes: 0 };
  const lines = parseLines<unknown>(countBytes(response, read), {
    malformed: () => MALFORMED,
  });
  let number = 0;
  for await (const line of lines) {
    number++;
    // A line that is cut off is no JSON: it must be read again, so it does not count.
    if (number <= progress.lines || line === MALFORMED) continue;
    progress.lines = number;
    yield line;
  }
  if (expectsMore()) {
    checkLength(await files.retrieve(id, { signal }), read.bytes);
  }
  progress.done = true;
}

async function open(
  files: Files,
  id: string,
  signal: AbortSignal | undefined,
  mayBeLate: boolean,
): Promise<Response> {
  try {
    return await files.content(id, { signal });
  } catch (cause) {
    if (!isGone(cause)) throw cause;
    if (mayBeLate) {
      throw new ConnectionError(`${id} is not there yet`, { cause });
    }
    throw new JobExpiredError(`The file ${id} is gone`, { cause });
  }
}

/**
 * Counts what goes by.
 *
 * @param response A download.
 * @param read Where its bytes are counted.
 * @returns The bytes.
 */
export async function* countBytes(
  response: Response,
  read: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of readChunks(response)) {
    read.bytes += chunk.length;
    yield chunk;
  }
}

/**
 * A body that ends with its connection looks complete wherever it is cut.
 *
 * @param file The file as the API describes it.
 * @param read How many bytes came.
 * @throws {ConnectionError} If the file has more.
 */
export function checkLength(file: FileObject, read: number): void {
  if (typeof file.bytes !== "number" || read >= file.bytes) return;
  throw new ConnectionError(
    `The download of ${file.id} ended after ${read} of ${file.bytes} bytes`,
  );
}
