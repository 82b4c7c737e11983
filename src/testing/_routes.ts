/**
 * From a method and a path to the call, in the official SDK's words.
 *
 * @module
 */

import type { Endpoints } from "../types/endpoints.ts";

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

/** What a batch may ask, and the API answers directly. */
export type Served = keyof Endpoints | "/v1/videos";

interface Direct {
  call: string;
  /** Whether a body must name its model; the others choose one themselves. */
  needsModel: boolean;
}

const DIRECT: Readonly<Record<Served, Direct>> = {
  "/v1/responses": { call: "responses.create", needsModel: true },
  "/v1/chat/completions": { call: "chat.completions.create", needsModel: true },
  "/v1/embeddings": { call: "embeddings.create", needsModel: true },
  "/v1/completions": { call: "completions.create", needsModel: true },
  "/v1/moderations": { call: "moderations.create", needsModel: false },
  "/v1/images/generations": { call: "images.generate", needsModel: false },
  "/v1/images/edits": { call: "images.edit", needsModel: false },
  "/v1/videos": { call: "videos.create", needsModel: false },
};

const ROWS: ReadonlyMap<string, Direct> = new Map(Object.entries(DIRECT));

/** The endpoints that a batch may ask, in the reference's order. */
export const ENDPOINTS: readonly string[] = [...ROWS.keys()];

/** Every call the simulator answers. */
export const CALLS: readonly string[] = [
  ...STORED.values(),
  ...[...ROWS.values()].map(({ call }) => call),
];

const STORED_PATH =
  /\/(?:(files|batches)(?:\/([^/]+)(?:\/(content|cancel))?)?|(responses)\/([^/]+)(?:\/(cancel))?)$/;
const DIRECT_PATH = new RegExp(
  `(?:${ENDPOINTS.map((endpoint) => endpoint.slice("/v1".length)).join("|")})$`,
);

/** Whether a body that is sent there must name its model. */
export function needsModel(endpoint: string): boolean {
  return ROWS.get(endpoint)?.needsModel ?? true;
}

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
  const endpoint = `/v1${DIRECT_PATH.exec(path)?.[0]}`;
  const call = method === "POST" ? ROWS.get(endpoint)?.call : undefined;
  return call === undefined
    ? { call: "unknown", id: "", endpoint: "" }
    : { call, id: "", endpoint };
}
