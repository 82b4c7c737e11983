/**
 * What is known when it is decided what is due. All times are ms since the epoch.
 *
 * @module
 */

import type { Wait } from "../state/waits.ts";
import type { Refusal } from "./queue.ts";

/** What is known about a leaf without a batch in its next round. */
export interface LeafFacts {
  /** Whether a file must be made of what the round before has left open. */
  needsFile: boolean;
  /** Whether it is what a slice has left of its part, and so has no file yet. */
  isRest: boolean;
  /** Lines of that file. */
  lines: number;
  /** Its bytes. */
  bytes: number;
  /** Its input tokens. */
  tokens: number;
  /** Whether they were counted rather than estimated. */
  isCounted: boolean;
  /** The batches of this round that never got into the queue, the oldest first. */
  refusals: readonly Refusal[];
  /** When another process uploaded the file, for a rest any file; -Infinity if this one did. */
  uploadedAt: number;
  /** When a create of it got no answer; -Infinity if all did. */
  unansweredSince: number;
  /** How many times the file was not found. */
  misses: number;
  /** Whether the server is still checking the file. */
  isPending: boolean;
  /** Until when that is not sent again. */
  pendingUntil: number;
}

/** What is known about the queue of its model. */
export interface QueueFacts {
  /** Running batches of the job, of all models. */
  active: number;
  /** How many may, as the caller says. */
  maxActive: number | undefined;
  /** Input tokens of those of this model. */
  queued: number;
  /** Whether there are none. */
  isEmpty: boolean;
  /** How many tokens may be queued, as the caller says. */
  given: number | undefined;
  /** The same, as a refusal says. */
  named: number | undefined;
  /** Whether tokens are estimated by those of a file that was counted, not by nothing but the size. */
  isMeasured: boolean;
  /** Bytes of the smallest leaf that had to be cut where no limit is named; Infinity if none had to. */
  smallestCut: number;
  /** What shows that the queue is fuller than the job's own batches make it; undefined if nothing does. */
  crowd: Crowd | undefined;
  /** The message of the last refusal. */
  message: string | undefined;
}

/** Signs of room since a batch was refused that would have fitted beside the job's own. */
export interface Crowd {
  /** Whether there is a sign: a batch that ended makes room for one, and one that got in besides for as many again. */
  hasSign: boolean;
  /** Whether a batch that was created since then says nothing yet. */
  isUntold: boolean;
  /** Which leaf tries whether there is room: this one, another one, or none that was refused. */
  next: "this" | "other" | undefined;
}

/** What is known about this process. */
export interface ProcessFacts {
  /** When all that earlier processes have sent must show in the lists. */
  certainAt: number;
  /** Whether it stays until then. Another one takes a claim. */
  stays: boolean;
  /** How long lists may lag behind, ms. */
  settleTime: number;
  /** When both lists were read last. */
  listedAt: number;
  /** When a batch of the job was cancelled last. */
  cancelledAt: number;
  /** What the server makes of creates since it refused one; undefined if it may be tried. */
  refused: (Wait & { isFirst: boolean }) | undefined;
  /** Whether it has the right to create before `certainAt`. */
  hasClaim: boolean;
  /** When the mark that it has left, or found, may be deleted; Infinity if there is none. */
  claimableAt: number;
  /** When it turned to this leaf. */
  begunAt: number;
  /** From 0 to 1: two that try at the same moment, each time, would never see each other and never get in. */
  seed: number;
}
