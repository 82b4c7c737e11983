/**
 * AIBrix: ids are UUIDs, batches begin as `scheduling`, files stay `uploaded`,
 * the window is "1d", what it refuses it says as FastAPI does, and errors in
 * lines are those of vLLM, which are flat.
 *
 * @module
 */

import {
  type Dialect,
  type Fields,
  type Heard,
  translate,
} from "./_translate.ts";

const WINDOW = "1d";

export const aibrix: Dialect = {
  client: { baseURL: "http://localhost:8090/v1" },
  job: { batch: { completion_window: WINDOW } },
  refused: {
    error: {
      code: "BadRequestError",
      type: "BadRequestError",
      message: "No.",
      status: 400,
    },
    attempts: 1,
  },
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
      output,
    });
  },
};

function output(line: Fields): object {
  if (!line.response) return line;
  const { status_code, body, ...rest } = line.response as Fields;
  if (status_code !== 400) return line;
  const { message } = (body as { error: { message: string } }).error;
  const said = { message, type: "BadRequestError", param: null, code: 400 };
  const flat = { object: "error", ...said };
  return { ...line, response: { ...rest, status_code, body: flat } };
}

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
