/**
 * Uploads input files under their names.
 *
 * @module
 */

import type { Files } from "../../rest/files.ts";
import type { FileObject } from "../../types/batch.ts";
import type { JobSettings } from "../options.ts";
import { formatTag, type Tag } from "../state/tag.ts";

/** Uploads the file of a round. */
export function upload(
  files: Files,
  tag: Tag,
  blob: Blob,
  settings: Pick<JobSettings, "file" | "signal">,
): Promise<FileObject> {
  const { type } = blob;
  const file = new File([blob], `${formatTag(tag)}.jsonl`, { type });
  const { signal } = settings;
  return files.create({ ...settings.file, file, purpose: "batch" }, { signal });
}
