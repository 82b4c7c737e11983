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
 * @throws {TypeError} If a field is null, which a form can't express.
 */
export function toForm(fields: Record<string, unknown>): Blob {
  // A Blob's type is lowercased.
  const boundary = `form-${crypto.randomUUID()}`;
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    partsOf(name, value, boundary)
  );
  return new Blob([...parts, `--${boundary}--\r\n`], {
    type: `multipart/form-data; boundary=${boundary}`,
  });
}

function partsOf(name: string, value: unknown, boundary: string): BlobPart[] {
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
