/**
 * Responses of any status: to a request for a model, a refusal is an answer too.
 *
 * @module
 */

import { ConnectionError } from "../errors.ts";
import { LONGEST_LINE } from "../jsonl/decode.ts";
import { mask, maskHeaders } from "./_error_body.ts";
import { MOST_OF_AN_ERROR, parseJson, readText } from "./_text.ts";

/** The response to a call. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** Its headers, without the key. */
  headers: Headers;
  /** Its JSON; the text of a refusal that isn't JSON; otherwise undefined. */
  body: unknown;
  /** Whether a success was longer than a line of a result file may be. It was not read to its end. */
  isTooLarge: boolean;
}

/**
 * Whether it says something about the request. A redirect doesn't, and neither does
 * a refused key.
 *
 * @returns True for 2xx, 4xx except 401, and 5xx.
 */
export function isAnswer({ ok, status }: Response): boolean {
  return ok || (status >= 400 && status !== 401);
}

/**
 * Reads a response to its end.
 *
 * @throws {ConnectionError} If it broke off: `code` is "unreadable".
 */
export async function readAnswer(
  response: Response,
  key: string,
): Promise<Answer> {
  const { ok, status } = response;
  const most = ok ? LONGEST_LINE : MOST_OF_AN_ERROR;
  const { text, isWhole } = await readText(response, most).catch((cause) => {
    throw new ConnectionError("The answer broke off", {
      code: "unreadable",
      cause,
    });
  });
  return {
    status,
    headers: maskHeaders(response.headers, key),
    body: ok ? parseJson(isWhole ? text : "") : readRefusal(mask(text, key)),
    isTooLarge: ok && !isWhole,
  };
}

function readRefusal(text: string): unknown {
  return parseJson(text) ?? text;
}
