/**
 * What happened: calls, requests asked, answers given.
 *
 * @module
 */

import { recordOf } from "./_json.ts";
import type { Lines } from "./_lines.ts";
import { lastText } from "./_request_text.ts";
import type { Schedule } from "./_schedule.ts";
import type { SimulatedCall, SimulatedRequest } from "./types.ts";

/** The lines of a batch, the order in which they are asked, and how often each had been. */
export interface AskedLines {
  lines: Lines;
  order: Schedule["order"];
  attempts: Uint16Array;
}

/** Requests of one batch that were asked one after the other. */
export interface Span extends AskedLines {
  /** Positions in `order`. */
  from: number;
  to: number;
}

/** The books. A request of a batch costs a few bytes, not an object. */
export class Books {
  readonly calls: SimulatedCall[] = [];
  #asked: (Span | SimulatedRequest)[] = [];
  #attempts = new Map<string, number>();
  #directAttempts = new Map<string, number>();
  #answered = new Map<string, number>();

  /** Enters a call that begins. */
  begin(method: string, path: string): SimulatedCall {
    const call = { method, path, status: 0 };
    this.calls.push(call);
    return call;
  }

  /** Opens a span of requests at a position. */
  open(asked: AskedLines, from: number): Span {
    const span = { ...asked, from, to: from };
    this.#asked.push(span);
    return span;
  }

  /** Enters the next request of a span, and gives it. */
  ask(span: Span): SimulatedRequest {
    const line = recordOf(span.lines.parse(span.order[span.to]!));
    const attempt = increment(this.#attempts, String(line.custom_id));
    span.attempts[span.to++] = attempt;
    return requestOf(line, attempt);
  }

  /** Enters the request of a synchronous call, and gives it. */
  askDirectly(url: string, body: unknown): SimulatedRequest {
    const key = url + JSON.stringify(body);
    const attempt = increment(this.#directAttempts, key);
    const request = requestOf({ custom_id: "", url, body }, attempt);
    this.#asked.push(request);
    return request;
  }

  /** Enters an answer that is billed. */
  answer(id: string): void {
    increment(this.#answered, id);
  }

  /** How often an id was answered. */
  answered(id: string): number {
    return this.#answered.get(id) ?? 0;
  }

  /** Every request that ran, parsed again. */
  requests(): SimulatedRequest[] {
    return this.#asked.flatMap((entry) =>
      "lines" in entry ? requestsOf(entry) : entry
    );
  }
}

function requestsOf({ lines, order, attempts, from, to }: Span) {
  return Array.from({ length: to - from }, (_, i) => {
    const line = recordOf(lines.parse(order[from + i]!));
    return requestOf(line, attempts[from + i]!);
  });
}

function requestOf(
  line: Record<string, unknown>,
  attempt: number,
): SimulatedRequest {
  const body = recordOf(line.body);
  return {
    custom_id: String(line.custom_id),
    url: String(line.url),
    body,
    text: lastText(body),
    attempt,
    model: typeof body.model === "string" ? body.model : "",
  };
}

function increment(counts: Map<string, number>, key: string): number {
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  return count;
}
