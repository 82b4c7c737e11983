/**
 * Puts uploaded files into the queue: when it is certain that they are not in
 * it yet, when there is room, and never twice.
 *
 * @module
 */

import type { FileObject } from "../../types/batch.ts";
import { millisecondsOf } from "../state/batch.ts";
import { hasRoom } from "./admission.ts";
import { Claim } from "./claim.ts";
import { checkConflict } from "./conflict.ts";
import { createBatch } from "./create_batch.ts";
import { CreateRefusals } from "./create_refusals.ts";
import type { LaterRounds } from "./later_rounds.ts";
import type { RemoteView } from "../look/remote_view.ts";
import { ModelQueue } from "./model_queue.ts";
import type { JobSettings } from "../options.ts";
import type { Part } from "../state/part.ts";
import type { Parts } from "../state/parts.ts";
import {
  FILE_PATIENCE,
  retryAt,
  waitForRefused,
  whyFileIsLost,
} from "./queue.ts";
import type { Round } from "../state/round.ts";
import type { Services } from "../services.ts";
import type { OwnProcess } from "../state/own_process.ts";
import type { InputLines } from "../read/input_lines.ts";
import type { Tag } from "../state/tag.ts";
import { Waits } from "../state/waits.ts";

/** Until a file that was pending is looked at again, ms. */
const PENDING_PAUSE = 5_000;

/** What submitting works with. */
export interface BatchCreatorContext {
  /** The client's. */
  services: Services;
  /** The job's options. */
  settings: JobSettings;
  /** What is known of its parts. */
  parts: Parts;
  /** What was seen, and when. */
  view: RemoteView;
  /** This process. */
  own: OwnProcess;
  /** Reads the lines of the parts. */
  inputLines: InputLines;
  /** New files from old ones. */
  laterRounds: LaterRounds;
}

/** Creates the batches of a job. */
export class BatchCreator {
  /** What was put off in this step. */
  readonly waits: Waits = new Waits();
  /** Whether a part is held back because an earlier process may have created its batch. */
  isUncertain = false;
  readonly #context: BatchCreatorContext;
  readonly #claim: Claim;
  readonly #seed = Math.random();
  readonly #creates = new CreateRefusals();
  readonly #queues = new Map<string | undefined, ModelQueue>();

  /** @param context What it works with. */
  constructor(context: BatchCreatorContext) {
    const { services, settings, view } = context;
    this.#context = context;
    this.#claim = new Claim(services, settings.id, view);
  }

  /** Begins a step: nothing was put off yet. */
  begin(): void {
    this.waits.clear();
    this.isUncertain = false;
    this.#queues.clear();
  }

