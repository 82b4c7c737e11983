/** The lines that come of requests, and the refusals. */

import { chunk, type RequestSource } from "@offpeak/openai-batch";
import { assert } from "../_support/prelude.ts";

const CHAT = "/v1/chat/completions";

/** Stands wherever a prompt may stand: no message may have it. */
export const SECRET = "SECRET";

export type Fields = Record<string, unknown>;

export const user: Fields = { role: "user", content: SECRET };

export function lineOf(id: string, body: unknown, url: string = CHAT): Fields {
  return { custom_id: id, method: "POST", url, body };
}

/** The lines of requests that the compiler would partly refuse. */
export async function linesOf(
  requests: unknown,
  options: object = {},
): Promise<unknown[]> {
  const source = requests as RequestSource;
  const parts = await Array.fromAsync(chunk(source, options));
  return parts.flatMap(({ lines }) => lines);
}

export async function refusalOf(work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}
