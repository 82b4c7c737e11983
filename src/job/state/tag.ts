/**
 * The tag: what a file name and a batch's metadata say of the part they carry.
 * It is all that a job needs to be found again.
 *
 * @module
 */

/** The key in a batch's metadata. */
export const TAG_KEY = "offpeak";

/** What a tag says, version 1. */
export interface Tag {
  /** The job's id. */
  job: string;
  /** The part's number: 0, 1, … */
  part: number;
  /** Which half of it, of which half, …: "", "a", "b", "aa", … */
  half: string;
  /** 0 for the first try; follow-up batches count on. */
  round: number;
  /** Lines in the file. */
  lines: number;
  /** The file's digest, 16 hex digits. */
  digest: string;
  /** Whether the input ended with this part. */
  last: boolean;
}

/** Anybody may name a file like this: no number in it makes us hold more than a job of ten million would. */
const TAG =
  /^([A-Za-z0-9_-]{1,64})\.v1\.p(\d{1,8})([ab]{0,24})\.r(\d{1,4})\.n(\d{1,8})\.([0-9a-f]{16})(\.last)?$/;

/**
 * @param text Anything.
 * @returns Whether it says which half of a part is meant.
 */
export function isHalf(text: unknown): text is string {
  return typeof text === "string" && /^[ab]{0,24}$/.test(text);
}

/**
 * @param tag What to say.
 * @returns The tag; with `.jsonl` behind it, it is the file's name.
 */
export function formatTag(tag: Tag): string {
  const { job, part, half, round, lines, digest, last } = tag;
  return `${job}.v1.p${part}${half}.r${round}.n${lines}.${digest}${
    last ? ".last" : ""
  }`;
}

/**
 * @param text A tag or a file's name.
 * @returns What it says; undefined if it is none of ours.
 */
export function parseTag(text: unknown): Tag | undefined {
  const match = TAG.exec(withoutEnding(text));
  if (!match) return undefined;
  const [, job = "", part, half = "", round, lines, digest = "", last] = match;
  return {
    job,
    part: Number(part),
    half,
    round: Number(round),
    lines: Number(lines),
    digest,
    last: last !== undefined,
  };
}

/**
 * @param name A file's name; files of others have been seen without one.
 * @returns It without its ending.
 */
export function withoutEnding(name: unknown): string {
  return typeof name === "string" ? name.replace(/\.jsonl$/, "") : "";
}
