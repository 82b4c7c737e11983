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
];

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

  #fail(kind: string, signal: AbortSignal | undefined): Promise<Response> {
    if (kind === "reset") {
      return Promise.reject(new TypeError("fetch failed: connection reset"));
    }
    if (kind === "hang") return untilAborted(signal);
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
