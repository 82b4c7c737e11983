/**
 * What jobs were asked: their input files, and the ids in them.
 *
 * @module
 */

import { parseLines } from "../jsonl/decode.ts";
import type { Contact } from "../rest/contact.ts";
import type { Files } from "../rest/files.ts";
import { idOf } from "../results/to_result.ts";
import type { FileObject } from "../types/batch.ts";
import type { Endpoint } from "../types/endpoints.ts";
import type { RequestLine } from "../types/lines.ts";
import type { Clock } from "../types/platform.ts";
import { listInputFiles } from "./look/lists.ts";
import { RetryLoop } from "./retry_loop.ts";
import { parseTag } from "./state/tag.ts";

/** An input file of a job, with its requests as they were first sent. */
export interface JobInput {
  /** The job's id, for `attach`. */
  job: string;
  /** The number of its part: 0, 1, … */
  part: number;
  /** The file. A part may have two: two processes sent it, or it had to be uploaded again. */
  file: FileObject;
  /**
   * Downloads the file.
   *
   * @returns The ids of its requests, in the order of its lines.
   * @throws {APIError} If the server doesn't return it.
   */
  ids(): Promise<string[]>;
  /**
   * Downloads the file.
   *
   * @param isWanted Chooses requests by their ids. @default all
   * @returns Its lines as they were sent, ready to be sent again.
   * @throws {APIError} If the server doesn't return it.
   */
  lines(
    isWanted?: (id: string) => boolean,
  ): Promise<RequestLine<Endpoint>[]>;
}

/** Where to look, and for how long. */
export interface InputContext {
  /** The files endpoint. */
  files: Files;
  /** Measures the pauses of an outage. */
  clock: Clock;
  /** Whether anything gets through. */
  contact: Contact;
  /** What the job's id begins with. */
  prefix: string;
  /** Ends the wait. */
  signal: AbortSignal | undefined;
}

/**
 * Lists the input files of jobs, without those that a job has made of them itself to
 * send a rest again.
 */
export async function listInputs(context: InputContext): Promise<JobInput[]> {
  const { files, clock, contact, prefix, signal } = context;
  const list = async () => {
    const found: JobInput[] = [];
    for await (const file of listInputFiles(files, signal)) {
      const tag = parseTag(file.filename);
      const isFirst = tag?.round === 0 && !tag.slice;
      if (!isFirst || !tag.job.startsWith(prefix)) continue;
      const { job, part } = tag;
      const ids = () => insist(() => readIds(files, file.id, signal));
      const lines = (isWanted = (_id: string) => true) =>
        insist(() => readLines(files, file.id, isWanted, signal));
      found.push({ job, part, file, ids, lines });
    }
    return found.reverse();
  };
  const insist = <T>(work: () => Promise<T>) =>
    new RetryLoop({ clock, contact, signal }).insist(work);
  return await insist(list);
}

async function readIds(
  files: Files,
  id: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const ids: string[] = [];
  for await (const line of parseLines(await files.content(id, { signal }))) {
    const name = idOf(line);
    if (name !== undefined) ids.push(name);
  }
  return ids;
}

async function readLines(
  files: Files,
  id: string,
  isWanted: (id: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<RequestLine<Endpoint>[]> {
  const lines: RequestLine<Endpoint>[] = [];
  for await (const line of parseLines(await files.content(id, { signal }))) {
    const name = idOf(line);
    if (name === undefined || !isWanted(name)) continue;
    lines.push(line as RequestLine<Endpoint>);
  }
  return lines;
}
