/**
 * Servers that use OpenAI's words, each at its own address.
 *
 * @module
 */

import { type Dialect, type Heard, translate } from "./_translate.ts";

export const morph: Dialect = at("https://api.morphllm.com/v1");
export const nebius: Dialect = at("https://api.tokenfactory.nebius.com/v1");

function at(baseURL: string): Dialect {
  return {
    client: { baseURL },
    job: {},
    serve: (sim) =>
      translate(sim, {
        answer: (call) => refuseElsewhere(call, baseURL),
      }),
  };
}

/**
 * A server at one address.
 *
 * @param call What it hears.
 * @param baseURL Where it is.
 * @returns What it answers to calls of another address, or without a key.
 */
export function refuseElsewhere(
  { url, headers }: Heard,
  baseURL: string,
): Response | undefined {
  const isHere = url.href.startsWith(`${baseURL}/`);
  if (isHere && headers.has("authorization")) return undefined;
  return new Response("Not found", { status: 404 });
}
