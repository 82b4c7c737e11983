/**
 * AIBrix: ids are UUIDs, batches begin as `scheduling`, files stay `uploaded`,
 * the window is "1d", and what it refuses it says as FastAPI does.
 *
 * @module
 */

import { type Dialect, type Heard, translate } from "./_translate.ts";

const WINDOW = "1d";

export const aibrix: Dialect = {
  client: { baseURL: "http://localhost:8090/v1" },
  job: { batch: { completion_window: WINDOW } },
  serve: (sim) => {
    let count = 0;
    return translate(sim, {
      id: () => `00000000-0000-4000-8000-${`${++count}`.padStart(12, "0")}`,
      answer: refuse,
      create: (body) => ({ ...body, completion_window: "24h" }),
      batch: (batch) => ({
        ...batch,
        completion_window: WINDOW,
        status: batch.status === "validating" ? "scheduling" : batch.status,
      }),
      file: (file) => ({ ...file, status: "uploaded" }),
    });
  },
};

function refuse({ body = {} }: Heard): Response | undefined {
  if (!("endpoint" in body) || body.completion_window === WINDOW) {
    return undefined;
  }
  const problem = {
    type: "literal_error",
    loc: ["body", "completion_window"],
    msg: "Input should be '1d'",
    input: body.completion_window,
  };
  return Response.json({ detail: [problem] }, { status: 422 });
}
