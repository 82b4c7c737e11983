/**
 * Pictures that rows name: an address, or a file that is sent as a data URL.
 *
 * @module
 */

import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";

/** What OpenAI reads, by how it begins. */
const KINDS: readonly [type: string, start: RegExp][] = [
  ["image/png", /^\x89PNG\r\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
];

/** Bytes of a file that tell its kind. */
const HEAD = 12;

/** A picture. */
export interface Picture {
  /** Why it can't be sent, to follow "row 3": "names …". */
  problem?: string;
  /** Characters of its address. */
  length: number;
  /** The address; a file is read each time. */
  url(): string;
}

/**
 * Looks at a picture without reading it.
 *
 * @param place Its address, or the path of a file.
 * @param folder Where such a path starts.
 * @returns The picture, or why there is none.
 */
export function openPicture(place: string, folder: string): Picture {
  if (/^(https?:\/\/|data:)/i.test(place)) {
    return { length: place.length, url: () => place };
  }
  const path = isAbsolute(place) ? place : join(folder, place);
  try {
    const { size } = statSync(path);
    const type = typeOf(path);
    if (type === undefined) {
      return broken(`names ${path}, which isn't a PNG, JPEG, GIF or WEBP file`);
    }
    const start = `data:${type};base64,`;
    return {
      length: start.length + 4 * Math.ceil(size / 3),
      url: () => start + readFileSync(path).toString("base64"),
    };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    return broken(
      code === "ENOENT"
        ? `names the picture ${path}, which doesn't exist`
        : `names the picture ${path}, which can't be read (${code})`,
    );
  }
}

function broken(problem: string): Picture {
  return { problem, length: 0, url: () => "" };
}

function typeOf(path: string): string | undefined {
  const fd = openSync(path, "r");
  try {
    const head = new Uint8Array(HEAD);
    const length = readSync(fd, head, 0, HEAD, 0);
    const text = String.fromCharCode(...head.subarray(0, length));
    return KINDS.find(([, start]) => start.test(text))?.[0];
  } finally {
    closeSync(fd);
  }
}
