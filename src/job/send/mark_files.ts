/**
 * Leaves marks at OpenAI, and deletes them.
 *
 * @module
 */

import type { Files } from "../../rest/files.ts";
import { isGone } from "../../rest/retry.ts";
import { markFile, type MarkKind, type Marks } from "../state/marks.ts";

/** Leaves one. */
export async function leaveMark(
  files: Files,
  marks: Marks,
  job: string,
  kind: MarkKind,
): Promise<void> {
  const file = markFile(job, kind);
  marks.note(await files.create({ file, purpose: "batch" }));
}

/** Deletes one; false if it was gone: a file can be deleted once, whatever the lists say. */
export async function deleteMark(
  files: Files,
  marks: Marks,
  id: string,
): Promise<boolean> {
  const isOurs = await files.delete(id).then(() => true, (error) => {
    if (isGone(error)) return false;
    throw error;
  });
  marks.forget(id);
  return isOurs;
}
