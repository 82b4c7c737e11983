/**
 * The files endpoint, in the words of the official SDK.
 *
 * @module
 */

import type { FileCreateParams, FileObject } from "../types/batch.ts";
import { toForm } from "./_form.ts";
import { listOn } from "./list.ts";
import type { PagePromise } from "./page.ts";
import { FILE, isObject, listOf, type Shape } from "./shape.ts";
import { type CallOptions, pathOf, type Transport } from "./transport.ts";

/** What a list of files may be asked for. */
export interface FileListParams {
  /** Only files with this purpose. */
  purpose?: string;
  /** Files per page, 1 to 10,000. @default 10_000 */
  limit?: number;
  /** By `created_at`. @default "desc" */
  order?: "asc" | "desc";
  /** The id after which to go on. */
  after?: string;
}

/** The answer to {@linkcode Files.delete}. */
export interface FileDeleted {
  /** The file's id. */
  id: string;
  /** Always "file". */
  object: "file";
  /** Whether it is gone. */
  deleted: boolean;
}

const FILES = listOf("a list of files", FILE);

const FILE_DELETED: Shape<FileDeleted> = {
  name: "a deleted file",
  read: (value) =>
    isObject(value) && typeof value.deleted === "boolean"
      ? value as unknown as FileDeleted
      : undefined,
};

/** Files at OpenAI: `client.files`. */
export class Files {
  readonly #transport: Transport;

  /**
   * Opens the endpoint.
   *
   * @param transport Makes the calls.
   */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Uploads a file. It is sent as one multipart body with its name and its
   * length; a name has to end in `.jsonl` for the purpose "batch".
   *
   * @param params The file, its purpose, and when it expires.
   * @param options Of this call.
   * @returns The file at OpenAI.
   * @throws {TypeError} If `file` is no Blob: a stream has to be read first.
   * @throws {APIError} If the API refuses it.
   */
  async create(
    params: FileCreateParams,
    options?: CallOptions,
  ): Promise<FileObject> {
    const { file, ...fields } = params;
    if (!(file instanceof Blob)) {
      throw new TypeError(
        "The file must be a Blob or a File, as new File([text], name)",
      );
    }
    // The file last: servers that read a form as it comes know the rest by then.
    const form = toForm({ ...fields, ...options?.body, file });
    return await this.#transport.json({
      method: "POST",
      path: "/files",
      body: form,
      bytes: file.size,
      options,
    }, FILE);
  }

  /**
   * Looks at a file.
   *
   * @param id The file's id.
   * @param options Of this call.
   * @returns The file's description.
   * @throws {APIError} With status 404 if there is no such file.
   */
  async retrieve(id: string, options?: CallOptions): Promise<FileObject> {
    const path = pathOf("files", id);
    return await this.#transport.json({ method: "GET", path, options }, FILE);
  }

  /**
   * Lists files.
   *
   * @param query Which files.
   * @param options Of this call.
   * @returns The first page when awaited; every file when iterated.
   */
  list(
    query?: FileListParams,
    options?: CallOptions,
  ): PagePromise<FileObject> {
    return listOn(this.#transport, {
      path: "/files",
      shape: FILES,
      query,
      options,
      missing: "a job with a name, attach and jobs need the list of files. " +
        "A job without a name, direct and estimate work without it",
    });
  }

  /**
   * Downloads a file.
   *
   * @param id The file's id.
   * @param options Of this call; `timeout` holds for each chunk.
   * @returns The answer, its body still to be read: `parseLines(await files.content(id))`.
   * @throws {APIError} With status 404 if there is no such file.
   */
  async content(id: string, options?: CallOptions): Promise<Response> {
    const path = pathOf("files", id, "content");
    const headers = { accept: "application/binary", ...options?.headers };
    return await this.#transport.bytes({
      method: "GET",
      path,
      options: { ...options, headers },
    });
  }

  /**
   * Deletes a file.
   *
   * @param id The file's id.
   * @param options Of this call.
   * @returns Whether it is gone.
   * @throws {APIError} With status 404 if there is no such file.
   */
  async delete(id: string, options?: CallOptions): Promise<FileDeleted> {
    const path = pathOf("files", id);
    return await this.#transport.json(
      { method: "DELETE", path, options },
      FILE_DELETED,
    );
  }
}
