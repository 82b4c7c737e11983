/**
 * DashScope (Qwen): windows of 24h to 336h, ids like `file-batch-…`, lines
 * without `request_id` and `error`.
 *
 * @module
 */

import { type Dialect, type Fields, translate } from "./_translate.ts";

const WINDOW = "14d";

export const dashscope: Dialect = {
  client: {
    baseURL: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
  },
  job: {
    batch: {
      completion_window: WINDOW,
      metadata: { ds_name: "night", ds_description: "sums" },
    },
  },
  serve: (sim) =>
    translate(sim, {
      id: (id) => id.replace(/^file-/, "file-batch-"),
      create: (body) => ({ ...body, completion_window: "24h" }),
      batch: (batch) => ({ ...batch, completion_window: WINDOW }),
      output: withoutNulls,
    }),
};

/** Lines say only what there is to say. */
export function withoutNulls({ custom_id, response, error }: Fields): object {
  const { request_id: _, ...answer } = { ...response as Fields };
  return {
    custom_id,
    ...(response ? { response: answer } : {}),
    ...(error ? { error } : {}),
  };
}
