/**
 * Cuts lines into parts: one model and one endpoint each, within the limits. Where
 * it cuts depends on the lines and the limits alone, so that a restart cuts in the
 * same places.
 *
 * @module
 */

import { BATCH_LIMITS } from "../limits.ts";
import { type EncodedPart, PartDraft } from "./part.ts";
import { Shaper } from "./shape.ts";
import type { ShapedRequest } from "./shaped_request.ts";
import { checkIds, openRequests } from "./source.ts";
import type { IndexedLine, LineDefaults } from "./to_line.ts";

/** Embedding inputs that a batch takes, however many requests they come in. */
const MAX_EMBEDDING_INPUTS = BATCH_LIMITS.embeddingInputs;

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
  /** Ends the waiting for the requests; where it is aborted already, they are not opened. */
  signal?: AbortSignal | undefined;
}

/** A request that is larger than a part may be. */
export interface TooLarge {
  /** The request. */
  tooLarge: Pick<ShapedRequest, "id" | "index">;
  /** The size of its line. */
  bytes: number;
}

/**
 * Cuts. A part is yielded once another request shows that it isn't the last one. At
 * the end of the input come those that are still growing, the last one marked.
 *
 * Requests are read where they are cut, and only an asynchronous source and digests
 * are awaited: a promise per request would cost more than everything else.
 *
 * @param requests What the caller passed: a list, an iterable, or a function that opens one.
 * @returns The parts, and between them requests that don't fit into any.
 * @throws {TypeError} If these aren't requests, if a request breaks a rule or isn't JSON, or if a part would have an id twice. A list is checked as a whole first.
 */
export async function* cut(
  requests: unknown,
  defaults: LineDefaults,
  options: CutOptions,
): AsyncGenerator<EncodedPart | TooLarge> {
  const source = await openRequests(requests, options.signal);
  const { keepLines = false, countTokens, maxBytes } = options;
  const shaper = new Shaper(defaults, keepLines || countTokens !== undefined);
  const cutter = new Cutter(options);
  let index = 0;
  if (Symbol.asyncIterator in source) {
    for await (const request of source) {
      const shaped = shaper.shape(request, index++);
      if (cutter.fits(shaped)) await cutter.add(shaped);
      else yield* cutter.makeRoom(shaped);
    }
  } else {
    const list = Array.isArray(source) ? source : [];
    const known = shapeList(list, shaper, maxBytes);
    for (const request of source) {
      const shaped = known.get(index) ?? shaper.shape(request, index);
      known.delete(index++);
      if (cutter.fits(shaped)) {
        const busy = cutter.add(shaped);
        if (busy) await busy;
      } else yield* cutter.makeRoom(shaped);
    }
  }
  yield* cutter.end();
}

/**
 * Checks a list as a whole. Requests shaped for that are kept, so that it isn't
 * done twice, as long as they aren't more than a part.
 */
function shapeList(
  list: readonly unknown[],
  shaper: Shaper,
  maxBytes: number,
): Map<number, ShapedRequest> {
  const known = new Map<number, ShapedRequest>();
  let free = maxBytes;
  checkIds(list, (request, index) => {
    const shortId = shaper.shortId(request, index);
    if (shortId !== undefined) return shortId;
    const shaped = shaper.shape(request, index);
    free -= shaped.text.length;
    if (free >= 0) known.set(index, shaped);
    return shaped.id;
  });
  return known;
}

/** The parts that grow. */
class Cutter {
  readonly #options: CutOptions;
  readonly #drafts = new Map<string, PartDraft>();
  /** The one that was added to last: no other can be full. */
  #last: PartDraft | undefined;
  /** What all have at most, in bytes: they must be encoded to know it exactly. */
  #most = 0;
  #parts = 0;

  constructor(options: CutOptions) {
    this.#options = options;
  }

  /** Whether it is certain that a request goes where the last one went. */
  fits({ endpoint, model, inputs, text }: ShapedRequest): boolean {
    const { batchSize, maxBytes } = this.#options;
    const last = this.#last;
    return last !== undefined && last.endpoint === endpoint &&
      last.model === model && last.requests < batchSize &&
      last.inputs + inputs <= MAX_EMBEDDING_INPUTS &&
      this.#most + mostBytes(text) <= maxBytes;
  }

  /**
   * Adds one that fits.
   *
   * @returns A promise if there is no room for more until it resolves.
   */
  add(request: ShapedRequest): Promise<unknown> | undefined {
    this.#options.onRequest?.();
    const draft = this.#last as PartDraft;
    return this.#addTo(draft, request, mostBytes(request.text));
  }

  /** Adds any other one, after what has to be handed out first. */
  async *makeRoom(
    request: ShapedRequest,
  ): AsyncGenerator<EncodedPart | TooLarge> {
    const { maxBytes, batchSize, keepLines, measureOnly } = this.#options;
    const bytes = this.#sizeOf(request.text);
    this.#options.onRequest?.();
    if (bytes > maxBytes) return yield { tooLarge: request, bytes };
    if (this.#last && this.#last.requests >= batchSize) {
      yield this.#seal(this.#last, false);
    }
    const { endpoint, model, inputs } = request;
    const key = keyOf(request);
    const grown = this.#drafts.get(key);
    if (grown && grown.inputs + inputs > MAX_EMBEDDING_INPUTS) {
      yield this.#seal(grown, false);
    }
    while (this.#most + bytes > maxBytes) {
      yield this.#seal(this.#largest(), false);
    }
    const draft = this.#drafts.get(key) ??
      new PartDraft({ endpoint, model }, keepLines, measureOnly);
    this.#drafts.set(key, draft);
    await this.#addTo(draft, request, bytes);
  }

  /** Those that still grow when the input ends. */
  async *end(): AsyncGenerator<EncodedPart> {
    for (const draft of this.#drafts.values()) {
      yield this.#seal(draft, this.#drafts.size === 1);
    }
  }

  #addTo(
    draft: PartDraft,
    request: ShapedRequest,
    bytes: number,
  ): Promise<unknown> | undefined {
    const { countTokens } = this.#options;
    if (countTokens && request.line) {
      draft.tokens = (draft.tokens ?? 0) + countTokens(request.line);
    }
    this.#last = draft;
    this.#most += bytes;
    return draft.add(request);
  }

  #seal(draft: PartDraft, last: boolean): Promise<EncodedPart> {
    this.#drafts.delete(keyOf(draft));
    if (this.#last === draft) this.#last = undefined;
    this.#measure();
    return draft.seal(this.#parts++, last);
  }

  /** The size of a line: exact, unless it is certain to fit. */
  #sizeOf(text: string): number {
    const { maxBytes } = this.#options;
    const most = mostBytes(text);
    if (this.#most + most > maxBytes) this.#measure();
    return this.#most + most > maxBytes
      ? new TextEncoder().encode(text).length + 1
      : most;
  }

  #measure(): void {
    this.#most = 0;
    for (const draft of this.#drafts.values()) this.#most += draft.bytes;
  }

  #largest(): PartDraft {
    return [...this.#drafts.values()].reduce((largest, draft) =>
      draft.bytes > largest.bytes ? draft : largest
    );
  }
}

/** A character has at most three bytes, and a line its end. */
function mostBytes(text: string): number {
  return text.length * 3 + 1;
}

/** One model and one endpoint: as {@linkcode EncodedPart} names them. */
function keyOf(
  { endpoint, model }: Pick<ShapedRequest, "endpoint" | "model">,
): string {
  return model === undefined ? endpoint : `${endpoint}\n${model}`;
}
