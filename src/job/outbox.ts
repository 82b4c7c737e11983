/**
 * The way out: cuts the input into parts and uploads one after the other.
 *
 * @module
 */

import { cut, type TooLarge } from "../requests/cut.ts";
import type { EncodedPart } from "../requests/part.ts";
import { countRequests, readRequests } from "../requests/source.ts";
import { toFailure } from "../results/to_result.ts";
import type { FileObject } from "../types/batch.ts";
import type { JobSettings } from "./options.ts";
import { PartState } from "./part_state.ts";
import { checkConflict, checkEnd, type Remote } from "./remote.ts";
import type { AnyResult, Surroundings } from "./surroundings.ts";
import { formatTag, type Tag } from "./tag.ts";

/** The input of a job, on its way to OpenAI. */
export class Outbox {
  /** Requests read so far. */
  prepared = 0;
  /** Whether all parts are uploaded. */
  ended = false;
  /** Results of requests that fit in no part. */
  readonly refused: AnyResult[] = [];
  /** Parts uploaded so far. */
  #sent = 0;
  /** Cut, but not uploaded: an upload may have to be tried again. */
  #next: EncodedPart | undefined;
  readonly #around: Surroundings;
  readonly #settings: JobSettings;
  readonly #parts: AsyncGenerator<EncodedPart | TooLarge>;
  readonly #listed: number | undefined;

  /**
   * @param around The client's.
   * @param requests What the caller passed.
   * @param settings The job's options.
   * @param onPrepared Called after each request.
   */
  constructor(
    around: Surroundings,
    requests: unknown,
    settings: JobSettings,
    onPrepared: () => void,
  ) {
    this.#around = around;
    this.#settings = settings;
    this.#listed = countRequests(requests);
    this.#parts = cut(readRequests(requests, settings.defaults), {
      ...settings.limits,
      onRequest: () => {
        this.prepared++;
        onPrepared();
      },
    });
  }

  /** How many requests there are in all; undefined until an input that is no list has ended. */
  get total(): number | undefined {
    return this.#listed ?? (this.ended ? this.prepared : undefined);
  }

  /**
   * Cuts and uploads one more part, or finds it uploaded already.
   *
   * @param remote What exists of the job.
   * @returns The part; undefined if the input has ended, or a request was refused instead.
   * @throws {JobConflictError} If other lines were sent under the part's name.
   */
  async sendNext(remote: Remote): Promise<PartState | undefined> {
    this.#next ??= await this.#cutNext(remote);
    if (!this.#next) return undefined;
    const part = this.#next;
    const tag = this.#tagOf(part);
    checkConflict(remote, tag);
    const file = remote.files.get(formatTag(tag)) ??
      await this.#upload(part, tag);
    this.#next = undefined;
    this.#sent++;
    return new PartState(tag, part, file);
  }

  /** Lets go of the input. */
  async close(): Promise<void> {
    await this.#parts.return(undefined);
  }

  async #cutNext(remote: Remote): Promise<EncodedPart | undefined> {
    const { done, value } = await this.#parts.next();
    if (done) {
      checkEnd(remote, this.#settings.id, this.#sent);
      this.ended = true;
      return undefined;
    }
    if (!("tooLarge" in value)) return value;
    this.#refuse(value);
    return undefined;
  }

  #refuse({ tooLarge, bytes }: TooLarge): void {
    const { maxBytes } = this.#settings.limits;
    const asked = {
      id: tooLarge.line.custom_id,
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
      round: 0,
      lines: part.requests,
      digest: part.digest,
      last: part.last,
    };
  }

  #upload(part: EncodedPart, tag: Tag): Promise<FileObject> {
    const { file: params, signal } = this.#settings;
    const { type } = part.blob;
    const file = new File([part.blob], `${formatTag(tag)}.jsonl`, { type });
    return this.#around.files.create(
      { ...params, file, purpose: "batch" },
      signal ? { signal } : {},
    );
  }
}
