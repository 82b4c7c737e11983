/**
 * Tells whether two names are of one file.
 *
 * @module
 */

import {
  type BigIntStats,
  fstatSync,
  lstatSync,
  readlinkSync,
  realpathSync,
  statSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { UsageError } from "./_errors.ts";
import type { Flags } from "./_flags.ts";
import type { Io } from "./io.ts";

/**
 * Refuses one file for two purposes: what is written for one would overwrite
 * the other. Names don't tell: `./a` and `a` are one file, and so are two links
 * to it.
 *
 * @param input The input's file; undefined if there is none, or it is stdin.
 * @param flags Name the files that are written.
 * @param io Has stdout, where results go without `--output`.
 * @throws {UsageError} If two are the same file.
 */
export function checkDistinct(
  input: string | undefined,
  { output, failures, report }: Flags,
  io: Io,
): void {
  const named: [name: string, identity: string | undefined][] = [
    [`the input ${input}`, identityOf(input)],
    output === undefined
      ? ["stdout", identityOfDescriptor(io.stdout.fd)]
      : [`--output ${output}`, identityOf(output)],
    [`--failures ${failures}`, identityOf(failures)],
    [`--report ${report}`, identityOf(report)],
  ];
  const seen = new Map<string, string>();
  for (const [name, identity] of named) {
    if (identity === undefined) continue;
    const other = seen.get(identity);
    if (other !== undefined) {
      throw new UsageError(
        `${other} and ${name} must be two files: they are the same one`,
      );
    }
    seen.set(identity, name);
  }
}

/** undefined of what can't be overwritten: a pipe, a terminal, a device. */
function identityOf(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? identityIn(stats) : placeOf(path);
}

function identityOfDescriptor(fd: number | undefined): string | undefined {
  if (fd === undefined) return undefined;
  return identityIn(fstatSync(fd, { bigint: true }));
}

function identityIn(stats: BigIntStats): string | undefined {
  return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
}

/** Where a file would be made: a link may lead to a place where nothing is yet. */
function placeOf(path: string): string {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (!link?.isSymbolicLink()) {
    return join(realFolder(dirname(path)), basename(path));
  }
  const target = readlinkSync(path);
  return placeOf(isAbsolute(target) ? target : join(dirname(path), target));
}

function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // not there, or Deno may not look; opening it tells
  }
}
