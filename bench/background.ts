/**
 * Background responses in the lane 8h, on a virtual clock: how many looks
 * begin within a minute at most while 10,000 are open, and the heap that an
 * open request takes, after a collection, with 2,500 and with 10,000 of them.
 *
 * @module
 */

import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Fetch, OpenAIBatch } from "../mod.ts";
import { LOOKS_PER_MINUTE } from "../src/direct/window/looks.ts";
import { VirtualClock } from "../src/testing/mod.ts";
import { print } from "./_figure.ts";

const MANY = 10_000;
const FEW = 2_500;
const MINUTE = 60_000;

/** What was measured with so many open requests. */
interface Measured {
  /** Bytes of heap for each. */
  bytes: number;
  /** Looks, in all, and within the busiest minute. */
  looks: number;
  busiest: number;
  /** Creates within the busiest minute. */
  creates: number;
}

/** A server whose responses end when they are told to. */
class Server {
  readonly looks: number[] = [];
  readonly creates: number[] = [];
  isDone = false;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  readonly fetch: Fetch = async (input, init) => {
    await this.#clock.sleep(100);
    const isLook = init?.method === "GET";
    (isLook ? this.looks : this.creates).push(this.#clock.now());
    const id = isLook
      ? String(input).split("/").at(-1)
      : `resp_${String(this.creates.length).padStart(48, "0")}`;
    return Response.json(this.isDone ? answered(id) : queued(id));
  };
}

function queued(id: string | undefined) {
  return { id, object: "response", status: "queued", background: true };
}

function answered(id: string | undefined) {
  return {
    ...queued(id),
    status: "completed",
    output: [{
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Yes." }],
    }],
  };
}

function collect(): void {
  const bun = (globalThis as { Bun?: { gc(force: boolean): void } }).Bun;
  if (bun) return bun.gc(true);
  setFlagsFromString("--expose_gc");
  runInNewContext("gc")();
}

function busiest(times: number[]): number {
  let [most, first] = [0, 0];
  for (const [i, time] of times.entries()) {
    while (times[first]! <= time - MINUTE) first++;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

async function measure(count: number): Promise<Measured> {
  const clock = new VirtualClock();
  const server = new Server(clock);
  const client = new OpenAIBatch({
    apiKey: "none",
    clock,
    fetch: server.fetch,
  });
  async function* questions() {
    for (let i = 0; i < count; i++) {
      yield { id: `question-${i}`, content: `Is ${i} a prime number?` };
    }
  }
  collect();
  const before = process.memoryUsage().heapUsed;
  const stream = client.direct(questions(), {
    endpoint: "/v1/responses",
    lane: "8h",
    params: { model: "gpt-5" },
    progress: false,
  });
  const first = stream.next();
  await clock.advance(2 * 60 * MINUTE);
  const [looks, creates] = [server.looks, server.creates];
  if (creates.length !== count) throw new Error("Not all were created");
  const measured = {
    looks: looks.length,
    busiest: busiest(looks),
    creates: busiest(creates),
  };
  looks.length = creates.length = 0;
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / count;
  server.isDone = true;
  let ended = (await first).done ? 0 : 1;
  for await (const { ok } of stream) if (ok) ended++;
  if (ended !== count) throw new Error("Not all were answered");
  return { ...measured, bytes };
}

await measure(FEW); // warms up
const few = await measure(FEW);
const many = await measure(MANY);
const kilobytes = ({ bytes }: Measured) => `${(bytes / 1_000).toFixed(2)} KB`;
print({
  name: "looks at 10,000 open responses within a minute",
  value: many.busiest / LOOKS_PER_MINUTE,
  limit: 1,
  unit: "×",
  detail: `${many.busiest} of ${LOOKS_PER_MINUTE}, ${many.looks} in 2 hours; ` +
    `${many.creates} creates in the busiest minute`,
});
print({
  name: "memory of an open response",
  value: many.bytes / 1_000,
  limit: 6,
  unit: "KB",
  detail: `heap after a collection, with ${MANY} of them`,
});
print({
  name: "memory of an open response, with 10,000 by with 2,500",
  value: many.bytes / few.bytes,
  limit: 1.1,
  unit: "×",
  detail: `${kilobytes(many)}, ${kilobytes(few)}`,
});
