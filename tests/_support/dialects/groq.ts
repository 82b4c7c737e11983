/**
 * Groq: windows up to 7 days, chat only, `{}` for a file that is not there,
 * lists without a query.
 *
 * @module
 */

import {
  type Dialect,
  type Fields,
  type Heard,
  translate,
} from "./_translate.ts";

const WINDOW = "7d";

export const groq: Dialect = {
  client: { baseURL: "https://api.groq.com/openai/v1" },
  job: { batch: { completion_window: WINDOW } },
  serve: (sim) =>
    translate(sim, {
      answer: (call) => {
        call.url.search = "";
        return refuse(call);
      },
      create: (body) => ({ ...body, completion_window: "24h" }),
      batch: (batch) => ({
        ...batch,
        completion_window: WINDOW,
        output_file_id: batch.output_file_id ?? {},
        error_file_id: batch.error_file_id ?? {},
      }),
    }),
};

function refuse({ body = {} }: Heard): Response | undefined {
  if (!("endpoint" in body) || isKnown(body)) return undefined;
  const error = { message: "invalid batch", type: "invalid_request_error" };
  return Response.json({ error }, { status: 400 });
}

function isKnown({ endpoint, completion_window }: Fields): boolean {
  return endpoint === "/v1/chat/completions" &&
    /^(24h|[1-7]d)$/.test(String(completion_window));
}
