/**
 * Reads what a batch answered: both files, for every way it can end, and one
 * result per request.
 *
 * @module
 */

import { ConnectionError } from "../errors.ts";
import { parseLines, readChunks } from "../jsonl/decode.ts";
import type { Files } from "../rest/files.ts";
import type { ResultError } from "../results/result.ts";
import { idOf, toFailure, toResult } from "../results/to_result.ts";
import type { Batch } from "../types/batch.ts";
import { resultFilesOf, statusOf } from "./_batch_state.ts";
import type { PartState } from "./part_state.ts";
import type { AnyResult } from "./surroundings.ts";

/**
 * Reads a part whose batch has ended. It may be called again, after a lost
 * connection or while the batch's files are still to come: every request gets
 * its result once.
 *
 * @param part The part; it is marked done when nothing is open any more.
 * @param files The files endpoint.
 * @param now Milliseconds since the epoch.
 * @param signal Ends the downloads.
 * @returns The results, in the order of the files.
 * @throws {ConnectionError} If a download broke off; what was yielded counts.
 */
export async function* readPart(
  part: PartState,
  files: Files,
  now: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<AnyResult> {
  const { batch } = part;
  if (!batch || part.isActive || part.done) return;
  const open = part.open ??= part.ids.open();
  for (const fileId of resultFilesOf(batch)) {
    if (open.size === 0 || part.readFiles.has(fileId)) continue;
    yield* readFile(part, batch, open, fileId, files, signal);
  }
  if (open.size > 0 && !part.isFinal(now)) return;

  const lines = open.size > 0 ? lineNumbers(part) : undefined;
  for (const [id, index] of open) {
    open.delete(id);
    const asked = { id, index, attempts: 1, batchId: batch.id };
    yield counted(part, toFailure(asked, whyUnanswered(batch, lines?.get(id))));
  }
  part.done = true;
  part.open = undefined;
}

async function* readFile(
  part: PartState,
  batch: Batch,
  open: Map<string, number>,
  fileId: string,
  files: Files,
  signal: AbortSignal | undefined,
): AsyncGenerator<AnyResult> {
  const options = signal ? { signal } : {};
  const read = { bytes: 0 };
  const chunks = counting(await files.content(fileId, options), read);
  const skip = { malformed: () => undefined };
  for await (const line of parseLines(chunks, skip)) {
    const id = idOf(line);
    const index = id === undefined ? undefined : open.get(id);
    if (id === undefined || index === undefined) continue;
    open.delete(id);
    const asked = { id, index, attempts: 1, batchId: batch.id };
    yield counted(part, toResult(line, asked));
  }
  if (open.size > 0) await checkLength(files, fileId, read.bytes, options);
  part.readFiles.add(fileId);
}

async function* counting(
  response: Response,
  read: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of readChunks(response)) {
    read.bytes += chunk.length;
    yield chunk;
  }
}

/** A body that ends with its connection looks complete wherever it is cut. */
async function checkLength(
  files: Files,
  fileId: string,
  read: number,
  options: { signal?: AbortSignal },
): Promise<void> {
  const { bytes } = await files.retrieve(fileId, options);
  if (typeof bytes !== "number" || read >= bytes) return;
  throw new ConnectionError(
    `The download of ${fileId} ended after ${read} of ${bytes} bytes`,
  );
}

function counted<R extends AnyResult>(part: PartState, result: R): R {
  part.delivered[result.ok ? "succeeded" : "failed"]++;
  return result;
}

function lineNumbers(part: PartState): Map<string, number> {
  return new Map(part.ids.ids().map((id, i) => [id, i + 1]));
}

/** A failed batch says why, of single lines or of the whole file. */
function whyUnanswered(
  batch: Batch,
  line: number | undefined,
): ResultError {
  const errors = batch.errors?.data ?? [];
  const error = errors.find((one) => one.line === line && line !== undefined) ??
    errors[0];
  if (statusOf(batch) === "failed") {
    return {
      code: error?.code ?? "batch_failed",
      message: error?.message ?? "The batch failed and does not say why",
      ...(error?.param ? { param: error.param } : {}),
    };
  }
  return {
    code: "missing",
    message: `The batch ended as ${statusOf(batch)} without a line for it`,
  };
}
