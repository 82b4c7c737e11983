/**
 * A job as OpenTelemetry spans: one for the job, one inside it for each HTTP
 * call, and events for what it waits for and what comes out of it.
 *
 * @module
 */

import {
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { JobOptions, OpenAIBatch, Run, TraceEvent } from "../mod.ts";

/** The listener for the option `trace` that turns events into spans of a parent. */
export function toSpans(
  tracer: Tracer,
  parent: Span,
): (event: TraceEvent) => void {
  const inside = trace.setSpan(context.active(), parent);
  return (event) => {
    const { type, at, ...attributes } = event;
    const named = attributesOf(attributes);
    const isCall = type !== "wait" && type !== "retry" && type !== "results";
    if (!isCall) return void parent.addEvent(type, named, at);
    const span = tracer.startSpan(type, {
      kind: SpanKind.CLIENT,
      startTime: at,
      attributes: named,
    }, inside);
    if (event.error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: event.error });
    }
    span.end(at + event.ms);
  };
}

/** Attributes have names of their own, and plain values. */
function attributesOf(
  fields: Record<string, unknown>,
): Record<string, string | number> {
  const { status, failed, ...others } = fields;
  const all = {
    "http.response.status_code": status,
    ...prefixed("openai_batch.failed.", failed ?? {}),
    ...prefixed("openai_batch.", others),
  };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) =>
      typeof value === "string" || typeof value === "number"
    ),
  ) as Record<string, string | number>;
}

function prefixed(prefix: string, fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [prefix + name, value]),
  );
}

/** Runs a job inside a span. */
export function runTraced(
  client: OpenAIBatch,
  tracer: Tracer,
  requests: string[],
  options: JobOptions,
): Promise<Run> {
  return tracer.startActiveSpan("batch job", async (span) => {
    try {
      const run = await client.run(requests, {
        ...options,
        trace: toSpans(tracer, span),
      });
      span.setAttribute("openai_batch.cost_usd", run.usage.cost ?? 0);
      return run;
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
