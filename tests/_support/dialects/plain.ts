/**
 * Servers that use OpenAI's words, each at its own address.
 *
 * @module
 */

import { type Dialect, translate } from "./_translate.ts";

export const llamaStack: Dialect = at("http://localhost:8321/v1");
export const morph: Dialect = at("https://api.morphllm.com/v1");
export const nebius: Dialect = at("https://api.tokenfactory.nebius.com/v1");

function at(baseURL: string): Dialect {
  return {
    client: { baseURL },
    job: {},
    serve: (sim) =>
      translate(sim, {
        answer: ({ url, headers }) => {
          const isHere = url.href.startsWith(`${baseURL}/`);
          if (isHere && headers.has("authorization")) return undefined;
          return new Response("Not found", { status: 404 });
        },
      }),
  };
}
