/**
 * llama-stack's reference batches: the body of each line is JSON in a text, and
 * a request that failed has no response and one type for every reason.
 *
 * @module
 */

import { refuseElsewhere } from "./plain.ts";
import { type Dialect, type Fields, translate } from "./_translate.ts";

const BASE_URL = "http://localhost:8321/v1";

export const llamaStack: Dialect = {
  client: { baseURL: BASE_URL },
  job: {},
  // Nobody can tell whether it will pass: it is tried twice.
  refused: {
    error: { code: "request_failed", type: "request_failed", message: "No." },
    attempts: 2,
  },
  serve: (sim) =>
    translate(sim, {
      answer: (call) => refuseElsewhere(call, BASE_URL),
      output,
    }),
};

function output({ id, custom_id, response, error }: Fields): object {
  if (!response) return { id, custom_id, error };
  const { status_code, body, ...rest } = response as Fields;
  if (Number(status_code) < 300) {
    const text = JSON.stringify(body);
    const answer = { ...rest, status_code, body: text };
    return { id, custom_id, response: answer, error: null };
  }
  const { message } = (body as { error: { message: string } }).error;
  return { id, custom_id, error: { type: "request_failed", message } };
}