  /**
   * Creates the next batch of a part, if it is due.
   *
   * @param part The part.
   * @throws {APIError} If the API refuses it.
   * @throws {JobConflictError} If other lines were sent under the name of the part.
   */
  async create(part: Part): Promise<void> {
    const tag = part.wantedTag;
    if (!tag || !part.isOpen) return;
    const round = part.round(tag.round);
    if (round.batches.length > 0) return;
    await this.#tryCreate(part, round, tag);
    // Whose turn it is depends on who is left.
    if (!part.isOpen) this.#queues.clear();
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
    const certainAt = Math.max(
      this.#quietAt,
      ...part.rounds.filter(({ batches }) => batches.length === 0)
        .map((round) => this.#certainAt(round)),
    );
    if (this.#now < certainAt) {
      this.waits.add({ reason: "lists", until: certainAt });
      return false;
    }
    await this.#context.view.find(certainAt);
    return true;
  }

  /** When all must show that was created by who did not see the stop yet. */
  get #quietAt(): number {
    const { view } = this.#context;
    if (this.#isPatient) return this.#jobCertainAt;
    // A step does not stay.
    return view.stoppedAt + view.patience;
  }

  async #tryCreate(
    part: Part,
    round: Round,
    tag: Tag,
  ): Promise<void> {
    const refused = this.#creates.waitAt(this.#now);
    if (refused) return this.waits.add(refused);
    const lost = whyFileIsLost(round);
    if (lost) return void (part.givenUp = lost);
    if (!await this.#isDue(part, round, tag)) return;
    const { services, settings, parts, inputLines } = this.#context;
    if (tag.round === 0) checkConflict(part, tag);
    const file = await this.#fileOf(part, round, tag);
    if (!file || await this.#isPending(file)) return;
    const endpoint = await inputLines.endpointOf(part);
    if (endpoint === undefined || !await this.#mayCreate()) return;
    const { example } = parts;
    const input = { file, tag, endpoint, example };
    try {
      await createBatch(round, input, services, settings);
    } catch (error) {
      return this.#putOffCreates(error);
    }
    this.#creates.reset();
    this.#queues.clear();
    this.#context.own.createdAt = this.#now;
    if (round.unansweredSince !== undefined) this.#isPutOff(round, false);
  }

  /** A 429 is tried once more before it counts as sent what is not in the queue. */
  #putOffCreates(error: unknown): void {
    this.#creates.note(error, this.#now);
    this.waits.add(this.#creates.waitAt(this.#now)!);
    this.isUncertain ||= this.#creates.count === 1;
  }

  /** Whether a batch is to be created now; a part that is too large for any is halved. */
  async #isDue(
    part: Part,
    round: Round,
    tag: Tag,
  ): Promise<boolean> {
    const { settings, parts, laterRounds } = this.#context;
    const queue = this.#queueOf(part);
    const turn = queue.turnOf(round);
    if (this.#isPutOff(round, turn === "pause")) return false;
    if (turn === "wait") {
      this.waits.add(queue.waitFor(Infinity));
      return false;
    }
    const hasPlace = hasRoom(part, round, parts.leaves, settings.queue);
    if (!hasPlace && round.voids.length === 0) return false;
    if (tag.round === 0 && queue.mustCount(round)) {
      await laterRounds.countTokens(part);
    }
    const mustHalve = queue.isTooLarge(round);
    if (!mustHalve && !hasPlace) return false;
    if (!await this.#isStillMissing(part, round)) return false;
    if (mustHalve && await laterRounds.halve(part)) return false;
    return hasPlace;
  }

  /** Its file; a new one for one that OpenAI does not find. */
  async #fileOf(
    part: Part,
    round: Round,
    tag: Tag,
  ): Promise<FileObject | undefined> {
    const known = round.fileFor(tag);
    if (known && known.misses < FILE_PATIENCE) return known.file;
    return await this.#context.laterRounds.uploadAgain(part, tag);
  }

  /** What is known until a batch is created, a part is halved or given up. */
  #queueOf({ model }: Part): ModelQueue {
    const known = this.#queues.get(model);
    if (known) return known;
    const { services: { serverClock }, parts } = this.#context;
    const queue = new ModelQueue(model, parts.all, serverClock.now());
    this.#queues.set(model, queue);
    return queue;
  }

  /** Azure takes a while to look at a file, and refuses batches of it until then. */
  async #isPending(file: FileObject): Promise<boolean> {
    const { services: { files }, settings: { signal } } = this.#context;
    if (!isPending(file)) return false;
    if (!isPending(await files.retrieve(file.id, { signal }))) return false;
    const until = this.#now + PENDING_PAUSE;
    const message = "OpenAI still looks at an uploaded file";
    this.waits.add({ reason: "file", until, message });
    this.isUncertain = true;
    return true;
  }

  #isPutOff(round: Round, pauses: boolean): boolean {
    const { serverClock } = this.#context.services;
    const certainAt = this.#certainAt(round);
    const triableAt = pauses
      ? serverClock.toLocal(retryAt(round, this.#seed))
      : -Infinity;
    const due = Math.max(certainAt, triableAt);
    if (this.#now >= due) return false;
    this.waits.add(
      certainAt < triableAt
        ? waitForRefused(round, due)
        : { reason: "lists", until: due },
    );
    this.isUncertain ||= this.#now < certainAt;
    return true;
  }

  /**
   * Whether all that an earlier process has sent must show in the lists by
   * now. A job that was made up just now has none.
   *
   * @returns True once it is; it has been listed then.
   */
  async isCertain(): Promise<boolean> {
    const { view } = this.#context;
    const certainAt = this.#jobCertainAt;
    if (this.#now < certainAt) {
      this.waits.add({ reason: "lists", until: certainAt });
      this.isUncertain = true;
      return false;
    }
    await view.find(certainAt);
    return true;
  }

  get #jobCertainAt(): number {
    const { own, services, settings } = this.#context;
    return settings.fresh ? -Infinity : own.startedAt + services.settleTime;
  }

  /** Whether this process waits until it has seen everything of those before it. */
  get #isPatient(): boolean {
    return this.#context.own.stays || this.#now >= this.#jobCertainAt;
  }

  /** A process that was here long enough has seen everything of those before it; another one needs a claim. */
  async #mayCreate(): Promise<boolean> {
    if (this.#now >= this.#jobCertainAt) {
      await this.#claim.discard();
      return true;
    }
    if (await this.#claim.take()) return true;
    this.waits.add({ reason: "claim", until: this.#claim.readyAt });
    this.isUncertain = true;
    return false;
  }

  /** When the lists must show a batch that somebody may have created, or that somebody has cancelled the job. */
  #certainAt(round: Round): number {
    const { services: { settleTime, serverClock }, parts } = this.#context;
    const uploadedAt = serverClock.toLocal(lastUpload(round));
    const unanswered = round.unansweredSince ?? -Infinity;
    const cancelledAt = serverClock.toLocal(parts.cancelledAt);
    return Math.max(
      this.#isPatient ? this.#jobCertainAt : -Infinity,
      unanswered + settleTime,
      // Who cancels a job leaves a mark first, and it may be listed late.
      cancelledAt + settleTime,
      round.ownFile ? -Infinity : uploadedAt + settleTime,
    );
  }

  /** Looks once more before something is paid: has it a batch by now, was it halved, is the job cancelled? */
  async #isStillMissing(part: Part, round: Round): Promise<boolean> {
    const { services, view } = this.#context;
    const recent = this.#now - services.settleTime / 2;
    await view.find(Math.max(this.#certainAt(round), recent));
    const isMissing = round.batches.length === 0 && !part.isSplit;
    return isMissing && !view.stopped;
  }

  get #now(): number {
    return this.#context.services.clock.now();
  }
}

function isPending({ status }: FileObject): boolean {
  return status?.toLowerCase() === "pending";
}

/** Another process creates a batch right after an upload. */
function lastUpload({ files }: Round): number {
  const uploads = files.map(({ created_at }) =>
    millisecondsOf(created_at) ?? 0
  );
  return Math.max(...uploads);
}
