/**
 * Keeps two processes from writing one file: while one does, a file beside it
 * holds its process id.
 *
 * @module
 */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { UsageError } from "./_errors.ts";

/**
 * Locks a file. A lock that a killed process left is taken over.
 *
 * @param path The file to write.
 * @returns Ends the lock.
 * @throws {UsageError} If another process writes the file.
 */
export function lock(path: string): () => void {
  const lockPath = `${path}.lock`;
  if (!create(lockPath)) {
    checkStale(path, lockPath);
    rmSync(lockPath, { force: true });
    if (!create(lockPath)) throw isLocked(path, lockPath, "another process");
  }
  return () => rmSync(lockPath, { force: true });
}

function create(lockPath: string): boolean {
  try {
    writeFileSync(lockPath, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

function checkStale(path: string, lockPath: string): void {
  const text = readFileSync(lockPath, "utf8").trim();
  if (!/^[1-9]\d*$/.test(text)) throw isLocked(path, lockPath, "something");
  const pid = Number(text);
  // In a container the next process may have the same id.
  if (pid === process.pid || isDead(pid)) return;
  throw isLocked(path, lockPath, `process ${pid}`);
}

function isDead(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return false;
  } catch (error) {
    // It also fails where the process is another user's, or Deno may not look.
    return hasCode(error, "ESRCH");
  }
}

function isLocked(path: string, lockPath: string, by: string): UsageError {
  return new UsageError(
    `${path} is being written by ${by}, says ${lockPath}: end it or wait for it. Delete ${lockPath} only if nothing writes there`,
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
