/**
 * What is due for a leaf, as data: from what is known, one function decides what to do
 * next until its batch is created, or what to wait for. It is called again after each
 * action.
 *
 * @module
 */

import type { ResultError } from "../../results/result.ts";
import type { Wait } from "../state/waits.ts";
import type { LeafFacts, ProcessFacts, QueueFacts } from "./facts.ts";
import {
  FILE_PATIENCE,
  isHopeless,
  neverFits,
  type Refusal,
  retryAt,
  whyFileIsLost,
} from "./queue.ts";

/** What is done next. */
export type Due =
  /** Both lists are read, unless they were since then. */
  | { do: "look"; since: number }
  /** The file of a later round is made, as large as fits. */
  | { do: "file"; limit: number }
  /** The tokens of the file are counted. */
  | { do: "count" }
  /** The leaf is cut into slices that fit; in half if we don't know how much does. */
  | { do: "slice"; limit: number | undefined }
  /** The file is uploaded once more. */
  | { do: "upload" }
  /** The file is looked at, whether it is ready by now. */
  | { do: "inspect" }
  /** A mark is left, or deleted, for the right to create. */
  | { do: "claim" }
  /** The batch is created. */
  | { do: "create" }
  /** The leaf is given up. */
  | { do: "fail"; error: ResultError }
  /** Nothing, for now. */
  | {
    do: "wait";
    wait: Wait;
    /** Whether the batch may already have been created: unless that is certain, it counts as not sent. */
    isUncertain: boolean;
  };

/**
 * Decides what is due.
 *
 * @param leaf A leaf that is open, and whose next round has no batch.
 */
export function due(
  leaf: LeafFacts,
  queue: QueueFacts,
  process: ProcessFacts,
  now: number,
): Due {
  if (leaf.needsFile) {
    // What only a record tells is listed first: others may have made it.
    return lookSince(-Infinity, process) ??
      { do: "file", limit: queue.named ?? Infinity };
  }
  const { refused } = process;
  if (refused && now < refused.until) return wait(refused, refused.isFirst);
  const lost = whyFileIsLost(leaf.refusals);
  if (lost) return { do: "fail", error: lost };
  const certainAt = certainAtOf(leaf, process, now);
  const look = lookSince(
    Math.max(certainAt, process.begunAt - process.settleTime / 2),
    process,
  );
  return waitUntilCertain(leaf, process, now, certainAt) ??
    sliceRest(leaf, queue, look) ??
    cutOf(leaf, queue, look) ??
    waitForRoom(leaf, queue) ??
    waitForTurn(leaf, queue, process, now) ??
    // Once more before something is paid: has it a batch by now?
    look ??
    prepare(leaf, now) ??
    claim(process, now) ??
    { do: "create" };
}

/**
 * @param leaf What is known of a leaf without a batch.
 * @returns When the lists must show a batch that another process may have created, or that the job was cancelled.
 */
export function certainAtOf(
  { unansweredSince, uploadedAt }: Pick<
    LeafFacts,
    "unansweredSince" | "uploadedAt"
  >,
  { stays, certainAt, settleTime, cancelledAt }: ProcessFacts,
  now: number,
): number {
  return Math.max(
    stays || now >= certainAt ? certainAt : -Infinity,
    unansweredSince + settleTime,
    // A process that cancels a job leaves a mark first, which may be listed late.
    cancelledAt + settleTime,
    uploadedAt + settleTime,
  );
}

function waitUntilCertain(
  leaf: LeafFacts,
  { seed }: ProcessFacts,
  now: number,
  certainAt: number,
): Due | undefined {
  if (now >= certainAt) return undefined;
  const until = retryAt(leaf.refusals, seed);
  const last = leaf.refusals.at(-1);
  if (last && until > certainAt) return wait(waitForRefused(last, until), true);
  return wait({ reason: "lists", until: certainAt }, true);
}

function lookSince(
  since: number,
  { listedAt }: ProcessFacts,
): Due | undefined {
  return listedAt < since || listedAt === -Infinity
    ? { do: "look", since }
    : undefined;
}

/** Slices are not all uploaded at once: the process that did may have died, or be at it. */
function sliceRest(
  { isRest }: LeafFacts,
  { named: limit = Infinity }: QueueFacts,
  look: Due | undefined,
): Due | undefined {
  return isRest ? look ?? { do: "slice", limit } : undefined;
}

