/** Servers of other kinds: the simulator with its answers rewritten. */

import type { Batch, Fetch } from "@offpeak/openai-batch";

/** Rewrites every batch that comes from the server, single or in a list. */
export function rewriteBatches(
  fetch: Fetch,
  rewrite: (batch: Batch) => object,
): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (!response.ok || !pathname.includes("/batches")) return response;
    const body = await response.json();
    return Response.json(
      body.object === "list"
        ? { ...body, data: body.data.map(rewrite) }
        : rewrite(body),
    );
  };
}
