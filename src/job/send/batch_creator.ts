/**
 * Puts uploaded files into the queue: does what is due of each leaf, until its
 * batch is created or has to wait.
 *
 * @module
 */

import type { Batch, FileObject } from "../../types/batch.ts";
import { Claim } from "./claim.ts";
import { checkConflict } from "./conflict.ts";
import { createBatch } from "./create_batch.ts";
import { CreateRefusals } from "./create_refusals.ts";
import { certainAtOf, type Due, due } from "./due.ts";
import type { LeafFacts, ProcessFacts } from "./facts.ts";
import type { LaterRounds } from "./later_rounds.ts";
import type { RemoteView } from "../look/remote_view.ts";
import { ModelQueues } from "./model_queue.ts";
import { type Next, nextOf } from "./next.ts";
import type { JobContext } from "../context.ts";
import type { Part } from "../state/part.ts";
import type { Round } from "../state/round.ts";
import type { InputLines } from "../read/input_lines.ts";
import type { Tag } from "../state/tag.ts";
import { type Wait, Waits } from "../state/waits.ts";

/** Until a file that was pending is looked at again, ms. */
const PENDING_PAUSE = 5_000;

/** Creates the batches of a job. */
export class BatchCreator {
  /** What was put off in this step; undefined before the first one. */
  #waits: Waits | undefined;
  /** Whether a part is held back because an earlier process may have created its batch. */
  isUncertain = false;
  readonly #context: JobContext;
  readonly #view: RemoteView;
  readonly #inputLines: InputLines;
  readonly #laterRounds: LaterRounds;
  readonly #claim: Claim;
  readonly #seed = Math.random();
  readonly #creates = new CreateRefusals();
  readonly #queues: ModelQueues;
  /** At what change of the job there were as many batches as may be. */
  #fullAt = -1;

  constructor(
    context: JobContext,
    view: RemoteView,
    inputLines: InputLines,
    laterRounds: LaterRounds,
  ) {
    const { services, settings, parts } = context;
    this.#context = context;
    this.#view = view;
    this.#inputLines = inputLines;
    this.#laterRounds = laterRounds;
    this.#claim = new Claim(context, view.marks);
    this.#queues = new ModelQueues(parts, settings.queue, services.clock);
  }

  /** Begins a step: nothing has been postponed yet. */
  begin(): void {
    this.#waits = new Waits();
    this.isUncertain = false;
    this.#fullAt = -1;
    this.#queues.clear();
  }

  /**
   * Does what is due of a part, until its next batch is created or has to
   * wait.
   *
   * @throws {APIError} If the API refuses it.
   * @throws {JobConflictError} If other lines were sent under the name of the part.
   */
  async create(part: Part): Promise<void> {
    const { clock } = this.#context.services;
    const begunAt = clock.now();
    while (!this.#view.marks.stopped) {
      const next = nextOf(part);
      if (!next) break;
      const isNew = next.round.known.length === 0 && part.nextRound === 0;
      if (isNew && this.#isFull) return;
      const what = this.#dueOf(next, begunAt);
      if (what.do === "wait") return this.#putOff(what);
      const isInVain = await this.#do(what, next) === false;
      // What was done may change whose turn it is, even if nothing new was sent.
      this.#queues.clear();
      if (isInVain) break;
    }
    // It may have been read to its end just now: then it is another one's.
    if (!part.isOpen) this.#queues.clear();
  }

  /** What was postponed, or would be: a look is not a step. */
  get wait(): Wait | undefined {
    const { clock } = this.#context.services;
    if (this.#waits) return this.#waits.foremost;
    const waits = new Waits();
    this.#queues.clear();
    for (const part of this.#context.parts.leaves) {
      const next = nextOf(part);
      const what = next && this.#dueOf(next, clock.now());
      if (what?.do === "wait") waits.add(what.wait);
    }
    return waits.foremost;
  }

  /** When the first of what was put off is due, ms; Infinity if none ever is. */
  get wakeAt(): number {
    return this.#waits?.soonest ?? Infinity;
  }

  /**
   * Once nothing more is created: waits for batches whose create got no answer,
   * or whose process died.
   */
  async awaitStragglers(): Promise<void> {
    for (const part of this.#context.parts.leaves) {
      part.isQuiet = await this.#isQuiet(part);
    }
  }

  async #isQuiet(part: Part): Promise<boolean> {
    if (part.settled || part.reading.done) return true;
    const now = this.#context.services.clock.now();
    const process = this.#processFacts(now);
    const rounds = part.rounds.filter(({ batches }) => batches.length === 0)
      .map((round) => certainAtOf(this.#sendingOf(round), process, now));
    const certainAt = Math.max(this.#quietAt, ...rounds);
    if (now < certainAt) {
      this.#waits?.add({ reason: "lists", until: certainAt });
      return false;
    }
    await this.#view.find(certainAt);
    return true;
  }

  /** When everything must show that was created by processes that hadn't seen the stop. */
  get #quietAt(): number {
    const { own, services: { clock } } = this.#context;
    const certainAt = this.#certainAt;
    if (own.stays || clock.now() >= certainAt) return certainAt;
    // A step does not stay.
    return this.#view.marks.quietAt;
  }

  #dueOf(next: Next, begunAt: number): Due {
    const { part, round } = next;
    const now = this.#context.services.clock.now();
    return due(
      this.#leafFacts(next),
      this.#queues.factsOf(part, round),
      this.#processFacts(begunAt),
      now,
    );
  }

  #leafFacts({ part, round, tag }: Next): LeafFacts {
    const { parts } = this.#context;
    const isRest = !tag && !part.due;
    const { file, misses = Infinity } = tag && round.fileFor(tag) || {};
    return {
      ...this.#sendingOf(round),
      ...(isRest ? { uploadedAt: parts.uploadedAt } : {}),
      needsFile: tag === undefined && !isRest,
      isRest,
      lines: tag?.lines ?? 0,
      bytes: round.bytes,
      tokens: this.#queues.tokensOf(part, round),
      isCounted: round.tokens !== undefined,
      refusals: this.#queues.refusalsOf(part, round, tag),
      misses,
      isPending: file !== undefined && isPending(file),
      pendingUntil: round.pendingUntil,
    };
  }

  /** When something was sent that may show later. */
  #sendingOf(round: Round): Pick<LeafFacts, "uploadedAt" | "unansweredSince"> {
    const { ownFile, uploadedAt, unansweredSince = -Infinity } = round;
    return { uploadedAt: ownFile ? -Infinity : uploadedAt, unansweredSince };
  }

