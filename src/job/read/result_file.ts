/**
 * Reads the lines of a result file, and tells whether it was the whole file.
 *
 * @module
 */

import { ConnectionError, JobExpiredError } from "../../errors.ts";
import { parseLineBlocks, readChunks } from "../../jsonl/decode.ts";
import type { Files } from "../../rest/files.ts";
import { isGone } from "../../rest/retry.ts";
import { idOf } from "../../results/to_result.ts";
import { lineOfTooLarge } from "../../results/too_large.ts";
import type { FileObject } from "../../types/batch.ts";

/** How far a file was read. */
export interface FileProgress {
  /** What was taken from it, by request: nothing (0), only errors so far, or an answer. It is skipped the next time. */
  taken: Uint8Array;
  /** Whether it was read to its end. */
  done: boolean;
  /** Lines about requests of the part, the last time. */
  known: number;
  /** Lines about none of them. */
  strange: number;
}

/** @returns The progress of a file that was not read yet. */
export function newProgress(): FileProgress {
  return { taken: new Uint8Array(), done: false, known: 0, strange: 0 };
}

/** How to tell whether a file was read whole. */
export interface ReadFileOptions {
  /** Ends the download. */
  signal: AbortSignal | undefined;
  /** Whether lines are still expected at the end: only then is the file looked at. */
  expectsMore: () => boolean;
  /** Whether the file may still be on its way to where it is read. */
  mayBeLate: boolean;
}

/** What a download brought. */
interface Received {
  bytes: number;
  /** Lines that are about a request. */
  lines: number;
  /** Lines that are no JSON. */
  malformed: number;
}

/** Bytes of a download, after which its File object is asked how long it is. */
const LONG = 512_000_000;

/** So often must the same come instead of what was promised until it is taken for the whole file. */
const SAME = 3;

/**
 * Reads the lines of a result file. A file that does not seem whole is read
 * again, from its start: what was taken before is for the caller to skip.
 *
 * @param progress How far it was read; kept up to date.
 * @returns The parsed lines, block by block; lines that are no JSON are left out.
 * @throws {ConnectionError} If the download broke off, or brought something else.
 * @throws {JobExpiredError} If the file is gone.
 */
export async function* readResultFile(
  files: Files,
  id: string,
  progress: FileProgress,
  options: ReadFileOptions,
): AsyncGenerator<unknown[]> {
  const { signal, expectsMore, mayBeLate } = options;
  let file: FileObject | undefined;
  let last: string | undefined;
  for (let same = 1; !progress.done; same++) {
    const received = { bytes: 0, lines: 0, malformed: 0 };
    Object.assign(progress, { known: 0, strange: 0 });
    yield* download(files, id, options, received);
    file ??= expectsMore() ? await files.retrieve(id, { signal }) : undefined;
    const wrong = file && whatIsWrong(file, received);
    const isAllThereIs = same === SAME && isTakenAsIs(file, received);
    progress.done = !wrong || isAllThereIs;
    if (progress.done) break;
    const seen = JSON.stringify(received);
    const isOther = last !== undefined && last !== seen;
    if (isOther || same === SAME || mayBeLate) {
      throw new ConnectionError(wrong!);
    }
    last = seen;
  }
  progress.taken = new Uint8Array();
}

/** Not every server counts bytes well. A file of another size, without a line about a request, is not a result file. */
function isTakenAsIs(
  file: FileObject | undefined,
  { lines }: Received,
): boolean {
  return lines > 0 || typeof file?.bytes !== "number";
}

async function* download(
  files: Files,
  id: string,
  { signal, mayBeLate }: ReadFileOptions,
  received: Received,
): AsyncGenerator<unknown[]> {
  const response = await open(files, id, signal, mayBeLate);
  const retrieve = () => files.retrieve(id, { signal });
  const bytes = counted(response, received, retrieve);
  const blocks = parseLineBlocks<unknown>(bytes, {
    malformed: (text, _, isTooLong) =>
      isTooLong ? lineOfTooLarge(text) : void received.malformed++,
  });
  for await (const lines of blocks) {
    for (const line of lines) if (idOf(line) !== undefined) received.lines++;
    yield lines;
  }
}

/**
 * A body that ends with its connection looks complete wherever it is cut, and
 * a login page comes with status 200.
 *
 * @returns What to say of it; undefined if it is the file.
 */
function whatIsWrong(
  { id, bytes }: FileObject,
  received: Received,
): string | undefined {
  const size = typeof bytes === "number" ? bytes : undefined;
  const { lines, malformed } = received;
  if (size !== undefined && received.bytes < size) {
    return `The download of ${id} ended after ${received.bytes} of ${size} bytes`;
  }
  if (malformed > 0) {
    return `The download of ${id} has ${malformed} lines that are not JSON`;
  }
  const isOther = lines === 0 && received.bytes !== (size ?? 0);
  return isOther ? `The download of ${id} returned something else` : undefined;
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

/** Counts what comes, and ends a download that doesn't end: its File object says how long it is. */
async function* counted(
  response: Response,
  received: Received,
  retrieve: () => Promise<FileObject>,
): AsyncGenerator<Uint8Array> {
  let most = LONG;
  for await (const chunk of readChunks(response)) {
    received.bytes += chunk.length;
    if (received.bytes > most) {
      const { id, bytes } = await retrieve();
      most = typeof bytes === "number" ? LONG + 2 * bytes : Infinity;
      if (received.bytes > most) {
        throw new ConnectionError(
          `The download of ${id} continues after the ${bytes} bytes of the file`,
          { code: "unreadable" },
        );
      }
    }
    yield chunk;
  }
}
