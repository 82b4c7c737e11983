/**
 * What may be uploaded, as the API checks it before it takes a file.
 *
 * @module
 */

import {
  checkInteger,
  HttpError,
  invalidValue,
  missingParameter,
} from "./_http_error.ts";
import { isRecord } from "./_json.ts";
import type { Bytes } from "./_lines.ts";

/** Seconds that a file may live: an hour to 30 days. */
const LIFETIME = [3_600, 2_592_000] as const;

const PURPOSES = [
  "assistants",
  "batch",
  "fine-tune",
  "vision",
  "user_data",
  "evals",
];

/** A file on its way in. */
export interface Upload {
  bytes: Bytes;
  filename: string;
  purpose: string;
  /** Seconds; undefined for a file that stays. */
  lifetime: number | undefined;
}

/**
 * Reads a multipart body.
 *
 * @returns undefined if the body isn't a form.
 */
export async function readForm(
  request: Request,
): Promise<FormData | undefined> {
  try {
    return await request.formData();
  } catch {
    return undefined;
  }
}

/**
 * Checks an upload.
 *
 * @throws {HttpError} If the API would refuse it.
 */
export async function checkUpload(
  form: FormData | undefined,
  bytesPerFile: number,
): Promise<Upload> {
  if (form === undefined) {
    throw new HttpError(400, "Could not parse multipart form.");
  }
  const file = form.get("file");
  if (!(file instanceof Blob)) throw missingParameter("file");
  const purpose = form.get("purpose");
  if (typeof purpose !== "string") throw missingParameter("purpose");
  if (!PURPOSES.includes(purpose)) {
    throw invalidValue("purpose", purpose, PURPOSES);
  }
  const lifetime = checkLifetime(
    "expires_after",
    form.get("expires_after[anchor]"),
    form.get("expires_after[seconds]"),
  );
  if (purpose === "batch" && file.size > bytesPerFile) {
    throw new HttpError(400, "File is too large.");
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (purpose === "batch") checkFormat(file.name, bytes);
  const upload = { bytes, filename: file.name, purpose };
  if (purpose !== "batch") return { ...upload, lifetime };
  return { ...upload, lifetime: lifetime ?? LIFETIME[1] };
}

/**
 * Checks `expires_after` or `output_expires_after`.
 *
 * @param seconds A number, or its digits in a form.
 * @returns Seconds; undefined if neither is given.
 * @throws {HttpError} If the API would refuse it.
 */
export function checkLifetime(
  param: string,
  anchor: unknown,
  seconds: unknown,
): number | undefined {
  if ((anchor ?? seconds ?? undefined) === undefined) return undefined;
  if (anchor !== "created_at") {
    throw invalidValue(`${param}.anchor`, anchor, ["created_at"]);
  }
  const value = typeof seconds === "string" ? Number(seconds) : seconds;
  return checkInteger(`${param}.seconds`, value, ...LIFETIME);
}

/** The name must end in .jsonl and the first line must be a JSON object. */
function checkFormat(filename: string, bytes: Bytes): void {
  const end = bytes.indexOf(10);
  const first = bytes.subarray(0, end < 0 ? bytes.length : end);
  if (!filename.toLowerCase().endsWith(".jsonl") || !isObject(first)) {
    throw new HttpError(
      400,
      "Invalid file format for Batch API. Must be .jsonl",
    );
  }
}

function isObject(line: Uint8Array): boolean {
  try {
    return isRecord(JSON.parse(new TextDecoder().decode(line)));
  } catch {
    return false;
  }
}
