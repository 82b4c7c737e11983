/** The simulator as a process of its own. Prints its port; `/ledger` tells what it has answered. */

import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import process from "node:process";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { fastClock } from "./clock.ts";

const sim = createSimulator({
  clock: fastClock,
  seed: Number(process.argv[2]),
  // Each request fails in passing now and then, so that there are follow-up rounds.
  respond: ({ text, attempt }) =>
    attempt === 1 && text.endsWith("7 = ")
      ? { error: "request_timeout" }
      : `${text} done`,
});

function ledger(): string {
  const answered = new Map<string, number>();
  for (const { custom_id } of sim.ledger.requests) {
    answered.set(custom_id, sim.ledger.answered(custom_id));
  }
  const batches = sim.ledger.batches.map(({ id, status, metadata }) => ({
    id,
    status,
    metadata,
  }));
  return JSON.stringify({ answered: [...answered], batches });
}

const server = createServer((request, response) => {
  // A client that is killed leaves half a request behind: it has no effect.
  answer(request, response).catch(() => response.destroy());
});

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.url === "/ledger") return void response.end(ledger());
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { status, headers, body } = await sim.fetch(
    `http://127.0.0.1${request.url}`,
    {
      method: request.method!,
      headers: request.headers as Record<string, string>,
      ...(chunks.length > 0 ? { body: new Blob(chunks) } : {}),
    },
  );
  response.writeHead(status, Object.fromEntries(headers));
  response.end(new Uint8Array(await new Response(body).arrayBuffer()));
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  // deno-lint-ignore no-console
  console.log(typeof address === "object" ? address?.port : address);
});
