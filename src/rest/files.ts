/**
 * The files endpoint, with the names of the official SDK.
 *
 * @module
 */

import type { FileCreateParams, FileObject } from "../types/batch.ts";
import { toForm } from "./_form.ts";
import { listOn } from "./list.ts";
import type { PagePromise } from "./page.ts";
import { FILE, isObject, listOf, type Shape } from "./shape.ts";
import { type CallOptions, pathOf, type Transport } from "./transport.ts";

/** Query parameters of a list of files. */
export interface FileListParams {
  /** Only files with this purpose. */
  purpose?: string;
  /** Files per page, 1 to 10,000. @default 10_000 */
  limit?: number;
  /** By `created_at`. @default "desc" */
  order?: "asc" | "desc";
  /** Continue after this id. */
  after?: string;
}

/** The answer to {@linkcode Files.delete}. */
export interface FileDeleted {
  /** The file's id. */
  id: string;
  /** Always "file". */
  object: "file";
  /** Whether it was deleted. */
  deleted: boolean;
}

const FILES = listOf("a list of files", FILE);

/** Only `deleted` matters: some servers leave out the rest. */
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
   * Uploads a file, as one multipart body with its name and length. For the purpose
   * "batch" the name has to end in `.jsonl`.
   *
   * @param params The file, its purpose, and when it expires.
   * @param options Options of this call.
   * @returns The file at OpenAI.
   * @throws {TypeError} If `file` isn't a Blob (read a stream first), or can't be read completely.
   * @throws {APIError} If the API refuses it.
   */
  async create(
    params: FileCreateParams,
    options?: CallOptions,
  ): Promise<FileObject> {
    const { file, ...fields } = params;
    if (!(file instanceof Blob)) {
      throw new TypeError(
        "The file must be a Blob or a File, such as new File([text], name)",
      );
    }
    // The file last: servers that read a form as it comes know the other fields by then.
    const form = await toForm({ ...fields, ...options?.body, file });
    return await this.#transport.json({
      method: "POST",
      path: "/files",
      body: form,
      bytes: file.size,
      options,
      about: "name" in file ? { name: String(file.name) } : undefined,
    }, FILE);
  }

  /**
   * Retrieves a file's description.
   *
   * @param id The file's id.
   * @param options Options of this call.
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
   * @param options Options of this call.
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
   * @param options Options of this call. `timeout` applies to each chunk.
   * @returns The response, with its body unread: `parseLines(await files.content(id))`.
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
   * @param options Options of this call.
   * @returns Whether it was deleted.
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
