/**
 * From a method and a path to the call, in the official SDK's words.
 *
 * @module
 */

/** A call and what its path names. */
export interface Route {
  /** "batches.create", … */
  call: string;
  /** The file's, batch's or response's id; "" where the path has none. */
  id: string;
  /** The endpoint of a synchronous call, "/v1/…"; "" for the others. */
  endpoint: string;
}

const STORED: ReadonlyMap<string, string> = new Map([
  ["POST files", "files.create"],
  ["GET files", "files.list"],
  ["GET files/id", "files.retrieve"],
  ["DELETE files/id", "files.delete"],
  ["GET files/id/content", "files.content"],
  ["POST batches", "batches.create"],
  ["GET batches", "batches.list"],
  ["GET batches/id", "batches.retrieve"],
  ["POST batches/id/cancel", "batches.cancel"],
  ["GET responses/id", "responses.retrieve"],
  ["DELETE responses/id", "responses.delete"],
  ["POST responses/id/cancel", "responses.cancel"],
]);

const DIRECT: ReadonlyMap<string, string> = new Map([
  ["/v1/responses", "responses.create"],
  ["/v1/chat/completions", "chat.completions.create"],
  ["/v1/embeddings", "embeddings.create"],
  ["/v1/completions", "completions.create"],
  ["/v1/moderations", "moderations.create"],
  ["/v1/images/generations", "images.generate"],
  ["/v1/images/edits", "images.edit"],
  ["/v1/videos", "videos.create"],
]);

/** The endpoints that a batch may ask, in the reference's order. */
export const ENDPOINTS: readonly string[] = [...DIRECT.keys()];

/** Every call the simulator answers. */
export const CALLS: readonly string[] = [
  ...STORED.values(),
  ...DIRECT.values(),
];

const STORED_PATH =
  /\/(?:(files|batches)(?:\/([^/]+)(?:\/(content|cancel))?)?|(responses)\/([^/]+)(?:\/(cancel))?)$/;
const DIRECT_PATH =
  /\/(chat\/completions|completions|responses|embeddings|moderations|images\/generations|images\/edits|videos)$/;

/**
 * Finds the call by the end of the path, so that any base URL will do.
 *
 * @returns The call "unknown" for a path or a method that the API does not have.
 */
export function routeOf(method: string, path: string): Route {
  const [, ...groups] = STORED_PATH.exec(path) ?? [];
  const [kind, id, verb] = groups[3] === undefined ? groups : groups.slice(3);
  if (kind !== undefined) {
    const shape = [kind, id && "id", verb].filter(Boolean).join("/");
    const call = STORED.get(`${method} ${shape}`) ?? "unknown";
    return { call, id: id ?? "", endpoint: "" };
  }
  const endpoint = `/v1/${DIRECT_PATH.exec(path)?.[1]}`;
  const call = method === "POST" ? DIRECT.get(endpoint) : undefined;
  return call === undefined
    ? { call: "unknown", id: "", endpoint: "" }
    : { call, id: "", endpoint };
}
