/**
 * What is to be run next of a leaf.
 *
 * @module
 */

import type { Part } from "../state/part.ts";
import type { Round } from "../state/round.ts";
import type { Tag } from "../state/tag.ts";

/** A leaf whose next round has no batch. */
export interface Next {
  part: Part;
  round: Round;
  /** The file that is to be run; undefined if it must be made first. */
  tag: Tag | undefined;
}

/** What is to be run next of a leaf; undefined if nothing is, for now. */
export function nextOf(part: Part): Next | undefined {
  if (!part.isOpen) return undefined;
  const { due, wantedTag: tag, nextRound, slice } = part;
  const round = part.peek(nextRound);
  // What a slice has left over has no file yet.
  const isRest = !tag && slice && nextRound === 0;
  if (isRest && round.batches.length === 0) return { part, round, tag };
  // Answers that came late are not asked for again: then there has to be another file.
  if (due && !(tag && part.isFiled(tag))) {
    return { part, round, tag: undefined };
  }
  if (!tag) return undefined;
  const wanted = part.round(tag.round);
  return wanted.batches.length > 0 ? undefined : { part, round: wanted, tag };
}
