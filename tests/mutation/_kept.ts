/**
 * Stands in for `node:test` while mutants are tried: keeps the tests, so that
 * each can be run as often as is wanted, in one process.
 *
 * @module
 */

import { mock } from "node:test";

type Work = (t: unknown) => unknown;
type Options = { skip?: unknown; timeout?: number };

/** A test as it was written down. */
export interface Kept {
  name: string;
  work: Work;
}

/** Those of the file that is being loaded. */
export const kept: Kept[] = [];

/**
 * Keeps a test.
 *
 * @param name Its name.
 * @param args Its options and its function.
 */
export function test(name: string, ...args: (Options | Work)[]): void {
  const work = args.find((arg): arg is Work => typeof arg === "function");
  const options = args.find((arg): arg is Options => typeof arg === "object");
  if (work && !options?.skip) kept.push({ name, work });
}

/** Hooks belong to files that are not run here. */
export function before(): void {}

/** As above. */
export const after: typeof before = before;

export default test;

/**
 * Runs a test as `node:test` does, as far as these tests need it.
 *
 * @param test The test.
 * @throws Whatever the test throws.
 */
export async function run({ name, work }: Kept): Promise<void> {
  const ends: (() => unknown)[] = [];
  const t = {
    name,
    mock,
    after: (end: () => unknown) => ends.push(end),
    diagnostic: () => {},
    skip: () => {},
  };
  try {
    await work(t);
  } finally {
    mock.restoreAll();
    for (const end of ends) await end();
  }
}
