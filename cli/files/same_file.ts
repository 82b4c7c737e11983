/**
 * Whether two names mean the same file.
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
import { UsageError } from "../messages/errors.ts";
import type { Flags } from "../flags/flags.ts";
import type { Io } from "../io.ts";
import { standardStreamOf } from "./standard_stream.ts";

/**
 * Refuses one file for two purposes: what is written for one would overwrite
 * the other. Names alone don't tell: `./a` and `a` are one file, and so are
 * two links to it.
 *
 * @param input The input's file; undefined if there is none, or it is stdin.
 * @param flags The files that are written.
 * @param io Its stdout gets the results without `--output`.
 * @throws {UsageError} If two are the same file.
 */
export function checkDistinct(
  input: string | undefined,
  { output, failures, report }: Flags,
  io: Io,
): void {
  const named: Named[] = [
    nameOf("the input", input, io),
    output === undefined
      ? { name: "stdout", ...streamIn(io.stdout.fd) }
      : nameOf("--output", output, io),
    nameOf("--failures", failures, io),
    nameOf("--report", report, io),
  ];
  for (const [i, { name, identity, isStream }] of named.entries()) {
    const other = named.slice(0, i).find((other) =>
      identity !== undefined && other.identity === identity &&
      // Two streams that lead to one file write there in turns.
      !(isStream && other.isStream)
    );
    if (!other) continue;
    throw new UsageError(
      `${other.name} and ${name} are the same file: use two`,
    );
  }
}

/** A purpose of a file. */
interface Named {
  /** What it is called. */
  name: string;
  /** Unique for each file; undefined for what can't be overwritten: a pipe, a terminal, a device. */
  identity: string | undefined;
  /** Whether it is stdin, stdout or stderr, whatever those lead to. */
  isStream: boolean;
}

function nameOf(purpose: string, path: string | undefined, io: Io): Named {
  const name = `${purpose} ${path}`;
  if (path === undefined) return { name, identity: undefined, isStream: false };
  const standard = standardStreamOf(path);
  if (standard === undefined) {
    return { name, identity: identityOf(path), isStream: false };
  }
  const fd = standard === "stdin" ? undefined : io[standard].fd;
  return { name, ...streamIn(fd) };
}

function streamIn(fd: number | undefined): Omit<Named, "name"> {
  const identity = fd === undefined
    ? undefined
    : identityIn(fstatSync(fd, { bigint: true }));
  return { identity, isStream: true };
}

function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? identityIn(stats) : placeOf(path);
}

function identityIn(stats: BigIntStats): string | undefined {
  return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
}

/** Where a file would be created: a link may point to nothing yet. */
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
