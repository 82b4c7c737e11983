/**
 * The standard streams have names among the files.
 *
 * @module
 */

import { normalize } from "node:path";

const STREAMS = ["stdin", "stdout", "stderr"] as const;

/**
 * Which standard stream a path names. To open the path instead would open
 * what is behind it anew, from its start, and fail of a socket.
 *
 * @param path A path, such as `/dev/stdout` or `/dev/fd/1`.
 * @returns Its name; undefined of any other file.
 */
export function standardStreamOf(
  path: string,
): (typeof STREAMS)[number] | undefined {
  const [, name, fd] =
    /^\/(?:dev|proc\/self)\/(?:(std\w+)|fd\/(\d+))$/.exec(normalize(path)) ??
      [];
  return STREAMS.find((stream, i) => stream === name || `${i}` === fd);
}
