/**
 * The endpoints that have types, for tables with a row for each: the compiler
 * names the tables that one is missing in.
 *
 * @module
 */

import type { Endpoints } from "./types/endpoints.ts";

type WithoutVersion<E> = E extends `/v1${infer Path}` ? Path : never;

/** An endpoint of the table {@linkcode Endpoints} in Azure's older spelling, which has no `/v1`. */
export type EndpointPath = WithoutVersion<keyof Endpoints>;
