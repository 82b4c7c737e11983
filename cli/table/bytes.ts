/**
 * The bytes of an input, readable at any position. Those of a pipe are kept in a
 * temporary file while the command runs.
 *
 * @module
 */

import {
  closeSync,
  createReadStream,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Io } from "../io.ts";
import { UsageError } from "../messages/errors.ts";
import { standardStreamOf } from "../files/standard_stream.ts";

/** Bytes that can be read at any position, more than once. */
export interface Bytes {
  /** The name for messages: the path, or "stdin". */
  readonly name: string;
  /** The folder that relative paths in them start from. */
  readonly folder: string;
  /** How many there are. */
  readonly size: number;
  /**
   * Reads until the array is full or the bytes end.
   *
   * @param into Gets the bytes.
   * @param position Where to start.
   * @returns How many were read.
   * @throws {UsageError} If the file has changed since it was opened.
   */
  read(into: Uint8Array, position: number): number;
  /** Closes the file. */
  close(): void;
}

/**
 * Opens an input.
 *
 * @param path The file or pipe; "-" is stdin.
 * @param io Has stdin.
 * @returns Its bytes. A pipe has been read to its end by then.
 */
export async function openBytes(
  path: string,
  io: Pick<Io, "stdin">,
): Promise<Bytes> {
  if (path === "-" || standardStreamOf(path) === "stdin") {
    return await spool("stdin", io.stdin);
  }
  const there = statSync(path, { throwIfNoEntry: false });
  if (there && !there.isFile()) {
    return await spool(path, createReadStream(path));
  }
  const fd = openSync(path, "r");
  return new FileBytes(path, dirname(path), fd, () => {});
}

/** On most systems the file is unlinked before anything is written to it. */
async function spool(
  name: string,
  source: AsyncIterable<Uint8Array>,
): Promise<Bytes> {
  const folder = mkdtempSync(join(tmpdir(), "openai-batch-"));
  const fd = openSync(join(folder, "input"), "wx+", 0o600);
  const isGone = remove(folder);
  const close = () => void (isGone || remove(folder));
  try {
    for await (const chunk of source) writeAll(fd, chunk);
    return new FileBytes(name, ".", fd, close);
  } catch (error) {
    closeSync(fd);
    close();
    throw error;
  }
}

/** Windows can't delete an open file. */
function remove(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    at += writeSync(fd, bytes, at, bytes.length - at);
  }
}

class FileBytes implements Bytes {
  readonly name: string;
  readonly folder: string;
  readonly size: number;
  readonly #fd: number;
  readonly #changedAt: number;
  readonly #onClose: () => void;

  constructor(name: string, folder: string, fd: number, onClose: () => void) {
    const { size, mtimeMs } = fstatSync(fd);
    this.name = name;
    this.folder = folder;
    this.size = size;
    this.#fd = fd;
    this.#changedAt = mtimeMs;
    this.#onClose = onClose;
  }

  read(into: Uint8Array, position: number): number {
    this.#checkUnchanged();
    let length = 0;
    while (length < into.length) {
      const more = readSync(
        this.#fd,
        into,
        length,
        into.length - length,
        position + length,
      );
      if (more === 0) break;
      length += more;
    }
    return length;
  }

  close(): void {
    closeSync(this.#fd);
    this.#onClose();
  }

  #checkUnchanged(): void {
    const { size, mtimeMs } = fstatSync(this.#fd);
    if (size === this.size && mtimeMs === this.#changedAt) return;
    throw new UsageError(
      `${this.name} was changed while it was being read. Put it back as it was, and run the same command again`,
    );
  }
}
