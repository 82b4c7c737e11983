/**
 * Paths that mean the standard streams.
 *
 * @module
 */

import { normalize } from "node:path";

const STREAMS = ["stdin", "stdout", "stderr"] as const;

/**
 * Which standard stream a path names. Opening the path instead would start
 * again at the beginning of a file, and fail for a socket.
 *
 * @param path A path, such as `/dev/stdout` or `/dev/fd/1`.
 * @returns Its name; undefined for any other file.
 */
export function standardStreamOf(
  path: string,
): (typeof STREAMS)[number] | undefined {
  const [, name, fd] =
    /^\/(?:dev|proc\/self)\/(?:(std\w+)|fd\/(\d+))$/.exec(normalize(path)) ??
      [];
  return STREAMS.find((stream, i) => stream === name || `${i}` === fd);
}
