/**
 * Leaves a mark at OpenAI.
 *
 * @module
 */

import type { Files } from "../../rest/files.ts";
import type { FileObject } from "../../types/batch.ts";

/** Uploads a file whose name is all that it says. */
export function leaveMark(files: Files, name: string): Promise<FileObject> {
  // OpenAI looks at the first line of an upload: it must be an object.
  const file = new File(['{"custom_id":"marker"}\n'], name);
  return files.create({ file, purpose: "batch" });
}
