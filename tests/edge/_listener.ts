/** For Vercel's edge runtime: a script that listens. Its `env` is a global. */

import { answer, type Env } from "./_function.ts";

declare const env: Env;

addEventListener("fetch", (event) => {
  const { request, respondWith } = event as unknown as {
    request: Request;
    respondWith: (response: Promise<Response>) => void;
  };
  respondWith.call(event, answer(request, env));
});