/** What will not fit however long one waits: it is cut, or, if that is a single request, given up. */
function cutOf(
  leaf: LeafFacts,
  queue: QueueFacts,
  look: Due | undefined,
): Due | undefined {
  const { lines, bytes, isCounted, refusals } = leaf;
  const { named = Infinity } = queue;
  const isOver = exceeds(leaf, queue);
  const isRefusedAlone = neverFits(refusals);
  if (lines === 1) {
    if (!isRefusedAlone) return undefined;
    if (!isCounted && bytes > named) return { do: "count" };
    const mayFail = isOver || isHopeless(refusals);
    const { error } = refusals.at(-1)!;
    return mayFail ? look ?? { do: "fail", error } : undefined;
  }
  const half: Due = { do: "slice", limit: undefined };
  if (isRefusedAlone) return look ?? half;
  // Where that is an estimate, its file is not read again and again while it waits for its turn.
  if (isOver && !isCounted && !queue.isEmpty) return undefined;
  if (isOver) return look ?? { do: "slice", limit: named };
  const isAsLarge = queue.named === undefined && bytes >= queue.smallestCut;
  return isAsLarge ? look ?? half : undefined;
}

/** A token is a byte at least. */
function exceeds(
  { tokens, isCounted, bytes }: LeafFacts,
  { named = Infinity }: QueueFacts,
): boolean {
  return tokens > named && (isCounted || bytes > named);
}

/** The job's own batches, counted. One that would be alone is always tried. */
function waitForRoom(
  leaf: LeafFacts,
  queue: QueueFacts,
): Due | undefined {
  const { active, maxActive = Infinity, queued, isEmpty } = queue;
  const { given = Infinity, named = Infinity } = queue;
  if (active >= maxActive) return waitFor("batches");
  const sum = queued + leaf.tokens;
  if (isEmpty || sum <= Math.min(given, named)) return undefined;
  const isGuessed = !leaf.isCounted && !queue.isMeasured;
  if (sum > given || !isGuessed) {
    return sum > named ? waitFor("queue", queue.message) : waitFor("batches");
  }
  return { do: "count" };
}

/**
 * Whose turn it is where others use the queue too. Without turns, each part of
 * a large job would be refused again and again: thousands of failed batches,
 * and OpenAI has a limit for creating them too. So after a refusal a batch
 * follows each one that ended. Whether there is more room tries only the first
 * of those that were refused, after its pause; once it got in, others follow,
 * twice as many each time.
 */
function waitForTurn(
  leaf: LeafFacts,
  queue: QueueFacts,
  { seed }: ProcessFacts,
  now: number,
): Due | undefined {
  const turn = turnOf(leaf, queue);
  if (turn === "wait") return waitFor("queue", queue.message);
  const until = turn === "pause" ? retryAt(leaf.refusals, seed) : -Infinity;
  if (now >= until) return undefined;
  return wait(waitForRefused(leaf.refusals.at(-1)!, until), false);
}

function turnOf(
  leaf: LeafFacts,
  queue: QueueFacts,
): "go" | "pause" | "wait" {
  const last = leaf.refusals.at(-1);
  if (last && last.reason !== "queue") return "pause";
  // Whether it ever fits is only told by its own refusals.
  if (last && (leaf.lines === 1 && last.isAlone || exceeds(leaf, queue))) {
    return "pause";
  }
  const { crowd } = queue;
  if (!crowd) return last && neverFits(leaf.refusals) ? "pause" : "go";
  const { hasSign, isUntold, next } = crowd;
  if (!last) return !next && (hasSign || !isUntold) ? "go" : "wait";
  if (hasSign) return "go";
  const isNext = next === "this" && !isUntold;
  return isNext || neverFits(leaf.refusals) ? "pause" : "wait";
}

/** Its file; a new one for one that OpenAI does not find. Azure takes a while to look at a file, and refuses batches of it until then. */
function prepare(
  { misses, isPending, pendingUntil }: LeafFacts,
  now: number,
): Due | undefined {
  if (misses >= FILE_PATIENCE) return { do: "upload" };
  if (!isPending) return undefined;
  if (now >= pendingUntil) return { do: "inspect" };
  const message = "OpenAI still looks at an uploaded file";
  return wait({ reason: "file", until: pendingUntil, message }, true);
}

/** A process that was here long enough has seen everything of those before it; another one needs a claim. */
function claim(
  { certainAt, hasClaim, claimableAt }: ProcessFacts,
  now: number,
): Due | undefined {
  if (now >= certainAt || hasClaim) return undefined;
  if (claimableAt === Infinity || now >= claimableAt) return { do: "claim" };
  return wait({ reason: "claim", until: claimableAt }, true);
}

function waitForRefused({ reason, message }: Refusal, until: number): Wait {
  return { reason, until, message };
}

/** For waits with an unknown end. */
function waitFor(reason: "queue" | "batches", message?: string): Due {
  return wait({ reason, until: Infinity, message }, false);
}

function wait(
  { reason, until, message }: Wait,
  isUncertain: boolean,
): Due {
  return { do: "wait", wait: { reason, until, message }, isUncertain };
}