  #processFacts(begunAt: number): ProcessFacts {
    const { own, parts, services } = this.#context;
    const { settleTime, clock } = services;
    const refused = this.#creates.waitAt(clock.now());
    return {
      certainAt: this.#certainAt,
      stays: own.stays,
      settleTime,
      listedAt: this.#view.listedAt,
      cancelledAt: parts.cancelledAt,
      refused: refused && {
        ...refused,
        // A 429 is tried once more before it counts as sent what is not in the queue.
        isFirst: this.#creates.count === 1,
      },
      hasClaim: this.#claim.isTaken,
      claimableAt: this.#view.marks.claimableAt,
      begunAt,
      seed: this.#seed,
    };
  }

  /** Does it; false if it was in vain. */
  async #do(
    what: Exclude<Due, { do: "wait" }>,
    next: Next,
  ): Promise<boolean | void> {
    const { part, round, tag } = next;
    const laterRounds = this.#laterRounds;
    switch (what.do) {
      case "look":
        return await this.#view.findAll(what.since);
      case "file":
        await laterRounds.file(part, what.limit);
        return part.wantedTag && part.isFiled(part.wantedTag);
      case "count":
        return this.#queues.note(
          part,
          round,
          await laterRounds.countTokens(part),
        );
      case "slice":
        return await this.#slice(part, what.limit);
      case "upload":
        return await laterRounds.uploadAgain(part, tag!) !== undefined;
      case "inspect":
        return await this.#inspect(round, tag!);
      case "claim":
        return void await this.#claim.take();
      case "create":
        return await this.#create(part, round, tag!);
      case "fail":
        part.givenUp = what.error;
    }
  }

  /** What is due of the slices follows at once. */
  async #slice(leaf: Part, limit: number | undefined): Promise<boolean> {
    const laterRounds = this.#laterRounds;
    if (leaf.due) {
      await laterRounds.file(leaf, limit);
      return leaf.wantedTag !== undefined;
    }
    const slices = await laterRounds.slice(leaf, limit);
    if (slices[0] === leaf) {
      const round = leaf.round(0);
      this.#queues.note(leaf, round, round.tokens);
      return true;
    }
    this.#queues.clear();
    for (const slice of slices) await this.create(slice);
    return false;
  }

  async #create(part: Part, round: Round, tag: Tag): Promise<void> {
    const { services, settings, parts, own } = this.#context;
    const { clock } = services;
    if (!part.slice && tag.round === 0) checkConflict(part, tag);
    const { file } = round.fileFor(tag)!;
    const endpoint = await this.#inputLines.endpointOf(part);
    if (endpoint === undefined) return;
    if (clock.now() >= this.#certainAt) await this.#claim.discard();
    const input = { file, tag, endpoint, example: parts.example };
    const asked = parts.get(tag.part, tag.slice);
    const see = (batch: Batch) => parts.note(asked, tag.round, batch, false);
    try {
      await createBatch(round, input, see, services, settings);
    } catch (error) {
      return this.#creates.note(error, clock.now());
    }
    this.#creates.reset();
    own.createdAt = clock.now();
  }

  /** Azure takes a while to look at a file, and refuses batches of it until then. */
  async #inspect(round: Round, tag: Tag): Promise<void> {
    const { services: { files, clock }, settings: { signal } } = this.#context;
    const { file } = round.fileFor(tag)!;
    const seen = await files.retrieve(file.id, { signal });
    round.addFile(seen, tag, round.ownFile?.id === file.id);
    if (isPending(seen)) round.pendingUntil = clock.now() + PENDING_PAUSE;
  }

  #putOff({ wait, isUncertain }: Extract<Due, { do: "wait" }>): void {
    this.#waits?.add(wait);
    this.isUncertain ||= isUncertain;
    const { parts, settings: { queue } } = this.#context;
    const { maxActiveBatches = Infinity } = queue;
    const isFull = parts.active.size >= maxActiveBatches;
    if (isFull && wait.reason === "batches") this.#fullAt = parts.version;
  }

  /** Whether the first one waits for others to end: of hundreds that were never tried, each would wait for the same. */
  get #isFull(): boolean {
    return this.#fullAt === this.#context.parts.version;
  }

  /**
   * Whether all that an earlier process has sent must show in the lists by
   * now. A job that was made up just now has none.
   *
   * @returns True once it is; it has been listed then.
   */
  async isCertain(): Promise<boolean> {
    const { clock } = this.#context.services;
    const certainAt = this.#certainAt;
    if (clock.now() < certainAt) {
      this.#waits?.add({ reason: "lists", until: certainAt });
      this.isUncertain = true;
      return false;
    }
    await this.#view.find(certainAt);
    return true;
  }

  /** When that is, ms. */
  get #certainAt(): number {
    const { own, services, settings } = this.#context;
    return settings.fresh ? -Infinity : own.startedAt + services.settleTime;
  }
}

function isPending({ status }: FileObject): boolean {
  return status?.toLowerCase() === "pending";
}
