/**
 * Cuts lines into parts: one model and one endpoint each, within the limits.
 * Where it cuts depends on the lines and the limits alone, so that a restart
 * cuts in the same places.
 *
 * @module
 */

import { embeddingInputs } from "./_endpoint_fields.ts";
import { type EncodedPart, PartDraft } from "./part.ts";
import { stringify } from "./stringify.ts";
import type { IndexedLine } from "./to_line.ts";

/** Embedding inputs that a batch takes, however many requests they come in. */
const MAX_EMBEDDING_INPUTS = 50_000;

/** Where to cut. */
export interface CutOptions {
  /** Requests per part. */
  batchSize: number;
  /** Bytes per part, and of all parts that grow at one time. */
  maxBytes: number;
  /** Whether parts keep their lines as objects. @default false */
  keepLines?: boolean;
  /** Whether parts are only measured: they have no file then, and no digest of it. @default false */
  measureOnly?: boolean;
  /** Counts the input tokens of a request. */
  countTokens?: ((line: IndexedLine["line"]) => number) | undefined;
  /** Called after each request. */
  onRequest?: () => void;
}

/** A request that is larger than a part may be. */
export interface TooLarge {
  /** The request. */
  tooLarge: IndexedLine;
  /** The size of its line. */
  bytes: number;
}

/**
 * Cuts. A part is handed out when one more request shows that it is not the
 * last; at the end of the input come those that still grow, the last one
 * marked.
 *
 * @param lines The lines in the order of the input.
 * @param options Where to cut.
 * @returns The parts, and between them what fits in none.
 * @throws {TypeError} If a line can't be sent as JSON, or a part would have an id twice.
 */
export async function* cut(
  lines: AsyncIterable<IndexedLine>,
  options: CutOptions,
): AsyncGenerator<EncodedPart | TooLarge> {
  const { batchSize, maxBytes } = options;
  const drafts = new Map<string, PartDraft>();
  let parts = 0;
  const seal = (key: string, draft: PartDraft, last: boolean) => {
    drafts.delete(key);
    return draft.seal(parts++, last);
  };

  for await (const request of lines) {
    const { line } = request;
    const text = stringify(request);
    const inputs = embeddingInputs(line.url, line.body);
    const bytes = sizeOf(text, maxBytes - bytesOf(drafts));
    options.onRequest?.();
    if (bytes > maxBytes) {
      yield { tooLarge: request, bytes };
      continue;
    }
    for (const [key, draft] of drafts) {
      if (draft.requests >= batchSize) yield seal(key, draft, false);
    }
    const key = keyOf(line);
    const grown = drafts.get(key);
    if (grown && grown.inputs + inputs > MAX_EMBEDDING_INPUTS) {
      yield seal(key, grown, false);
    }
    while (bytesOf(drafts) + bytes > maxBytes) {
      const [largest, draft] = largestOf(drafts);
      yield seal(largest, draft, false);
    }
    const draft = drafts.get(key) ??
      new PartDraft(line, options.keepLines ?? false, options.measureOnly);
    drafts.set(key, draft);
    if (options.countTokens) {
      draft.tokens = (draft.tokens ?? 0) + options.countTokens(line);
    }
    const busy = draft.add(request, text);
    if (busy) await busy;
  }

  for (const [key, draft] of drafts) {
    yield seal(key, draft, drafts.size === 1);
  }
}

/** One model and one endpoint: as {@linkcode EncodedPart} names them. */
function keyOf({ url, body }: IndexedLine["line"]): string {
  return typeof body.model === "string" ? `${url}\n${body.model}` : url;
}

/** Measures only where it matters: a text has at most three bytes a character. */
function sizeOf(text: string, free: number): number {
  const most = text.length * 3 + 1;
  return most <= free ? most : new TextEncoder().encode(text).length + 1;
}

function bytesOf(drafts: ReadonlyMap<string, PartDraft>): number {
  let bytes = 0;
  for (const draft of drafts.values()) bytes += draft.bytes;
  return bytes;
}

function largestOf(
  drafts: ReadonlyMap<string, PartDraft>,
): [string, PartDraft] {
  return [...drafts].reduce((largest, entry) =>
    entry[1].bytes > largest[1].bytes ? entry : largest
  );
}
