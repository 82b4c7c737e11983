/**
 * A server with all oddities at once that were seen anywhere.
 *
 * @module
 */

import { withoutNulls } from "./dashscope.ts";
import { isoDates } from "./_dates.ts";
import { type Dialect, translate } from "./_translate.ts";

export const worst: Dialect = {
  client: { baseURL: "https://worst.example/compatible/v1/" },
  job: { batch: { completion_window: "3d" } },
  simulator: {
    faults: {
      empty_error_file: 0.5,
      late_files: 0.5,
      errors_first: 0.5,
      string_bodies: 0.5,
    },
  },
  serve: (sim) =>
    translate(sim, {
      isDateless: true,
      id: (id) => `${btoa(`<<${id}??>`)}==`,
      create: (body) => ({ ...body, completion_window: "24h" }),
      batch: ({ model: _, usage: __, errors: ___, ...batch }) => ({
        ...isoDates(batch),
        status: batch.status.toUpperCase(),
        request_counts: null,
        metadata: null,
        output_file_id: batch.output_file_id ?? "",
        error_file_id: batch.error_file_id ?? {},
      }),
      file: ({ status: _, ...file }) => isoDates(file),
      list: ({ data }) => ({ object: "list", data: data.toReversed() }),
      output: withoutNulls,
    }),
};
