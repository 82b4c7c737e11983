/**
 * From any form of a request to a request line, or to an error with the position and
 * the rule. No message quotes a prompt.
 *
 * @module
 */

import { asCode, kindOf } from "../as_code.ts";
import { contentFieldOf, needsModel } from "./endpoint_table.ts";
import { brokenRule, type Target } from "./broken_rule.ts";
import { type OutputFormat, withFormat } from "./output_format.ts";

/** A request on its way: its place in the input and its line. */
export interface IndexedLine {
  /** 0, 1, …: the position in the input. */
  index: number;
  /** What goes into the input file. */
  line: {
    custom_id: string;
    method: string;
    url: string;
    body: Record<string, unknown>;
  };
}

/** Defaults for every request that isn't already a line. */
export interface LineDefaults extends Target {
  /** The endpoint. */
  endpoint: string;
  /** Parameters that its own lie over. */
  params: Record<string, unknown>;
  /** What the answers look like, where a schema says it. */
  format?: OutputFormat | undefined;
}

type Fields = Record<string, unknown>;

const FORMS = "a request is a string, a message, a list of messages, " +
  "{ id, content, params }, { id, body } or { custom_id, method, url, body }";

/**
 * Makes the line of a request.
 *
 * @param index Its position in the input; also its id, if it has none.
 * @throws {TypeError} If the request's form is unknown, or if it breaks a rule of the Batch API that can be checked here.
 */
export function toLine(
  request: unknown,
  index: number,
  defaults: LineDefaults,
): IndexedLine {
  const line = readForm(request, index, defaults);
  check(
    typeof line.custom_id === "string" && line.custom_id !== "",
    index,
    () =>
      `has the id ${show(line.custom_id)}: an id must be a non-empty string`,
  );
  checkBody(line.body, line.url, index, defaults);
  return { index, line };
}

function readForm(
  request: unknown,
  index: number,
  defaults: LineDefaults,
): IndexedLine["line"] {
  const { endpoint, params, format } = defaults;
  const wrap = (id: unknown, body: Fields): IndexedLine["line"] => ({
    custom_id: id === undefined ? String(index) : id as string,
    method: "POST",
    url: endpoint,
    body: format ? withFormat(body, endpoint, format) : body,
  });
  if (typeof request === "string") {
    return wrap(undefined, {
      ...params,
      ...readContent(request, endpoint, index),
    });
  }
  if (Array.isArray(request)) {
    checkMessages(request, endpoint, index);
    return wrap(undefined, {
      ...params,
      ...readContent(request, endpoint, index),
    });
  }
  check(isObject(request), index, () => `is ${kindOf(request)}: ${FORMS}`);
  if ("custom_id" in request) return readLine(request, index);
  if ("role" in request) {
    const wrapping = ["id", "params", "body"].find((key) => key in request);
    check(
      wrapping === undefined,
      index,
      () => `has both "role" and "${wrapping}": ${FORMS}`,
    );
    checkFirst(request, index);
    checkMessages([request], endpoint, index);
    return wrap(undefined, {
      ...params,
      ...readContent([request], endpoint, index),
    });
  }
  if ("body" in request) {
    checkKeys(request, ["id", "body"], index);
    check(
      isObject(request.body),
      index,
      () => `has ${kindOf(request.body)} as its body: a body must be an object`,
    );
    return wrap(request.id, { ...params, ...request.body });
  }
  check(
    "content" in request,
    index,
    () =>
      `has the keys ${show(Object.keys(request))}: ${hintFor(request)}${FORMS}`,
  );
  checkKeys(request, ["id", "content", "params"], index);
  const own = request.params ?? {};
  check(
    isObject(own),
    index,
    () => `has ${kindOf(own)} as its params: params must be an object`,
  );
  return wrap(request.id, {
    ...params,
    ...own,
    ...readContent(request.content, endpoint, index),
  });
}

