/**
 * The simulated files.
 *
 * @module
 */

import type { FileObject } from "../types/batch.ts";
import { HttpError, invalidValue } from "./_http_error.ts";
import type { Bytes } from "./_lines.ts";
import { pageOf, type WirePage } from "./_pages.ts";
import type { Random } from "./_random.ts";
import type { Upload } from "./_upload.ts";

const PAGE = { default: 10_000, max: 10_000 };

/** A file and what is in it. */
export interface StoredFile {
  wire: FileObject;
  bytes: Bytes;
}

/** Files by id, the oldest first. */
export class FileStore {
  #files = new Map<string, StoredFile>();
  /** When the first of them expires. */
  #expiresAt = Infinity;
  #created = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Keeps a file. */
  create(upload: Upload, now: number): FileObject {
    const created = Math.floor(now / 1000);
    const wire: FileObject = {
      object: "file",
      id: this.#random.fork(++this.#created).id("file-"),
      purpose: upload.purpose,
      filename: upload.filename,
      bytes: upload.bytes.length,
      created_at: created,
      expires_at: upload.lifetime === undefined
        ? null
        : created + upload.lifetime,
      status: "processed",
      status_details: null,
    };
    const file = { wire, bytes: upload.bytes };
    this.#files.set(wire.id, file);
    this.#expiresAt = Math.min(this.#expiresAt, expiryOf(file));
    return wire;
  }

  /** The file, unless it was deleted or has expired. */
  find(id: string, now: number): StoredFile | undefined {
    const file = this.#files.get(id);
    return file === undefined || isExpired(file, now) ? undefined : file;
  }

  /**
   * The file.
   *
   * @throws {HttpError} 404
   */
  get(id: string, now: number): StoredFile {
    const file = this.find(id, now);
    if (file !== undefined) return file;
    throw new HttpError(404, `No such File object: ${id}`, { param: "id" });
  }

  /**
   * Forgets a file.
   *
   * @throws {HttpError} 404
   */
  delete(
    id: string,
    now: number,
  ): { id: string; object: "file"; deleted: boolean } {
    this.get(id, now);
    this.#files.delete(id);
    return { id, object: "file", deleted: true };
  }

  /** One page of the files, newest first unless `order` is "asc". */
  list(query: URLSearchParams): WirePage<FileObject> {
    const purpose = query.get("purpose");
    const order = query.get("order") ?? "desc";
    if (order !== "asc" && order !== "desc") {
      throw invalidValue("order", order, ["asc", "desc"]);
    }
    const files = this.all().filter((file) =>
      purpose === null || file.purpose === purpose
    );
    return pageOf(order === "asc" ? files : files.reverse(), query, PAGE);
  }

  /** Every file there is, the oldest first. */
  all(): FileObject[] {
    return [...this.#files.values()].map(({ wire }) => wire);
  }

  /** Forgets expired files. */
  expire(now: number): void {
    if (now < this.#expiresAt) return;
    this.#expiresAt = Infinity;
    for (const [id, file] of this.#files) {
      if (isExpired(file, now)) this.#files.delete(id);
      else this.#expiresAt = Math.min(this.#expiresAt, expiryOf(file));
    }
  }
}

function isExpired(file: StoredFile, now: number): boolean {
  return expiryOf(file) <= now;
}

function expiryOf({ wire }: StoredFile): number {
  return (wire.expires_at ?? Infinity) * 1000;
}
