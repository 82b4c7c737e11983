/**
 * The record of a job, which saves calls when you attach to it again.
 *
 * @module
 */

import type { Batch, FileObject } from "../types/batch.ts";
import { millisecondsOf } from "./state/batch.ts";
import type { Progress } from "./look/lists.ts";
import type { Recorded, RemoteView } from "./look/remote_view.ts";
import { checkName } from "../check_options.ts";
import { formatSlice, parseSlice } from "./state/slice.ts";
import type { Counts } from "./state/part.ts";
import type { Parts } from "./state/parts.ts";

/** Plain JSON, to store anywhere. Everything but the id is opaque. */
export interface JobRecord {
  /** The version of the record. */
  readonly version: 1;
  /** The job's id. */
  readonly id: string;
  /** Opaque. */
  readonly [key: string]: unknown;
}

/** Writes down what exists of a job, and which parts are finished. */
export function toRecord(
  id: string,
  parts: Parts,
  view: RemoteView,
): JobRecord {
  const settled = parts.leaves.flatMap((leaf) => {
    const { key, part, slice, settled, reading } = leaf;
    const counts = settled ?? (reading.done ? reading.counts : undefined);
    if (!counts) return [];
    const lines = slice && { slice: formatSlice(slice) };
    return [{ key, part, ...lines, ...counts }];
  });
  const { files, unfinished, soughtDate, ...seen } = view.recorded;
  return {
    version: 1,
    id,
    settled,
    ...seen,
    soughtAt: soughtDate,
    files: files.map(({ id, filename, bytes, created_at, status }) => ({
      id,
      filename,
      bytes,
      created_at,
      ...(status === undefined ? {} : { status }),
    })),
    ...(unfinished.files && { filesAfter: unfinished.files }),
    ...(unfinished.batches && { batchesAfter: unfinished.batches }),
    ...(unfinished.unseen && { unseen: [...unfinished.unseen] }),
  };
}

/**
 * Reads a record.
 *
 * @param view What to tell what exists. Without that, as an earlier version wrote it, a record tells only which parts are through.
 * @throws {TypeError} If it isn't a record, or is damaged.
 */
export function readRecord(
  record: JobRecord,
  parts: Parts,
  view: RemoteView,
): void {
  if (record?.version !== 1) {
    throw new TypeError(
      `This is not a job record of version 1: its version is ${record?.version}`,
    );
  }
  checkName("job", record.id);
  const { settled = [], files, batches } = record;
  if (!Array.isArray(settled)) throw damaged("settled", settled);
  settled.forEach((entry, i) => readSettled(entry, `settled[${i}]`, parts));
  if (files === undefined && batches === undefined) return;
  view.restore(readSeen(record));
}

function readSeen(record: JobRecord): Recorded {
  const { files, batches, soughtAt, areFar, unseen } = record;
  return {
    files: readList("files", files, isFile),
    batches: readList("batches", batches, isBatch),
    soughtDate: isTime(soughtAt) ? soughtAt : fail("soughtAt", soughtAt),
    areFar: areFar === true,
    unfinished: {
      files: readProgress("filesAfter", record.filesAfter),
      batches: readProgress("batchesAfter", record.batchesAfter),
      unseen: unseen === undefined
        ? undefined
        : new Set(readList("unseen", unseen, isText)),
    },
  };
}

function readList<T>(
  name: string,
  list: unknown,
  isOne: (entry: unknown) => entry is T,
): T[] {
  if (!Array.isArray(list)) throw damaged(name, list);
  return list.map((entry, i) =>
    isOne(entry) ? entry : fail(`${name}[${i}]`, entry)
  );
}

function readProgress(name: string, value: unknown): Progress | undefined {
  if (value === undefined) return undefined;
  const { at, pages, after } = (value ?? {}) as Partial<Progress>;
  const isRight = isTime(at) && isCount(pages) &&
    (after === undefined || isText(after));
  // It was begun by the clock of another process.
  return isRight ? { at: 0, pages, after } : fail(name, value);
}

function isFile(value: unknown): value is FileObject {
  const { id, filename, created_at } = fieldsOf(value);
  return isText(id) && isText(filename) &&
    millisecondsOf(created_at) !== undefined;
}

function isBatch(value: unknown): value is Batch {
  const { id, input_file_id, status, created_at } = fieldsOf(value);
  return isText(id) && isText(input_file_id) && isText(status) &&
    millisecondsOf(created_at) !== undefined;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return (value ?? {}) as Record<string, unknown>;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function fail(place: string, value: unknown): never {
  throw damaged(place, value);
}

function readSettled(entry: unknown, place: string, parts: Parts): void {
  const { part, slice: lines, succeeded, failed } = (entry ?? {}) as Partial<
    Counts & { part: number; slice: string }
  >;
  const slice = parseSlice(lines);
  if (!isCount(part)) throw damaged(`${place}.part`, part);
  if (lines !== undefined && !slice) throw damaged(`${place}.slice`, lines);
  if (!isCount(succeeded)) throw damaged(`${place}.succeeded`, succeeded);
  if (!isCount(failed)) throw damaged(`${place}.failed`, failed);
  parts.settle(parts.get(part, slice), { succeeded, failed });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function damaged(place: string, value: unknown): TypeError {
  const text = JSON.stringify(value)?.slice(0, 100);
  return new TypeError(
    `The job record is damaged: ${place} is ${text}. Attach by the job's id instead`,
  );
}