function readLine(line: Fields, index: number): IndexedLine["line"] {
  checkKeys(line, ["custom_id", "method", "url", "body"], index);
  check(
    line.method === "POST",
    index,
    () =>
      `has the method ${show(line.method)}: the Batch API takes "POST" only`,
  );
  check(
    typeof line.url === "string" && line.url.startsWith("/"),
    index,
    () =>
      `has the url ${
        show(line.url)
      }: it must be an endpoint such as "/v1/chat/completions"`,
  );
  check(
    isObject(line.body),
    index,
    () => `has ${kindOf(line.body)} as its body: a body must be an object`,
  );
  return line as IndexedLine["line"];
}

function readContent(
  content: unknown,
  endpoint: string,
  index: number,
): Fields {
  const field = contentFieldOf(endpoint);
  check(
    field !== undefined,
    index,
    () => `is for ${endpoint}, which has no short form: pass { body }`,
  );
  const isText = typeof content === "string";
  const isList = Array.isArray(content) && content.length > 0 &&
    [...content].every((item) => item !== undefined && item !== null);
  check(
    isText || isList,
    index,
    () =>
      `has ${
        show(content)
      } as its content: it must be a string, or a non-empty list without gaps`,
  );
  if (field !== "messages") return { [field]: content };
  const isMessages = !isText && content.every(hasRole);
  return {
    messages: isMessages ? content : [{ role: "user", content }],
  };
}

function checkBody(
  body: Fields,
  endpoint: string,
  index: number,
  target: Target,
): void {
  check(
    !body.stream,
    index,
    () => "has `stream: true`: the Batch API can't stream, so leave it out",
  );
  check(
    !needsModel(endpoint) ||
      (typeof body.model === "string" && body.model !== ""),
    index,
    () =>
      `has the model ${
        show(body.model)
      }: name one in \`params\` or in the request`,
  );
  const broken = brokenRule(body, endpoint, target);
  check(broken === undefined, index, () => String(broken));
}

/** A bare message is a request of its own; with a system message, that is never meant. */
function checkFirst(message: Fields, index: number): void {
  const { role } = message;
  check(
    index > 0 || (role !== "system" && role !== "developer"),
    index,
    () =>
      `is a message with the role ${show(role)}, and each bare message is a ` +
      "request of its own: did you mean [[…]], a list of messages within the list?",
  );
}

function checkMessages(
  messages: unknown[],
  endpoint: string,
  index: number,
): void {
  check(
    messages.length > 0 &&
      [...messages].every(endpoint.endsWith("/responses") ? isItem : hasRole),
    index,
    () => "is a list, but not of messages with a role",
  );
  check(
    /\/(chat\/completions|responses)$/.test(endpoint),
    index,
    () => `is a bare message, which ${endpoint} doesn't take`,
  );
}

/** A body's own field beside the id is what people try first. */
function hintFor(request: Fields): string {
  const field = ["messages", "input", "prompt"].find((key) => key in request);
  return field
    ? `${field} goes into body, as { id, body: { ${field} } }; `
    : "";
}

function checkKeys(request: Fields, known: string[], index: number): void {
  const unknown = Object.keys(request).filter((key) => !known.includes(key));
  check(
    unknown.length === 0,
    index,
    () =>
      `has the unknown key ${show(unknown[0])}: it may have ${
        known.join(", ")
      }`,
  );
}

/** The Responses API has tools' calls and their outputs between messages. */
function isItem(item: unknown): boolean {
  return hasRole(item) || (isObject(item) && typeof item.type === "string");
}

function hasRole(message: unknown): boolean {
  return isObject(message) && typeof message.role === "string";
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Shows an id, a model or a list of keys. Never anything that may be a prompt. */
function show(name: unknown): string {
  if (!Array.isArray(name)) return asCode(name);
  return name.map(asCode).join(", ") || "no key";
}

function check(
  rule: boolean,
  index: number,
  explain: () => string,
): asserts rule {
  if (!rule) throw new TypeError(`Request ${index} ${explain()}`);
}
