/**
 * The bytes of an input, at any place: a file's own, or those of a pipe, which
 * are kept in a temporary file as long as the command runs.
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

/** Bytes that can be read anywhere, and again. */
export interface Bytes {
  /** What messages call them: the path, or "stdin". */
  readonly name: string;
  /** The folder that paths in them start from. */
  readonly folder: string;
  /** How many there are. */
  readonly size: number;
  /**
   * Reads until the array is full or the bytes are at their end.
   *
   * @param into Takes them.
   * @param position The first one's place.
   * @returns How many were read.
   * @throws {UsageError} If the file has changed since it was opened.
   */
  read(into: Uint8Array, position: number): number;
  /** They are not read any more. */
  close(): void;
}

/**
 * Opens an input.
 *
 * @param path The file or pipe; "-" is stdin.
 * @param io Has stdin.
 * @returns Its bytes. Those of a pipe have all come by then.
 */
export async function openBytes(
  path: string,
  io: Pick<Io, "stdin">,
): Promise<Bytes> {
  if (path === "-" || standardStreamOf(path) === "stdin") {
    return await spool("stdin", io.stdin);
  }
  const there = statSync(path, { throwIfNoEntry: false });
  if (there && !there.isFile() && !there.isDirectory()) {
    return await spool(path, createReadStream(path));
  }
  if (there?.isDirectory()) {
    throw new UsageError(
      `${path} is a folder: name a file, or list its files on stdin, as ls ${path}/* | openai-batch … -`,
    );
  }
  const fd = openSync(path, "r");
  return new FileBytes(path, dirname(path), fd, () => {});
}

/** On most systems the file has no name any more before it holds anything. */
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

/** Windows keeps a file that is open. */
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
      `${this.name} has changed since it was opened: its rows may be others. Put it back as it was, and run the same command again`,
    );
  }
}
