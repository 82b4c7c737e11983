/**
 * Keeps two processes from writing one file. Beside it is a queue, a file with a
 * line for each process: the first one that is still alive has the file.
 *
 * @module
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import process from "node:process";
import { UsageError } from "../messages/errors.ts";

/** The locks of this process, by the tokens in its lines. */
const HELD = new Set<string>();

/** A process id, a token that tells its locks apart, and whether it left the queue. */
const LINE = /^([1-9]\d*)(?: (\w+)( left)?)?$/;

/**
 * Locks a file. A lock that a killed process left is taken over, by one
 * process, however many try.
 *
 * Appending puts everyone in one order, and each process reads the queue after it
 * has joined: all but the first living one see that one.
 *
 * @param path The file to write.
 * @returns Ends the lock.
 * @throws {UsageError} If another process writes the file.
 */
export function lock(path: string): () => void {
  const lockPath = lockPathOf(path);
  const token = crypto.randomUUID().replaceAll("-", "");
  while (true) {
    const fd = openSync(lockPath, "a+");
    try {
      const { ino } = fstatSync(fd, { bigint: true });
      const holder = holderOf(fd, token) ?? join(fd, token);
      // Its last holder may have deleted it since we opened it.
      if (inodeOf(lockPath) !== ino) continue;
      if (holder !== undefined) throw isLocked(path, lockPath, holder);
      HELD.add(token);
      return () => unlock(lockPath, token);
    } finally {
      closeSync(fd);
    }
  }
}

/** Someone may have deleted it by hand, and another process may have it now. */
function unlock(lockPath: string, token: string): void {
  const isThere = existsSync(lockPath);
  if (isThere && readFileSync(lockPath, "utf8").includes(token)) {
    rmSync(lockPath, { force: true });
  }
  HELD.delete(token);
}

/** Two links to one file have one lock. */
function lockPathOf(path: string): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  return `${isLink ? realpathSync(path) : path}.lock`;
}

/** Joins the queue, and leaves again if another process is ahead, which it returns. */
function join(fd: number, token: string): string | undefined {
  append(fd, `${process.pid} ${token}`);
  const holder = holderOf(fd, token);
  if (holder !== undefined) append(fd, `${process.pid} ${token} left`);
  return holder;
}

/** In one piece, so that lines of several processes don't mix. */
function append(fd: number, line: string): void {
  const text = readAll(fd);
  const isCutOff = text !== "" && !text.endsWith("\n");
  writeSync(fd, new TextEncoder().encode(`${isCutOff ? "\n" : ""}${line}\n`));
}

/** The first living process in the queue; undefined if that is us. */
function holderOf(fd: number, token: string): string | undefined {
  const lines = readAll(fd).split("\n").filter(Boolean);
  for (const line of lines) {
    const [, pid, other = ""] = LINE.exec(line) ?? [];
    if (other === token) return undefined;
    if (pid === undefined) return "something";
    const hasLeft = lines.includes(`${pid} ${other} left`);
    if (!hasLeft && lives(Number(pid), other)) return `process ${pid}`;
  }
  return undefined;
}

function readAll(fd: number): string {
  const bytes = new Uint8Array(fstatSync(fd).size);
  const length = readSync(fd, bytes, 0, bytes.length, 0);
  return new TextDecoder().decode(bytes.subarray(0, length));
}

function lives(pid: number, token: string): boolean {
  // In a container the next process may have the same id.
  if (pid === process.pid) return HELD.has(token);
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    // It also fails where the process is another user's, or Deno may not look.
    return !(error instanceof Error && "code" in error &&
      error.code === "ESRCH");
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function isLocked(path: string, lockPath: string, by: string): UsageError {
  return new UsageError(
    `${path} is being written by ${by}, according to ${lockPath}: stop it or wait for it. Delete ${lockPath} only if nothing is writing there`,
  );
}
