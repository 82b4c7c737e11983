/**
 * The shape that the response to each call must have. A 200 proves nothing: it may
 * come with a login page, an error or the answer to another call, and a list without
 * items would mean that nothing exists. Anything of another shape doesn't count as an
 * answer.
 *
 * @module
 */

import type { Batch, FileObject } from "../types/batch.ts";
import type { PageBody } from "./page.ts";

/** The shape of a response. */
export interface Shape<T> {
  /** What it is, for messages. */
  name: string;
  /**
   * Checks a response.
   *
   * @param value Parsed JSON; undefined if it wasn't JSON.
   * @returns The response; undefined if it has another shape.
   */
  read(value: unknown): T | undefined;
}

type Fields = Record<string, unknown>;

/** A batch: an id and a status. All its other fields are read with care, whatever the type says. */
export const BATCH: Shape<Batch> = {
  name: "a batch",
  read: (value) => {
    if (!isNamed(value, /batch/i) || typeof value.status !== "string") {
      return undefined;
    }
    // The rest is optional in practice: readers check what they use.
    return value as unknown as Batch;
  },
};

/** A file: an id. Some servers leave out everything else, whatever the type says. */
export const FILE: Shape<FileObject> = {
  name: "a file",
  read: (value) =>
    isNamed(value, /file/i) && !("input_file_id" in value)
      ? value as unknown as FileObject
      : undefined,
};

/**
 * A page of a list: an array of its items. Servers written in Go send null for an
 * empty one.
 */
export function listOf<T>(name: string, item: Shape<T>): Shape<PageBody<T>> {
  return {
    name,
    read: (value) => {
      if (!isObject(value)) return undefined;
      const items = value.data ?? value.value ?? emptyOf(value);
      if (!Array.isArray(items)) return undefined;
      const data = items.map((one) => item.read(one));
      return data.includes(undefined)
        ? undefined
        : { ...value, data: data as T[] };
    },
  };
}

function emptyOf({ object, data, error, has_more }: Fields): [] | undefined {
  const isEmpty = object === "list" && data === null && !error && !has_more;
  return isEmpty ? [] : undefined;
}

/** An object with an id. If it names its kind, it must be the right one; otherwise it must not be an error. */
function isNamed(value: unknown, kind: RegExp): value is Fields {
  if (!isObject(value)) return false;
  const { id, object, error } = value;
  if (typeof id !== "string" || id === "") return false;
  return typeof object === "string" ? kind.test(object) : !error;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
