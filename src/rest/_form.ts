/**
 * Multipart forms, with nested fields in brackets as the official SDK writes
 * them: `expires_after[seconds]`, `tags[]`.
 *
 * @module
 */

/**
 * Makes a form.
 *
 * @param fields Its fields; undefined ones are left out.
 * @returns The form.
 * @throws {TypeError} If a field is null, which a form cannot say.
 */
export function toForm(fields: Record<string, unknown>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    append(form, name, value);
  }
  return form;
}

function append(form: FormData, name: string, value: unknown): void {
  if (value === undefined) return;
  if (value === null) {
    throw new TypeError(
      `The form field ${JSON.stringify(name)} is null: leave it out`,
    );
  }
  if (value instanceof Blob) {
    // Bun drops the name unless it is said here.
    const filename = value instanceof File ? value.name : "batch.jsonl";
    return form.append(name, value, filename);
  }
  if (typeof value !== "object") return form.append(name, String(value));
  for (const [key, item] of Object.entries(value)) {
    append(form, `${name}[${Array.isArray(value) ? "" : key}]`, item);
  }
}
