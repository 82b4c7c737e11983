/**
 * Deletes what a job has left at OpenAI.
 *
 * @module
 */

import { neverRan, resultFilesOf, statusOf } from "../state/batch.ts";
import type { Batch } from "../../types/batch.ts";
import type { JobEngine } from "../engine.ts";
import { isGone } from "../../rest/retry.ts";
import { deleteMark } from "./mark_files.ts";

/**
 * Deletes the files of a job: its results first, so that what is left after a
 * crash still says what there is to delete.
 *
 * @param engine The job; nothing of it may be active.
 */
export async function cleanUp(engine: JobEngine): Promise<void> {
  const { parts } = engine;
  const batches = () => [...parts.batches.values()].map(({ batch }) => batch);
  // Some lists leave files out, and they may not have been read.
  await engine.view.confirm(batches().filter(mayHaveMoreFiles));
  const results = batches().flatMap(resultFilesOf);
  const inputs = parts.files.keys();
  const { marks } = engine.view;
  await engine.background?.cleanup();
  for (const id of [...results, ...inputs]) await deleteFile(engine, id);
  for (const { id } of marks.files) await deleteMark(engine.files, marks, id);
  // Nothing of it can be read again.
  for (const part of parts.leaves) part.settled ??= part.counts;
}

async function deleteFile(engine: JobEngine, id: string): Promise<void> {
  try {
    await engine.files.delete(id);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function mayHaveMoreFiles(batch: Batch): boolean {
  return statusOf(batch) !== "failed" && !neverRan(batch) &&
    resultFilesOf(batch).length < 2;
}
