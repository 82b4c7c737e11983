/**
 * The name of a job: part of the names of its files, so that it has few
 * characters to choose from.
 *
 * @module
 */

import { asCode } from "./as_code.ts";

const JOB_ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Checks a job's id.
 *
 * @param id What the caller gave.
 * @returns The id.
 * @throws {TypeError} If it has other characters or another length.
 */
export function checkJobId(id: string): string {
  if (typeof id === "string" && JOB_ID.test(id)) return id;
  throw new TypeError(
    `The option job must have 1 to 64 characters of A-Z, a-z, 0-9, _ and -: it is ${
      asCode(id)
    }`,
  );
}
