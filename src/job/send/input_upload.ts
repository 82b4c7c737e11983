/**
 * The way out: cuts the input into parts and uploads one after the other.
 *
 * @module
 */

import { OpenAIBatchError } from "../../errors.ts";
import { cut, type TooLarge } from "../../requests/cut.ts";
import { lineCounter } from "../../requests/text_of.ts";
import type { EncodedPart } from "../../requests/part.ts";
import { isPassing } from "../../rest/retry.ts";
import { countRequests } from "../../requests/source.ts";
import { toFailure } from "../../results/to_result.ts";
import { checkBudget, checkCountable } from "./budget.ts";
import { checkConflict, checkEnd } from "./conflict.ts";
import type { JobSettings } from "../options.ts";
import type { Part } from "../state/part.ts";
import type { Parts } from "../state/parts.ts";
import type { AnyResult } from "../../results/result.ts";
import type { Services } from "../services.ts";
import type { InputState } from "../state/input_state.ts";
import type { Tag } from "../state/tag.ts";
import { upload } from "./upload.ts";

/** The input of a job, on its way to OpenAI. */
export class InputUpload implements InputState {
  /** Requests read so far. */
  prepared = 0;
  /** Whether all parts are uploaded. */
  ended = false;
  /** Results of requests that don't fit into any part. */
  readonly refused: AnyResult[] = [];
  /** Parts cut so far. */
  #cut = 0;
  /** What reading the input ended with. */
  #failure: Error | undefined;
  /** Cut, but not uploaded: an upload may have to be tried again. */
  #next: EncodedPart | undefined;
  readonly #services: Services;
  readonly #settings: JobSettings;
  readonly #parts: AsyncGenerator<EncodedPart | TooLarge>;
  readonly #listed: number | undefined;
  readonly #checkBudget: () => Promise<void>;
  #checking: Promise<void> | undefined;

  /** @throws {TypeError} If there is a budget, and the requests can be read only once. */
  constructor(
    services: Services,
    requests: unknown,
    settings: JobSettings,
    onPrepared: () => void,
  ) {
    checkCountable(requests, settings);
    this.#services = services;
    this.#settings = settings;
    this.#checkBudget = () => checkBudget(requests, settings, services.prices);
    this.#listed = countRequests(requests);
    const { maxEnqueuedTokens, countTokens } = settings.queue;
    this.#parts = cut(requests, settings.defaults, {
      ...settings.limits,
      signal: settings.signal,
      // Usually this isn't needed, and then it isn't worth the time.
      countTokens: maxEnqueuedTokens === undefined
        ? undefined
        : lineCounter(countTokens),
      onRequest: () => {
        this.prepared++;
        onPrepared();
      },
    });
  }

  /** How many requests there are in all; undefined until an input has ended that doesn't tell. */
  get total(): number | undefined {
    return this.ended ? this.prepared : this.#listed;
  }

  /**
   * Counts the input, once, if there is a budget.
   *
   * @throws {BudgetError} If it may cost more than that.
   */
  async checkBudget(): Promise<void> {
    this.#checking ??= this.#checkBudget();
    await this.#checking;
  }

  /**
   * Cuts one more part, and uploads it unless it is at OpenAI already or the
   * job is stopped.
   *
   * @param parts What is known of the job; the part is added.
   * @returns The part; undefined if the input has ended, or a request was refused instead.
   * @throws {JobConflictError} If other lines were sent under the part's name.
   */
  async sendNext(
    parts: Parts,
    isStopped: boolean,
  ): Promise<Part | undefined> {
    this.#next ??= await this.#cutNext(parts);
    if (!this.#next) return undefined;
    const encoded = this.#next;
    const tag = this.#tagOf(encoded);
    const part = parts.get(encoded.part);
    checkConflict(part, tag);
    if (!part.tag && !isStopped) {
      const { files } = this.#services;
      const { blob } = encoded;
      const file = await upload(files, tag, blob, this.#settings);
      parts.addFile(file, tag, true);
      part.round(0).tokens = encoded.tokens;
    }
    part.wantedTag = tag;
    part.know(encoded);
    this.#next = undefined;
    return part;
  }

  /** Lets go of the input. */
  async close(): Promise<void> {
    await this.#parts.return(undefined);
  }

  async #cutNext(parts: Parts): Promise<EncodedPart | undefined> {
    const { done, value } = await this.#read();
    if (done) {
      checkEnd(this.#settings.id, parts.all, this.#cut);
      this.ended = true;
      return undefined;
    }
    if (!("tooLarge" in value)) {
      this.#cut++;
      return value;
    }
    this.#refuse(value);
    return undefined;
  }

  /** Input that has failed seems to have ended: it must not be read on. */
  async #read(): Promise<IteratorResult<EncodedPart | TooLarge, void>> {
    if (this.#failure) throw this.#failure;
    try {
      return await this.#parts.next();
    } catch (error) {
      this.#failure = isPassing(error) ? inputError(error) : error as Error;
      throw this.#failure;
    }
  }

  #refuse({ tooLarge, bytes }: TooLarge): void {
    const { maxBytes } = this.#settings.limits;
    const asked = {
      id: tooLarge.id,
      index: tooLarge.index,
      attempts: 0,
      batchId: undefined,
    };
    this.refused.push(toFailure(asked, {
      code: "too_large",
      message: `The request has ${bytes} bytes, and maxBytes is ${maxBytes}`,
    }));
  }

  #tagOf(part: EncodedPart): Tag {
    return {
      job: this.#settings.id,
      part: part.part,
      slice: undefined,
      round: 0,
      lines: part.requests,
      digest: part.digest,
      last: part.last,
    };
  }
}

/** A loop that waits out temporary failures must not wait for this. */
function inputError(cause: unknown): OpenAIBatchError {
  return new OpenAIBatchError("The input could not be read to the end", {
    code: "input_failed",
    cause,
  });
}
