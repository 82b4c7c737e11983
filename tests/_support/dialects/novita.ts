/**
 * Novita: statuses in capitals with a `PROGRESS` among them, dates as text,
 * `errors` as text, a window of 48 hours whatever is asked for.
 *
 * @module
 */

import { isoDates } from "./_dates.ts";
import { type Dialect, translate } from "./_translate.ts";

export const novita: Dialect = {
  client: { baseURL: "https://api.novita.ai/openai/v1" },
  job: { batch: { completion_window: "48h" } },
  serve: (sim) =>
    translate(sim, {
      create: (body) => ({ ...body, completion_window: "24h" }),
      batch: (batch) => ({
        ...isoDates(batch),
        completion_window: "48h",
        status: batch.status.toUpperCase().replace("IN_PROGRESS", "PROGRESS"),
        errors: batch.errors ? JSON.stringify(batch.errors) : "",
      }),
    }),
};
