/**
 * One schedule at its server's side: a simulator on a port, the proxy in front
 * of it, and what the ledger says in the end.
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
import { createSimulator, type Simulator } from "../../src/testing/mod.ts";
import { fastClock } from "../kill/clock.ts";
import { KINDS, Plan } from "./plan.ts";
import { startProxy } from "./proxy.ts";
import {
  type Outcome,
  requestsOf,
  type Workload,
  WORKLOADS,
} from "./target.ts";

/** In passing. */
const FAILS = { status: 500, body: { error: { message: "Try again." } } };

/** A schedule that waits for its client. */
export interface Schedule {
  seed: number;
  /** Where the client finds the proxy. */
  port: number;
  workload: Workload;
  /** What went wrong on the way. */
  plan: Plan;
  /**
   * Holds what the client got against what was paid, and ends the servers.
   *
   * @param outcome What the client got; undefined if it never came to an end.
   * @returns What is wrong with it.
   */
  finish(outcome: Outcome | undefined): string[];
}

/**
 * Opens a schedule.
 *
 * @param seed Decides the workload and the faults.
 * @returns The schedule.
 */
export async function openSchedule(seed: number): Promise<Schedule> {
  const workload = WORKLOADS[seed % WORKLOADS.length] as Workload;
  const plan = new Plan(seed);
  const sim = createSimulator({
    clock: fastClock,
    seed,
    // Some fail in passing, so that there are follow-up rounds.
    respond: ({ text, attempt }) =>
      attempt === 1 && text.endsWith("7") ? FAILS : answerTo(text),
  });
  const server = createServer((request, response) => {
    // What came in halves has no effect.
    answer(sim, request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy = await startProxy(port, plan);
  return {
    seed,
    port: proxy.port,
    workload,
    plan,
    finish: (outcome) => {
      proxy.close();
      server.closeAllConnections();
      server.close();
      return problemsOf(seed, workload, outcome, sim);
    },
  };
}

async function answer(
  sim: Simulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = new Blob(chunks);
  const length = Number(request.headers["content-length"] ?? body.size);
  if (body.size !== length) throw new Error("The request was cut off");
  const { method = "GET", url } = request;
  const answered = await sim.fetch(`http://127.0.0.1${url}`, {
    method,
    headers: request.headers as Record<string, string>,
    ...(body.size > 0 ? { body } : {}),
  });
  const bytes = new Uint8Array(await answered.arrayBuffer());
  response.writeHead(answered.status, {
    ...Object.fromEntries(answered.headers),
    "content-length": bytes.length,
  });
  response.end(bytes);
}

function answerTo(text: string): string {
  return `${text} done`;
}

function problemsOf(
  seed: number,
  workload: Workload,
  outcome: Outcome | undefined,
  { ledger }: Simulator,
): string[] {
  if (!outcome) return ["it never came to an end"];
  if (outcome.error) return [`it ended with ${outcome.error}`];
  const results = new Map(outcome.results.map((result) => [result.id, result]));
  const asked = ledger.requests;
  const problems = requestsOf(seed, workload).flatMap(({ id, content }) => {
    const result = results.get(id);
    if (!result) return [`${id} is lost`];
    if (result.output !== undefined && result.output !== answerTo(content)) {
      return [`${id} has the answer of another request`];
    }
    const mayFail = workload === "cancel" || workload === "direct";
    if (result.output === undefined && !mayFail) {
      return [`${id} failed with ${result.code}`];
    }
    if (workload === "direct") {
      const times = asked.filter(({ text }) => text === content).length;
      return times > result.attempts
        ? [`${id} was asked ${times} times, and says ${result.attempts}`]
        : [];
    }
    const paid = ledger.answered(id);
    return paid > 1 ? [`${id} was paid ${paid} times`] : [];
  });
  if (outcome.results.length !== results.size) {
    problems.push("a result came twice");
  }
  if (workload === "cancel") {
    const running = ledger.batches.filter(({ status }) =>
      /^(validating|in_progress|finalizing)$/.test(status)
    );
    if (running.length > 0) problems.push("a batch runs on");
  }
  return problems;
}

/** How often each kind of fault happened, on fresh connections and on others. */
export class Tally {
  readonly #counts = new Map<string, [number, number]>();

  add({ drawn }: Plan): void {
    for (const { kind, isFresh } of drawn) {
      const counts = this.#counts.get(kind) ?? [0, 0];
      counts[isFresh ? 0 : 1]++;
      this.#counts.set(kind, counts);
    }
  }

  /** Kinds that never happened, on any connection. */
  get missing(): string[] {
    return KINDS.filter((kind) => !this.#counts.has(kind));
  }

  get text(): string {
    return KINDS.map((kind) => {
      const [fresh, used] = this.#counts.get(kind) ?? [0, 0];
      return `${kind} ${fresh}+${used}`;
    }).join(", ");
  }
}
