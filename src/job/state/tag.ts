/**
 * The tag: what a file name and a batch's metadata say of the lines they carry.
 * It is all that a job needs to be found again.
 *
 * @module
 */

import { formatSlice, parseSlice, sizeOf, type Slice } from "./slice.ts";

/** The key in a batch's metadata. */
export const TAG_KEY = "offpeak";

/** What a tag says, version 1. */
export interface Tag {
  /** The job's id. */
  job: string;
  /** The part's number: 0, 1, … */
  part: number;
  /** Which of its lines; undefined for all. */
  slice: Slice | undefined;
  /** 0 for the first attempt at these lines, then 1, 2, … */
  round: number;
  /** Lines in the file. */
  lines: number;
  /** The file's digest, 16 hex digits. */
  digest: string;
  /** Whether the input ended with this part. */
  last: boolean;
}

/** Anyone may name a file like this: no number in it makes us keep more than a job of ten million would. */
const TAG =
  /^([A-Za-z0-9_-]{1,64})\.v1\.p(\d{1,8})(?:\.l([\d-]{3,17}))?\.r(\d{1,4})\.n(\d{1,8})\.([0-9a-f]{16})(\.last)?$/;

/** @returns The tag; with `.jsonl` behind it, it is the file's name. */
export function formatTag(tag: Tag): string {
  const { job, part, slice, round, lines, digest, last } = tag;
  const which = slice ? `${part}.l${formatSlice(slice)}` : part;
  const end = last ? ".last" : "";
  return `${job}.v1.p${which}.r${round}.n${lines}.${digest}${end}`;
}

/** @returns What it says; undefined if it isn't one of ours. */
export function parseTag(text: unknown): Tag | undefined {
  const match = TAG.exec(withoutEnding(text));
  if (!match) return undefined;
  const [, job = "", part, range, round, lines, digest = "", last] = match;
  const slice = parseSlice(range);
  if (range !== undefined && !isPossible(slice, +round!, +lines!)) {
    return undefined;
  }
  return {
    job,
    part: Number(part),
    slice,
    round: Number(round),
    lines: Number(lines),
    digest,
    last: last !== undefined,
  };
}

/** A first round has all lines of its slice, a later one at most as many. */
function isPossible(
  slice: Slice | undefined,
  round: number,
  lines: number,
): boolean {
  if (!slice) return false;
  const size = sizeOf(slice);
  return round === 0 ? lines === size : lines <= size;
}

/** @param name A file's name; other programs' files may have none. */
export function withoutEnding(name: unknown): string {
  return typeof name === "string" ? name.replace(/\.jsonl$/, "") : "";
}
