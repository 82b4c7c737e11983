/** One call that goes wrong in a chosen way; all others reach the simulator. */

import type { Fetch } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";

/** Makes the first call to a path fail, before or after it took effect. */
export function failOnce(
  sim: Simulator,
  method: string,
  path: RegExp,
  fault: string,
): Fetch {
  let failed = false;
  return async (input, init) => {
    const matches = init?.method === method && path.test(String(input));
    if (!matches || failed) return await sim.fetch(input, init);
    failed = true;
    const takesEffect = ["reset_after", "hang_after", "truncated"];
    if (takesEffect.includes(fault)) await sim.fetch(input, init);
    return await end(fault, init.signal!);
  };
}

function end(fault: string, signal: AbortSignal): Promise<Response> {
  if (fault.startsWith("reset")) {
    return Promise.reject(new TypeError("fetch failed"));
  }
  if (fault.startsWith("hang")) {
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }
  if (fault === "truncated") return Promise.resolve(new Response('{"id":"ba'));
  if (fault === "html") {
    return Promise.resolve(new Response("<html></html>", { status: 502 }));
  }
  const error = { error: { message: "The server had an error", code: null } };
  return Promise.resolve(Response.json(error, { status: Number(fault) }));
}
