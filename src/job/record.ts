/**
 * The record of a job: what saves calls when it is attached to again.
 *
 * @module
 */

import { checkJobId, isHalf } from "./tag.ts";
import type { Counts } from "./part_state.ts";
import type { Parts } from "./parts.ts";

/** Plain JSON, to be stored anywhere. All but the id is opaque. */
export interface JobRecord {
  /** Of the record. */
  readonly version: 1;
  /** The job's id. */
  readonly id: string;
  /** Opaque. */
  readonly [key: string]: unknown;
}

/**
 * Writes down which parts are through.
 *
 * @param id The job's id.
 * @param parts What is known of its parts.
 * @returns The record.
 */
export function toRecord(id: string, parts: Parts): JobRecord {
  const settled = parts.all.flatMap(({ key, part, half, settled, reading }) => {
    const counts = settled ?? (reading.done ? reading.counts : undefined);
    return counts ? [{ key, part, half, ...counts }] : [];
  });
  return { version: 1, id, settled };
}

/**
 * Reads a record.
 *
 * @param record What `toJSON` gave, perhaps as parsed JSON.
 * @param parts The parts to tell.
 * @throws {TypeError} If it is no record, or a damaged one.
 */
export function readRecord(record: JobRecord, parts: Parts): void {
  if (record?.version !== 1) {
    throw new TypeError(`Not a job record of version 1: ${record?.version}`);
  }
  checkJobId(record.id);
  const { settled = [] } = record;
  if (!Array.isArray(settled)) throw damaged("settled", settled);
  settled.forEach((entry, i) => readSettled(entry, `settled[${i}]`, parts));
}

function readSettled(entry: unknown, place: string, parts: Parts): void {
  const { part, half, succeeded, failed } = (entry ?? {}) as Partial<
    Counts & { part: number; half: string }
  >;
  if (!isCount(part)) throw damaged(`${place}.part`, part);
  if (!isHalf(half)) throw damaged(`${place}.half`, half);
  if (!isCount(succeeded)) throw damaged(`${place}.succeeded`, succeeded);
  if (!isCount(failed)) throw damaged(`${place}.failed`, failed);
  parts.get(part, half).settled = { succeeded, failed };
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
