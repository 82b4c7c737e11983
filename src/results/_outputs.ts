/**
 * Reads response bodies, endpoint by endpoint. Servers of many kinds write them:
 * anything that isn't of the promised type doesn't count as an output.
 *
 * @module
 */

import type { EndpointPath } from "../endpoint_path.ts";
import { readMessages } from "./_messages.ts";
import {
  asObject,
  asText,
  type Fields,
  isObject,
  objectsOf,
  type Outputs,
} from "./_shape.ts";

/** Reads the outputs of one type; undefined if there are none. */
type Reader = (body: Fields) => Outputs | undefined;

const BY_PATH: Readonly<Record<EndpointPath, Reader>> = {
  "/chat/completions": readTexts,
  "/responses": readTexts,
  "/completions": readTexts,
  "/embeddings": readEmbeddings,
  "/moderations": readModerations,
  "/images/generations": readImages,
  "/images/edits": readImages,
};

const READERS: ReadonlyMap<string, Reader> = new Map(
  Object.entries(BY_PATH).flatMap(([path, read]) => // Azure's older spelling has no version.
  [[path, read], [`/v1${path}`, read]]),
);

const NOTHING: Outputs = {
  outputs: [],
  finishReason: undefined,
  refusal: undefined,
};

/**
 * Whether an endpoint promises outputs of one type.
 *
 * @returns False for endpoints without typed answers: their body is the answer.
 */
export function isTyped(endpoint: string | undefined): boolean {
  return READERS.has(endpoint ?? "");
}

/**
 * Reads a body.
 *
 * @param endpoint The endpoint. If it is unknown or not typed, the body is read by its shape.
 * @returns What it says; undefined without outputs of the type the endpoint promises.
 */
export function readOutputs(
  body: unknown,
  endpoint: string | undefined,
): Outputs | undefined {
  const fields = asObject(body);
  const read = READERS.get(endpoint ?? "");
  return read ? read(fields) : readByShape(fields);
}

function readByShape(body: Fields): Outputs {
  const read = readTexts(body) ?? readEmbeddings(body);
  const lists = [body.results, body.data].filter(Array.isArray);
  return read ?? { ...NOTHING, outputs: lists[0] ?? [] };
}

/** Chat and legacy completions, or the Responses API: some servers answer one in the format of another. */
function readTexts(body: Fields): Outputs | undefined {
  if (Array.isArray(body.choices)) return readChoices(body.choices);
  return Array.isArray(body.output) ? readMessages(body) : undefined;
}

function readChoices(list: unknown[]): Outputs | undefined {
  const isSingle = list.length === 1 && isObject(list[0]);
  const choices = isSingle ? list as Fields[] : inOrder(objectsOf(list));
  const [first] = choices;
  if (!first) return undefined;
  const { finish_reason, message } = first;
  return {
    outputs: choices.map(textOfChoice),
    finishReason: asText(finish_reason),
    refusal: refusalOf(asObject(message)),
  };
}

function textOfChoice({ text, message }: Fields): string {
  return asText(text) ?? textOf(asObject(message).content);
}

/** A text, or a list of parts. Reasoning in such a list is not part of the answer. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return objectsOf(content)
    .map(({ type, text }) => type === "thinking" ? "" : asText(text) ?? "")
    .join("");
}

function refusalOf({ refusal, content }: Fields): string | undefined {
  if (refusal) return asText(refusal);
  if (!Array.isArray(content)) return undefined;
  const part = objectsOf(content).find(({ type }) => type === "refusal");
  return asText(part?.refusal);
}

function readEmbeddings(body: Fields): Outputs | undefined {
  const items = inOrder(objectsOf(body.data));
  if (items.length === 0) return undefined;
  const outputs = items.map(({ embedding }) => embedding);
  return outputs.every(isVector) ? { ...NOTHING, outputs } : undefined;
}

/** Numbers, or their bytes in base64. */
function isVector(value: unknown): boolean {
  if (typeof value === "string") return true;
  return Array.isArray(value) &&
    value.every((entry) => typeof entry === "number");
}

function readModerations({ results }: Fields): Outputs | undefined {
  const outputs = objectsOf(results);
  const isWhole = outputs.length > 0 &&
    outputs.every(({ flagged, categories, category_scores }) =>
      typeof flagged === "boolean" && isObject(categories) &&
      isObject(category_scores)
    );
  return isWhole ? { ...NOTHING, outputs } : undefined;
}

function readImages({ data }: Fields): Outputs | undefined {
  const outputs = objectsOf(data);
  const isWhole = outputs.length > 0 &&
    outputs.every(({ b64_json, url }) =>
      typeof b64_json === "string" || typeof url === "string"
    );
  return isWhole ? { ...NOTHING, outputs } : undefined;
}

/** Ordered by `index`, if that gives each its own place. */
function inOrder(items: Fields[]): Fields[] {
  if (items.every(({ index }, i) => index === i)) return items;
  const places = new Set(items.map(({ index }) => index));
  const areNumbered = items.every(({ index }) => Number.isInteger(index));
  if (!areNumbered || places.size < items.length) return items;
  return items.toSorted((a, b) => Number(a.index) - Number(b.index));
}
