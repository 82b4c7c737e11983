/**
 * Azure OpenAI, the v1 API: `api-key`, no api-version, statuses that begin
 * with a capital, dates as text, counts that are null at first, files that are
 * `pending` at first, an empty error file beside every success, 100,000
 * requests in a file.
 *
 * @module
 */

import type { Batch, FileObject } from "../../../mod.ts";
import type { Simulator } from "../../../src/testing/mod.ts";
import { isoDates } from "./_dates.ts";
import { type Dialect, type Heard, translate } from "./_translate.ts";

export const azure: Dialect = {
  client: {
    baseURL: "https://RESOURCE.openai.azure.com/openai/v1",
    apiKeyHeader: "api-key",
  },
  job: {
    batchSize: 100_000,
    file: { expires_after: { anchor: "created_at", seconds: 1_209_600 } },
  },
  simulator: {
    faults: { empty_error_file: 1 },
    limits: { requestsPerFile: 100_000 },
  },
  serve: (sim) =>
    translate(sim, { answer: refuse, batch, file: (one) => file(one, sim) }),
};

/** How long a file is `pending`, ms. */
const PENDING = 60_000;

function refuse({ url, headers }: Heard): Response | undefined {
  if (!url.pathname.startsWith("/openai/v1/")) {
    const error = { code: "404", message: "Resource not found" };
    return Response.json({ error }, { status: 404 });
  }
  if (headers.has("api-key")) return undefined;
  const message = "Access denied due to invalid subscription key.";
  return Response.json({ error: { code: "401", message } }, { status: 401 });
}

function file(file: FileObject, { clock }: Simulator): object {
  const isPending = clock.now() < file.created_at * 1_000 + PENDING;
  return {
    ...isoDates(file),
    status: isPending ? "pending" : "processed",
  };
}

/** Statuses, dates and counts as both of Azure's APIs write them. */
export function batch(batch: Batch): object {
  const { status, request_counts } = batch;
  const counts = request_counts?.total
    ? request_counts
    : { total: null, completed: null, failed: null };
  return {
    ...isoDates(batch),
    status: status.replace(/^./, (letter) => letter.toUpperCase()),
    request_counts: counts,
  };
}
