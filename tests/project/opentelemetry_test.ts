/**
 * The recipe for OpenTelemetry, with its real API and its SDK in memory.
 *
 * @module
 */

import { SpanStatusCode } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { OpenAIBatch } from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatorOptions,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { runTraced } from "../../examples/opentelemetry.ts";

const job = {
  job: "night",
  params: { model: "gpt-4o-mini" },
  progress: false,
} as const;

function open(simulator: SimulatorOptions = {}) {
  const sim = createSimulator(simulator);
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  const tracer = new BasicTracerProvider({ spanProcessors })
    .getTracer("openai-batch");
  return { sim, client: new OpenAIBatch(sim.options), exporter, tracer };
}

test("a job is a span, each of its calls one inside it", options, async () => {
  const { sim, client, exporter, tracer } = open();
  const run = await runTraced(client, tracer, ["1 + 1 =", "1 + 2 ="], job);
  assert.deepEqual(run.values(), ["1 + 1 = 2", "1 + 2 = 3"]);
  const spans = exporter.getFinishedSpans();
  const [root, ...others] = spans.filter(({ name }) => name === "batch job");
  assert.ok(root);
  assert.deepEqual(others, []);
  const calls = spans.filter((span) => span !== root);
  assert.equal(calls.length, sim.ledger.calls.length);
  const { spanId, traceId } = root.spanContext();
  for (const call of calls) {
    assert.equal(call.parentSpanContext?.spanId, spanId);
    assert.equal(call.spanContext().traceId, traceId);
    assert.equal(call.attributes["http.response.status_code"], 200);
    assert.equal(call.attributes["openai_batch.job"], "night");
    const [seconds, nanoseconds] = call.duration;
    assert.ok(seconds + nanoseconds / 1e9 >= 0.02); // a call takes that long there
  }
  const names = new Set(calls.map(({ name }) => name));
  assert.deepEqual(names, new Set(["look", "upload", "create", "download"]));
  const upload = calls.find(({ name }) => name === "upload")!;
  assert.equal(upload.attributes["openai_batch.part"], 0);
  assert.ok(Number(upload.attributes["openai_batch.bytes"]) > 100);
  const events = root.events.map(({ name }) => name);
  assert.ok(events.includes("wait") && events.includes("results"));
  const succeeded = root.events.filter(({ name }) => name === "results")
    .reduce(
      (sum, { attributes }) =>
        sum + Number(attributes?.["openai_batch.succeeded"]),
      0,
    );
  assert.equal(succeeded, 2);
});

test("a call that failed is a span with an error", options, async () => {
  const { client, exporter, tracer } = open({
    faults: { "batches.create:503": 0.6 },
  });
  await runTraced(client, tracer, ["a"], job);
  const failed = exporter.getFinishedSpans()
    .filter(({ status }) => status.code === SpanStatusCode.ERROR);
  assert.ok(failed.length > 0);
  for (const { name, attributes } of failed) {
    assert.equal(name, "create");
    assert.equal(attributes["http.response.status_code"], 503);
  }
});

test("no span holds a key, a prompt or an answer", options, async () => {
  const { sim, client, exporter, tracer } = open({
    respond: () => "an answer",
  });
  await runTraced(client, tracer, ["a prompt"], job);
  const told = exporter.getFinishedSpans()
    .map(({ name, attributes, events }) => ({ name, attributes, events }));
  const text = JSON.stringify(told);
  for (const secret of ["a prompt", "an answer", sim.options.apiKey]) {
    assert.ok(!text.includes(secret), secret);
  }
});
