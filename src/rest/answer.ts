/**
 * Answers of any status: for who asks a model, a refusal is an answer too.
 *
 * @module
 */

import { ConnectionError } from "../errors.ts";

/** What a call was answered with. */
export interface Answer {
  /** The HTTP status. */
  status: number;
  /** The answer's headers. */
  headers: Headers;
  /** Its JSON; of a refusal that is none its text, else undefined. */
  body: unknown;
}

/**
 * Whether it says something of what was asked. A redirect does not, and
 * neither does a refused key.
 *
 * @param response What came back.
 * @returns True for 2xx, 4xx but for 401, and 5xx.
 */
export function isAnswer({ ok, status }: Response): boolean {
  return ok || (status >= 400 && status !== 401);
}

/**
 * Reads an answer to its end.
 *
 * @param response What came back.
 * @param key Taken out of whatever an error quotes.
 * @returns The answer.
 * @throws {ConnectionError} If it broke off: `code` is "unreadable".
 */
export async function readAnswer(
  response: Response,
  key: string,
): Promise<Answer> {
  const { ok, status, headers } = response;
  const text = await response.text().catch((cause) => {
    throw new ConnectionError("The answer broke off", {
      code: "unreadable",
      cause,
    });
  });
  return { status, headers, body: parse(ok ? text : mask(text, key), !ok) };
}

function mask(text: string, key: string): string {
  return text.replaceAll(key, "***");
}

function parse(text: string, isRefusal: boolean): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return isRefusal ? text : undefined;
  }
}
