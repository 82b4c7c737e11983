/**
 * Azure OpenAI, the v1 API: `api-key`, no api-version, statuses that begin
 * with a capital, dates as text, counts that are null at first, files that are
 * `pending` at first, an empty error file beside every success, 100,000
 * requests in a file. A file that is still pending can't be run.
 *
 * @module
 */

import type { Batch, FileObject } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";
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
    translate(sim, {
      answer: (call) => refuse(call) ?? refusePending(call, sim),
      batch,
      file: (one) => file(one, sim),
    }),
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

function refusePending(
  { method, url, body }: Heard,
  sim: Simulator,
): Response | undefined {
  if (method !== "POST" || !url.pathname.endsWith("/batches")) return undefined;
  const file = sim.ledger.files.find(({ id }) => id === body?.input_file_id);
  if (!file || !isPending(file, sim)) return undefined;
  const message = `File '${file.id}' is not in a valid state: pending.`;
  return Response.json({ error: { code: "invalidPayload", message } }, {
    status: 400,
  });
}

function isPending({ created_at }: FileObject, { clock }: Simulator): boolean {
  return clock.now() < created_at * 1_000 + PENDING;
}

function file(file: FileObject, sim: Simulator): object {
  const status = isPending(file, sim) ? "pending" : "processed";
  return { ...isoDates(file), status };
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
