/**
 * HTTP calls that go wrong, before or after they took effect.
 *
 * @module
 */

import type { Fetch } from "../../mod.ts";
import type { VirtualClock } from "../../src/testing/mod.ts";
import type { Coverage } from "./coverage.ts";
import type { Random } from "./random.ts";
import { bodyReply, reply } from "./reply.ts";
import { callOf } from "./route.ts";
import type { FaultSchedule } from "./scenario.ts";

/** What comes with status 200, or 204, instead of an answer, whether or not the call took effect. */
const WRONG: Readonly<Record<string, string>> = {
  login: `<html>\n${"<p>Log in</p>\n".repeat(40)}</html>`,
  "{}": "{}",
  error: JSON.stringify({ error: { message: "Log in first", code: "login" } }),
  null: "null",
  "[]": "[]",
  other: JSON.stringify({ id: "model-1", object: "model", created_at: 1 }),
  nothing: "",
};

/** What goes wrong, and whether the call took effect. */
export const FAULTS: readonly string[] = [
  "429 before",
  "408 before",
  "408 after",
  "500 before",
  "500 after",
  "503 before",
  "503 after",
  "html before",
  "html after",
  "reset before",
  "reset after",
  "hang before",
  "hang after",
  "truncated after",
  "stalled after",
  "cut after",
  "endless before",
  ...Object.keys(WRONG).map((name) => `200 ${name}`),
];

/** Bytes of an error that a client may read: 64 KiB, and what was on its way. */
const MOST_OF_AN_ERROR = 1_048_576;

/** Faults over the calls of every process. */
export class FaultLayer {
  readonly #server: Fetch;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #coverage: Coverage;
  readonly #start: number;
  /** What happens; it may be replaced. */
  schedule: FaultSchedule;

  constructor(
    server: Fetch,
    clock: VirtualClock,
    schedule: FaultSchedule,
    random: Random,
    coverage: Coverage,
  ) {
    this.#server = server;
    this.#clock = clock;
    this.schedule = schedule;
    this.#random = random;
    this.#coverage = coverage;
    this.#start = clock.now();
  }

  /** Makes a call, or lets it fail. */
  readonly fetch: Fetch = async (input, init) => {
    const { call } = callOf(input, init);
    const fault = this.#strike(call);
    if (!fault) return await this.#server(input, init);
    this.#coverage.count(`${call}: ${fault}`);
    const [kind, when] = fault.split(" ") as [string, string];
    const signal = init?.signal ?? undefined;
    if (kind === "200") return await this.#bringWrong(when, input, init);
    if (when === "before") {
      await this.#clock.sleep(this.#random.integer(10, 200), signal);
      return await this.#fail(kind, signal);
    }
    const response = await this.#server(input, init);
    const bytes = new Uint8Array(
      await this.#clock.hold(response.arrayBuffer()),
    );
    const half = bytes.slice(0, this.#middle(bytes));
    const { status, headers } = response;
    if (kind === "cut") {
      return bodyReply(this.#clock, { status }, half, "close");
    }
    if (kind === "truncated") {
      return bodyReply(this.#clock, { status, headers }, half, "error");
    }
    if (kind === "stalled") {
      return stallUntil(signal, this.#clock, { status, headers }, half);
    }
    return await this.#fail(kind, signal);
  };

  /** Bytes of the longest error that somebody went on reading. */
  longestError = 0;

  /** Whether somebody read on what never ends. */
  get readsForEver(): boolean {
    return this.longestError > MOST_OF_AN_ERROR;
  }

  /** When the last fault may strike, ms of the clock. */
  get endsAt(): number {
    const { share, until, outage } = this.schedule;
    return this.#start + Math.max(share > 0 ? until : 0, outage?.to ?? 0);
  }

  #strike(call: string): string | undefined {
    const now = this.#clock.now() - this.#start;
    const { share, call: only, until, outage } = this.schedule;
    if (outage && now >= outage.from && now < outage.to) return "reset before";
    if (now >= until || (only !== undefined && only !== call)) return undefined;
    if (!this.#random.chance(share)) return undefined;
    return this.#random.pick(FAULTS);
  }

  /** Half of the lines of a file, half of the bytes of anything else. */
  #middle(bytes: Uint8Array): number {
    const middle = bytes.length >> 1;
    const end = bytes.lastIndexOf(10, middle);
    return this.#random.chance(0.6) ? end + 1 : middle;
  }

  async #bringWrong(
    name: string,
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    if (this.#random.chance(0.5)) await this.#server(input, init);
    const body = WRONG[name] ?? "";
    if (body !== "") return reply(this.#clock, 200, body);
    return new Response(null, { status: 204 });
  }

  /** An error whose body never ends; it is told when somebody reads it on and on. */
  #endless(): Response {
    const piece = new Uint8Array(65_536).fill(120);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        void this.#clock.hold(Promise.resolve());
        sent += piece.length;
        this.longestError = Math.max(this.longestError, sent);
        if (this.readsForEver) return controller.close();
        controller.enqueue(piece);
      },
    }, { highWaterMark: 0 });
    return new Response(body, { status: 500 });
  }

  #fail(kind: string, signal: AbortSignal | undefined): Promise<Response> {
    if (kind === "reset") {
      return Promise.reject(new TypeError("fetch failed: connection reset"));
    }
    if (kind === "hang") return untilAborted(signal);
    if (kind === "endless") return Promise.resolve(this.#endless());
    if (kind === "html") {
      const page = "<html><h1>502 Bad Gateway</h1></html>";
      return Promise.resolve(reply(this.#clock, 502, page));
    }
    const status = Number(kind);
    const error = { message: `The server failed with ${kind}`, code: null };
    const seconds = this.#random.pick([1, 5, 20, 20, 180]);
    const headers = status === 429 || status === 503
      ? { "retry-after": `${seconds}` }
      : {};
    return Promise.resolve(reply(this.#clock, status, { error }, headers));
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), {
      once: true,
    });
  });
}

function stallUntil(
  signal: AbortSignal | undefined,
  clock: VirtualClock,
  init: { status: number; headers: Headers },
  bytes: Uint8Array<ArrayBuffer>,
): Response {
  const stalled = bodyReply(clock, init, bytes, "stall");
  const reader = stalled.body!.getReader();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { value } = await Promise.race([
        reader.read(),
        untilAborted(signal),
      ]);
      if (value) controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
  }, { highWaterMark: 0 });
  return new Response(body, init);
}
