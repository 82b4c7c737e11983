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
import { describeDuration } from "../../src/progress/mod.ts";
import { defaultAnswer } from "../../src/testing/default_answer.ts";
import { systemClock } from "../../src/system_clock.ts";
import {
  type Clock,
  createSimulator,
  type SimulatedAnswer,
  type SimulatedRequest,
  type Simulator,
} from "../../src/testing/mod.ts";
import type { Call, Command } from "./command.ts";
import { ANSWERED } from "../messages/errors.ts";

const DAY = 86_400_000;

/** Hour to seconds: long enough to be watched, short enough to be waited for. */
const SPEED = 600;

/** Serves an API of one's own. */
export const simulate: Command = {
  summary: "serve a simulated API, to try everything out without a key",
  examples: [
    "openai-batch simulate --port 8080",
    'openai-batch simulate --faults \'{"503": 0.1, "expired": 0.5}\'',
  ],
  details: `\
Serves the whole API on 127.0.0.1, with made-up answers, until Ctrl-C. It prints
two variables to set in another terminal: everything there then goes to the
simulator, and costs nothing. When it ends, everything it was sent is gone.
  export OPENAI_API_KEY=sk-simulator
  export OPENAI_BASE_URL=http://127.0.0.1:8080/v1
  openai-batch run requests.jsonl --poll-interval 1s

It accepts any model except those whose names begin with "nonexistent", and most
parameters: a misspelt one, which OpenAI would refuse, goes unnoticed here.
Tokens, and so prices, are made up like the answers: don't compare them with
"estimate". For failures, put [400] (or 429, 500 …) into a prompt, which then
fails with that status each time. Or make calls and batches fail by chance with
--faults: calls by a status such as 503, insufficient_quota, html,
reset_before, reset_after, hang, hang_after or truncated, all of them or one
("batches.create:503"); batches by expired, late_files, missing_lines or
empty_error_file. A batch that expires takes its 24 hours, divided by --speed:
about 2 minutes at 600.`,
  flags: ["port", "seed", "speed", "faults"],
  async run({ flags, io, reporter }: Call): Promise<number> {
    const { port = 0, seed = 1, speed = SPEED, faults = {} } = flags;
    const time = new FastTime(speed);
    const sim = createSimulator({ clock: time, seed, faults, respond });
    const server = createServer((request, response) => {
      answer(sim, time, request, response).catch(() => response.destroy());
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    if (faults.expired) {
      const expiresAfter = DAY / speed;
      await reporter.tell(
        `A batch that expires takes 24 h for it: ${
          describeDuration(expiresAfter)
        } at --speed ${speed}`,
        { type: "expiry", expiresAfter },
      );
    }
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

/** Lets the simulator answer, with the times of the client. */
async function answer(
  sim: Simulator,
  time: FastTime,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET", url = "/", headers } = request;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const reply = await sim.fetch(`http://127.0.0.1${url}`, {
    method,
    headers: headers as Record<string, string>,
    ...(chunks.length > 0 ? { body: new Blob(chunks) } : {}),
  });
  const body = new Uint8Array(await reply.arrayBuffer());
  response.writeHead(reply.status, headersOf(reply, time));
  response.end(isUpload(sim, url) ? body : time.translate(body));
}

/** Whether a call reads a file back that a client has uploaded: it gets what it sent. */
function isUpload({ ledger }: Simulator, url: string): boolean {
  const [, id] = /\/files\/([^/]+)\/content/.exec(url) ?? [];
  if (id === undefined) return false;
  const file = ledger.files.find((file) => file.id === id);
  return file?.purpose !== "batch_output";
}

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

  /** Brings a time back to the client's, ms. */
  back(time: number): number {
    return this.#start + (time - this.#start) / this.#speed;
  }

  /** Brings the times in an answer back, and keeps its length: a file has told its own. */
  translate(body: Uint8Array): string | Uint8Array {
    const text = new TextDecoder().decode(body);
    if (!text.startsWith("{")) return body;
    return text.replace(
      /("(?:created|[a-z_]+_at)":\s*)(\d+)/g,
      (_, name, seconds) => {
        const time = Math.floor(this.back(Number(seconds) * 1000) / 1000);
        return name + `${time}`.padStart(seconds.length);
      },
    );
  }
}

/** Fails if the prompt says so. */
function respond(request: SimulatedRequest): SimulatedAnswer {
  const status = Number(/\[([45]\d\d)\]/.exec(request.text)?.[1]);
  if (!status) return defaultAnswer(request);
  const error = {
    message: `The simulator was asked to fail with ${status}.`,
    type: "simulated_error",
    param: null,
    code: `simulated_${status}`,
  };
  return { status, body: { error } };
}

/** Node says the length and the date: its own, as the times in the bodies are. */
function headersOf(
  { headers }: Response,
  time: FastTime,
): Record<string, string> {
  const entries = [...headers].filter(([name]) =>
    name !== "content-length" && name !== "date"
  );
  return Object.fromEntries(entries.map(([name, value]) => {
    const isDate = name === "retry-after" && !/^\d+$/.test(value);
    return [
      name,
      isDate ? new Date(time.back(Date.parse(value))).toUTCString() : value,
    ];
  }));
}
