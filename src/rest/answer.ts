/**
 * Answers of any status: for who asks a model, a refusal is an answer too.
 *
 * @module
 */

import { ConnectionError } from "../errors.ts";
import { LONGEST_LINE } from "../jsonl/decode.ts";
import { mask, maskHeaders } from "./_error_body.ts";
import { MOST_OF_AN_ERROR, parseJson, readText } from "./_text.ts";

/** What a call was answered with. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** The answer's headers, without the key. */
  headers: Headers;
  /** Its JSON; of a refusal that is none its text, else undefined. */
  body: unknown;
  /** Whether a success was longer than a line of a result file may be: it was not read to its end. */
  isTooLarge: boolean;
}

/**
 * Whether it says something of what was asked. A redirect does not, and
 * neither does a refused key.
 *
 * @returns True for 2xx, 4xx but for 401, and 5xx.
 */
export function isAnswer({ ok, status }: Response): boolean {
  return ok || (status >= 400 && status !== 401);
}

/**
 * Reads an answer to its end.
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
