/**
 * A folder of pictures as a table: a row for each picture, whose only column
 * has its name.
 *
 * @module
 */

import { readdirSync, statSync } from "node:fs";
import type { Flags } from "../flags/flags.ts";
import { UsageError } from "../messages/errors.ts";
import type { Bytes } from "../table/bytes.ts";

/** The column. */
const COLUMN = "file";
const PICTURE = /\.(png|jpe?g|gif|webp)$/i;

/** A folder of pictures. */
export interface Pictures {
  /** The table, as CSV. */
  bytes: Bytes;
  /** The names of other files in the folder. */
  others: string[];
}

/**
 * @param path A path.
 * @returns Whether it is a folder.
 */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Lists the pictures of a folder, in the order of their names. Folders in it
 * and hidden files are ignored.
 *
 * @param folder The folder.
 * @returns Its pictures.
 * @throws {UsageError} If it has none.
 */
export function openPictures(folder: string): Pictures {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name);
  const pictures = files.filter((name) => PICTURE.test(name)).sort();
  if (pictures.length === 0) {
    throw new UsageError(
      `${folder} is a folder without PNG, JPEG, GIF or WEBP files: name a file, or a folder of pictures`,
    );
  }
  const csv = [COLUMN, ...pictures].map(quote).join("\n");
  const bytes = bytesOf(new TextEncoder().encode(csv), folder);
  return { bytes, others: files.filter((name) => !PICTURE.test(name)).sort() };
}

/**
 * @param flags The options that were given.
 * @returns The options for a folder of pictures.
 * @throws {UsageError} If one of them says that it is something else.
 */
export function pictureFlags(flags: Flags): Flags {
  const { inputFormat, delimiter, image = COLUMN } = flags;
  if (inputFormat !== undefined || delimiter !== undefined) {
    const option = inputFormat === undefined ? "delimiter" : "input-format";
    throw new UsageError(
      `--${option} is for files, and INPUT is a folder of pictures: leave it out`,
    );
  }
  return { ...flags, inputFormat: "csv", delimiter: ",", image };
}

function quote(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

function bytesOf(all: Uint8Array, folder: string): Bytes {
  return {
    name: folder,
    folder,
    size: all.length,
    read: (into, position) => {
      const read = all.subarray(position, position + into.length);
      into.set(read);
      return read.length;
    },
    close: () => {},
  };
}
