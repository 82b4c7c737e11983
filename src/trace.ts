/**
 * From HTTP calls and results to the events of the option `trace`. Nothing of
 * it runs if nothing listens.
 *
 * @module
 */

import { isObject } from "./rest/shape.ts";
import type { Call, Made } from "./rest/transport.ts";
import { askedLane } from "./pricing/mod.ts";
import type { AnyResult } from "./results/result.ts";
import type { Trace, TracedCall, TraceEvent } from "./types/trace.ts";

/** What a tag says of the part that a file or a batch carries. */
export type ReadTag = (
  text: unknown,
) => { part: number; round: number } | undefined;

/**
 * One listener of several, which can't do any harm.
 *
 * @returns Undefined if nothing listens.
 */
export function listenerOf(
  ...traces: (Trace | undefined)[]
): Trace | undefined {
  const listeners = traces.filter((trace) => trace !== undefined);
  if (listeners.length === 0) return undefined;
  return (event) => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch {
        // An answer that is paid must not be lost for a log.
      }
    }
  };
}

/**
 * What a transport tells of its calls, as events.
 *
 * @param trace Gets the events.
 * @param job The job's name, if it is one.
 * @param readTag What file names and metadata say.
 * @returns Undefined if nothing listens.
 */
export function traceCalls(
  trace: Trace | undefined,
  job: string | undefined,
  readTag: ReadTag,
): ((made: Made) => void) | undefined {
  if (!trace) return undefined;
  return (made) => trace(eventOf(made, job, readTag));
}

function eventOf(
  made: Made,
  job: string | undefined,
  readTag: ReadTag,
): TraceEvent {
  const { call, at, ms, attempt, status, requestId, error, bytes = 0 } = made;
  if (made.isRetry) {
    return { type: "retry", at, job, ms, attempt, reason: error ?? "unknown" };
  }
  const base: TracedCall = {
    at,
    job,
    ms,
    attempt,
    status,
    requestId,
    error,
    ...aboutOf(call, made.answer),
    ...readTag(call.about?.name ?? tagIn(call)),
  };
  const [, kind = "", id, verb] = call.path.split("/");
  if (call.method === "DELETE") return { ...base, type: "delete" };
  if (verb === "cancel") return { ...base, type: "cancel" };
  if (verb === "content") return { ...base, type: "download", bytes };
  if (call.method === "GET") return { ...base, type: "look" };
  if (kind === "files" && id === undefined) {
    return { ...base, type: "upload", bytes: call.bytes ?? bytes };
  }
  if (kind === "batches") return { ...base, type: "create" };
  const body = isObject(call.body) ? call.body : {};
  const model = typeof body.model === "string" ? body.model : undefined;
  return {
    ...base,
    type: "direct",
    endpoint: `/v1${call.path}`,
    model,
    lane: askedLane(body),
    attempt: call.about?.attempt ?? attempt,
  };
}

/** What a call is about: from its path, or from what it has created. */
function aboutOf(
  { path }: Call,
  answer: unknown,
): Pick<TracedCall, "batch" | "file" | "response"> {
  const [, kind, named] = path.split("/");
  const created = isObject(answer) && typeof answer.id === "string"
    ? answer.id
    : undefined;
  const id = named ?? created;
  if (id === undefined) return {};
  if (kind === "batches") return { batch: id };
  if (kind === "files") return { file: id };
  return kind === "responses" ? { response: id } : {};
}

/** A batch carries its tag in its metadata. */
function tagIn({ body }: Call): unknown {
  const metadata = isObject(body) ? body.metadata : undefined;
  return isObject(metadata) ? Object.values(metadata).find(isTag) : undefined;
}

function isTag(value: unknown): boolean {
  return typeof value === "string" && value.includes(".v1.");
}

/**
 * Counts results by batch and outcome.
 *
 * @param results Results that are about to be handed out.
 * @param base When, and of which job.
 * @param partOf The part of a batch.
 * @returns One event for each batch among them.
 */
export function resultsEvents(
  results: readonly AnyResult[],
  base: { at: number; job?: string | undefined },
  partOf: (batch: string) => number | undefined = () => undefined,
): TraceEvent[] {
  const counts = new Map<
    string | undefined,
    { succeeded: number; failed: Record<string, number> }
  >();
  for (const { batchId, error } of results) {
    const count = counts.get(batchId) ?? { succeeded: 0, failed: noCounts() };
    counts.set(batchId, count);
    if (!error) count.succeeded++;
    else count.failed[error.code] = (count.failed[error.code] ?? 0) + 1;
  }
  return [...counts].map(([batch, count]) => ({
    ...base,
    ...count,
    type: "results",
    batch,
    part: batch === undefined ? undefined : partOf(batch),
  }));
}

/** Codes are a server's to choose: none of them may be a key that objects have. */
function noCounts(): Record<string, number> {
  return Object.create(null);
}
