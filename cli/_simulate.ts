/**
 * The command that serves the simulator.
 *
 * @module
 */

import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../src/system_clock.ts";
import {
  type Clock,
  createSimulator,
  type SimulatedAnswer,
  type SimulatedRequest,
} from "../src/testing/mod.ts";
import type { Call, Command } from "./_command.ts";
import { ANSWERED } from "./_errors.ts";

/** Hour to seconds: long enough to be watched, short enough to be waited for. */
const SPEED = 600;

/** Serves an API of one's own. */
export const simulate: Command = {
  summary: "serve a simulated API, to try everything out without a key",
  details: `\
Serves the whole API on 127.0.0.1, with answers made up, until Ctrl-C. It
prints the two variables to set in another terminal; everything there then goes
to it, and costs nothing. What it was sent is gone when it ends.

It answers any model but those whose names begin with "nonexistent", and most
parameters, so that a typing error in them, which OpenAI refuses, does not show
here. Tokens, and so prices, are made up like the answers: don't hold them
against "estimate". Failures are asked for: a prompt with [400] (or 429, 500 …)
in it fails with that status each time, and --faults makes calls, batches and
requests fail by chance.

Example:
  openai-batch simulate --port 8080
  export OPENAI_BASE_URL=http://127.0.0.1:8080/v1 OPENAI_API_KEY=sk-simulator
  openai-batch run requests.jsonl --poll-interval 1s`,
  flags: ["port", "seed", "speed", "faults"],
  async run({ flags, io, reporter }: Call): Promise<number> {
    const { port = 0, seed = 1, speed = SPEED, faults = {} } = flags;
    const time = new FastTime(speed);
    const sim = createSimulator({ clock: time, seed, faults, respond });
    const server = createServer((request, response) => {
      answer(request, response).catch(() => response.destroy());
    });
    const answer = async (
      request: IncomingMessage,
      response: ServerResponse,
    ) => {
      const { method = "GET", url = "/", headers } = request;
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const reply = await sim.fetch(`http://127.0.0.1${url}`, {
        method,
        headers: headers as Record<string, string>,
        ...(chunks.length > 0 ? { body: new Blob(chunks) } : {}),
      });
      const body = new Uint8Array(await reply.arrayBuffer());
      const isFile = /\/content(\?|$)/.test(url);
      response.writeHead(reply.status, headersOf(reply));
      response.end(isFile ? body : time.translate(body));
    };
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const { apiKey } = sim.options;
    const address = server.address() as AddressInfo;
    const baseURL = `http://127.0.0.1:${address.port}/v1`;
    await reporter.give(
      `export OPENAI_BASE_URL=${baseURL} OPENAI_API_KEY=${apiKey}`,
      { type: "listening", baseURL, apiKey },
    );
    await new Promise<void>((resolve) => {
      const end = io.onInterrupt(() => {
        end();
        resolve();
      });
    });
    server.close();
    server.closeAllConnections();
    return ANSWERED;
  },
};

/** Time that runs faster, from now on; clients don't notice. */
class FastTime implements Clock {
  readonly #start = Date.now();
  readonly #speed: number;

  constructor(speed: number) {
    this.#speed = speed;
  }

  now(): number {
    return this.#start + (Date.now() - this.#start) * this.#speed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms / this.#speed, signal);
  }

  /** Brings the times in an answer back to those of the client. */
  translate(body: Uint8Array): string | Uint8Array {
    const start = this.#start / 1000;
    const text = new TextDecoder().decode(body);
    if (!text.startsWith("{")) return body;
    return text.replace(
      /("[a-z_]+_at":\s*)(\d+)/g,
      (_, name, time) =>
        `${name}${Math.floor(start + (Number(time) - start) / this.#speed)}`,
    );
  }
}

/** Fails where it is asked to. */
function respond({ text }: SimulatedRequest): SimulatedAnswer {
  const status = Number(/\[([45]\d\d)\]/.exec(text)?.[1]);
  if (!status) return `Answer to: ${text}`;
  const error = {
    message: `The simulator was asked to fail with ${status}.`,
    type: "simulated_error",
    param: null,
    code: `simulated_${status}`,
  };
  return { status, body: { error } };
}

/** Node says the length and the date: its own, as the times in the bodies are. */
function headersOf({ headers }: Response): Record<string, string> {
  const entries = [...headers].filter(([name]) =>
    name !== "content-length" && name !== "date"
  );
  return Object.fromEntries(entries);
}
