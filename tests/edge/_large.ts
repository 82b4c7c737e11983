/**
 * A worker with much to send and much to read.
 *
 * @module
 */

import { requestLines } from "../../bench/_lines.ts";
import { OpenAIBatch } from "../../mod.ts";

const worker: {
  fetch(request: Request, env: { OPENAI_BASE_URL: string }): Promise<Response>;
} = {
  async fetch(request, env) {
    const baseURL = env.OPENAI_BASE_URL;
    const client = new OpenAIBatch({ apiKey: "none", baseURL });
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/submit") {
      const job = await client.submit(requestLines(), { maxBytes: 8_000_000 });
      return new Response(job.id);
    }
    if (pathname === "/results") {
      const job = await client.attach(searchParams.get("job")!);
      let answered = 0;
      for await (const { ok } of job.results()) if (ok) answered++;
      return new Response(String(answered));
    }
    return new Response("idle");
  },
};

export default worker;
