/**
 * What an error says, in all the shapes that servers give it: the one reader
 * for result lines and for HTTP calls.
 *
 * @module
 */

/** What was found. Nothing stands in it that was not said. */
export interface ErrorSaid {
  /** For programs, where it is a text. */
  code?: string;
  /** For people. */
  message?: string;
  /** The kind of error. */
  type?: string;
  /** The parameter that it is about. */
  param?: string;
  /** A code that is a number, mostly a status. */
  number?: number;
}

/** An error may stand inside an error, but not for ever. */
const DEEPEST = 4;

type Fields = Record<string, unknown>;

/**
 * Reads an error: `{ error: { … } }` as OpenAI has it, flat, in a list, around
 * another error, as FastAPI's `detail`, as a text, or as JSON in a text.
 *
 * @returns What could be read; an empty object if that is nothing.
 */
export function readErrorBody(error: unknown): ErrorSaid {
  return read(error, 0);
}

function read(error: unknown, depth: number): ErrorSaid {
  if (depth > DEEPEST) return {};
  if (typeof error === "string") return readText(error, depth);
  if (Array.isArray(error)) return readList(error, depth);
  if (typeof error !== "object" || error === null) return {};
  const fields = error as Fields;
  const inner = fields.error ?? fields.errors;
  const own = readFields(fields, depth);
  const said = inner ? read(inner, depth + 1) : {};
  // A text in its place is a title: what stands beside it says more.
  if (typeof inner === "string") return { ...said, ...own };
  if (Object.keys(said).length === 0) return own;
  const { message } = own;
  return message === undefined ? said : { message, ...said };
}

function readFields(fields: Fields, depth: number): ErrorSaid {
  const { code, type, param, detail } = fields;
  const about = typeof detail === "string"
    ? { message: detail }
    : read(detail, depth + 1);
  const message = messageOf(fields, depth) ?? about.message;
  return {
    ...about,
    ...(isText(code) ? { code } : {}),
    ...(typeof code === "number" ? { number: code } : {}),
    ...(message ? { message } : {}),
    ...(isText(type) ? { type } : {}),
    ...(isText(param) ? { param } : {}),
  };
}

function messageOf(fields: Fields, depth: number): string | undefined {
  const { message, msg, error_description: described } = fields;
  const text = [message, msg, described].find(isText);
  // Mistral puts FastAPI's list into the message.
  return text ?? (message ? read(message, depth + 1).message : undefined);
}

/** A list of errors, of which the first counts; or FastAPI's problems, whose `input` may be a prompt. */
function readList(list: readonly unknown[], depth: number): ErrorSaid {
  const problems = list.flatMap((item) => {
    const { loc, msg } = (item ?? {}) as Fields;
    if (!isText(msg)) return [];
    return Array.isArray(loc) ? `${loc.join(".")}: ${msg}` : msg;
  });
  if (problems.length > 0) return { message: problems.join("; ") };
  return list.length > 0 ? read(list[0], depth + 1) : {};
}

function readText(text: string, depth: number): ErrorSaid {
  const trimmed = text.trim();
  // A proxy's page says nothing that anybody wants to read.
  if (trimmed === "" || trimmed.startsWith("<")) return {};
  const inside = parseObject(trimmed);
  return inside === undefined ? { message: trimmed } : read(inside, depth + 1);
}

/**
 * JSON that a server has put into a text.
 *
 * @returns The object or the list in it; undefined if there is none.
 */
export function parseObject(text: string): object | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
