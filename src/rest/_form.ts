/**
 * Multipart forms, with nested fields in brackets as in the official SDK:
 * `expires_after[seconds]`, `tags[]`.
 *
 * They are written here rather than by `FormData`: while Node sends a `FormData`, a
 * broken connection ends the whole process with an error that can't be caught, and
 * Node keeps the whole form in memory.
 *
 * @module
 */

/**
 * Makes a form.
 *
 * @param fields Its fields; undefined ones are left out.
 * @returns The form's bytes; the type names the boundary.
 * @throws {TypeError} If a field is null, which a form can't express, or if a file can't be read completely.
 */
export async function toForm(fields: Record<string, unknown>): Promise<Blob> {
  // A Blob's type is lowercased.
  const boundary = `form-${crypto.randomUUID()}`;
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    partsOf(name, value, boundary)
  );
  parts.push(`--${boundary}--\r\n`);
  const type = `multipart/form-data; boundary=${boundary}`;
  const size = parts.reduce((sum, part) => sum + sizeOf(part), 0);
  const form = new Blob(parts, { type });
  if (form.size === size) return form;
  // Bun leaves a file on disk out of a blob of several parts, without an error.
  const read = new Blob(await Promise.all(parts.map(readPart)), { type });
  if (read.size === size) return read;
  throw new TypeError(
    `The file can't be read completely: the form has ${read.size} bytes of ${size}`,
  );
}

function sizeOf(part: string | Blob): number {
  return (typeof part === "string" ? new Blob([part]) : part).size;
}

function readPart(part: string | Blob): string | Promise<ArrayBuffer> {
  return typeof part === "string" ? part : part.arrayBuffer();
}

function partsOf(
  name: string,
  value: unknown,
  boundary: string,
): (string | Blob)[] {
  if (value === undefined) return [];
  if (value === null) {
    throw new TypeError(
      `The form field ${JSON.stringify(name)} is null: leave it out`,
    );
  }
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="${
    escape(name)
  }"`;
  if (value instanceof Blob) {
    const filename = value instanceof File ? value.name : "batch.jsonl";
    const type = value.type || "application/octet-stream";
    const file = `; filename="${escape(filename)}"\r\ncontent-type: ${type}`;
    return [`${head}${file}\r\n\r\n`, value, "\r\n"];
  }
  if (typeof value !== "object") return [`${head}\r\n\r\n${value}\r\n`];
  return Object.entries(value).flatMap(([key, item]) =>
    partsOf(`${name}[${Array.isArray(value) ? "" : key}]`, item, boundary)
  );
}

/** As the web platform's own forms do. */
function escape(name: string): string {
  return name.replaceAll("\n", "%0A").replaceAll("\r", "%0D")
    .replaceAll('"', "%22");
}
