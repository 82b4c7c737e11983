/**
 * The report: what its page says, and that nothing in an answer gets out of
 * its text.
 *
 * @module
 */

import fc from "fast-check";
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { type JobBatch, OpenAIBatch, type Result } from "@offpeak/openai-batch";
import { Report, reportOf } from "@offpeak/openai-batch/report";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

const params = { model: "gpt-4o-mini" };
const NOW = Date.parse("2026-11-25T12:00:00Z");
const usage = {
  ...{ input_tokens: 0, output_tokens: 0, total_tokens: 0 },
  ...{ cost: 0, standardCost: 0, saving: 0, models: [] },
};

function success(fields: object = {}): Result {
  return {
    ...{ ok: true, id: "a", index: 0, attempts: 1, via: "batch" },
    ...{ lane: "batch", batchId: "batch_1", output: "yes", outputs: ["yes"] },
    ...{ finishReason: "stop", usage: undefined, ...fields },
  } as Result;
}

function failure(code: string, message: string): Result {
  return {
    ...{ ok: false, id: "f", index: 1, attempts: 3, via: "batch" },
    ...{ lane: "batch", batchId: "batch_1", error: { code, message } },
  } as Result;
}

function batch(fields: Partial<JobBatch> = {}): JobBatch {
  return {
    ...{ id: "batch_1", object: "batch", endpoint: "/v1/chat/completions" },
    ...{ status: "completed", completion_window: "24h", input_file_id: "f" },
    ...{ created_at: 1_000, in_progress_at: 1_060, finalizing_at: 1_600 },
    ...{ completed_at: 1_660, part: 0, round: 0, ...fields },
  } as JobBatch;
}

function* elements(node: Node): Generator<Element> {
  if ("tagName" in node) yield node;
  if ("childNodes" in node) {
    for (const child of node.childNodes) yield* elements(child);
  }
}

function textOf(node: Node): string {
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}

/** The text of the body, without the style sheet. */
function bodyOf(page: string): string {
  const body = [...elements(parse(page))].find((e) => e.tagName === "body");
  return textOf(body!).replace(/\s+/g, " ");
}

test(
  "a report of a run says what was asked, answered, failed and paid",
  options,
  async () => {
    const error = { code: "invalid_prompt", message: "No" };
    const sim = createSimulator({
      respond: ({ text }) =>
        text === "bad" ? { status: 400, body: { error } } : `re: ${text}`,
    });
    const client = new OpenAIBatch(sim.options);
    const run = await client.run(["one", "two", "bad"], { params });
    const text = bodyOf(reportOf(run, { title: "Three questions" }));
    assert.match(text, /Three questions/);
    assert.match(text, /Requests ?3/);
    assert.match(text, /Answered ?66\.7 %/);
    assert.match(text, /invalid_prompt ?1 ?100 %/);
    assert.match(text, /gpt-4o-mini ?batch ?2/);
    assert.match(text, /re: one/);
  },
);

test(
  "a report of a stream knows its batches, the refused ones too",
  options,
  async () => {
    const sim = createSimulator({ limits: { enqueuedTokens: 15 } });
    const client = new OpenAIBatch(sim.options);
    const requests = Array.from({ length: 8 }, (_, i) => `question ${i}`);
    const stream = client.stream(requests, { params, batchSize: 2 });
    const report = new Report();
    for await (const result of stream) report.add(result);
    const refused = stream.batches.filter(({ status }) => status === "failed");
    assert.ok(refused.length > 0);
    const text = bodyOf(report.html(stream));
    assert.match(text, new RegExp(`${refused.length} refused`));
    assert.match(text, /Requests ?8/);
  },
);

test("a job that is not done says what it waits for", options, () => {
  const report = new Report();
  report.add(success());
  const status = {
    ...{ id: "j", phase: "Processing", done: false, stopped: undefined },
    ...{ waitingFor: { reason: "queue", message: "The queue is full" } },
    requests: { total: 5, succeeded: 1, failed: 0, open: 4 },
  } as unknown as NonNullable<Parameters<Report["html"]>[0]["status"]>;
  const text = bodyOf(report.html({ batches: [], usage, status }, NOW));
  assert.match(text, /Not done yet: 4 requests are open\. The queue is full/);
});

test(
  "the first answers are those of the first requests, in whichever order they came",
  options,
  () => {
    const indexes = [7, 2, 9, 0, 4];
    const results = indexes.map((index) => success({ id: `q${index}`, index }));
    const page = reportOf({ results, batches: [], usage }, { answers: 3 });
    const headings = [...elements(parse(page))].filter((e) =>
      e.tagName === "h3"
    );
    assert.deepEqual(headings.map(textOf), ["q0", "q2", "q4"]);
  },
);

test("no answer is shown where none is asked for", options, () => {
  const page = reportOf({ results: [success()], batches: [], usage }, {
    answers: 0,
  });
  assert.doesNotMatch(bodyOf(page), /first answers/);
});

test("a number of answers that is not whole is refused", options, () => {
  assert.throws(() => new Report({ answers: -1 }), /answers .* it is -1/);
});

test(
  "of a long text only the beginning is shown, and how much is missing",
  options,
  () => {
    const output = "x".repeat(10_000_000);
    const page = reportOf({
      results: [success({ output })],
      batches: [],
      usage,
    });
    assert.ok(page.length < 20_000);
    assert.match(page, /9,998,000 more characters/);
  },
);

test(
  "a page without answers stays below 60 KB, whatever there is to say",
  options,
  () => {
    const report = new Report({ answers: 0 });
    for (let i = 0; i < 5_000; i++) {
      report.add(failure(`code_${i}`, `${"m".repeat(5_000)} ${i}`));
      report.add(
        success({ usage: { input_tokens: i ** 4, output_tokens: i } }),
      );
    }
    const batches = Array.from(
      { length: 5_000 },
      (_, i) => batch({ id: `batch_${i}`, part: i, created_at: i }),
    );
    const row = { ...usage, requests: 1, lane: "batch" };
    const models = Array.from(
      { length: 500 },
      (_, i) => ({ ...row, model: `model-${i}` }),
    );
    const page = report.html({ batches, usage: { ...usage, models } }, NOW);
    assert.ok(page.length < 60_000, `${page.length}`);
  },
);

test(
  "the phases of a batch, its refusal and its later rounds are told apart",
  options,
  () => {
    const batches = [
      batch(),
      batch({ id: "batch_2", status: "failed", failed_at: 1_010 }),
      batch({
        id: "batch_3",
        round: 1,
        created_at: 2_000,
        completed_at: 2_600,
      }),
    ];
    const page = reportOf({ results: [success()], batches, usage });
    const bars = [...elements(parse(page))].filter((e) => e.tagName === "rect")
      .flatMap(({ attrs }) => attrs.filter(({ name }) => name === "class"))
      .map(({ value }) => value);
    for (const phase of ["validating", "running", "finalizing", "refused"]) {
      assert.ok(bars.includes(phase), phase);
    }
    assert.match(bodyOf(page), /2 batches in 1 part, 1 of them to retry/);
  },
);

test(
  "servers that write dates as texts, or none, are drawn as far as they tell",
  options,
  () => {
    const batches = [
      batch({ created_at: "2026-11-25T10:00:00Z" as unknown as number }),
      batch({ id: "batch_2", created_at: null as unknown as number }),
    ];
    const page = reportOf({ results: [], batches, usage });
    assert.match(bodyOf(page), /2026-11-25 10:00 UTC/);
  },
);

test(
  "whatever the server's texts hold, the page has the same elements",
  options,
  () => {
    const shape = (text: string) => {
      const row = { ...usage, requests: 1, model: text, lane: text };
      const page = reportOf({
        jobId: text,
        results: [success({ id: text, output: text }), failure(text, text)],
        batches: [batch({ status: text })],
        usage: { ...usage, models: [row] },
      });
      return [...elements(parse(page))].map(({ tagName, attrs }) =>
        `${tagName} ${attrs.map(({ name }) => name)}`
      );
    };
    const expected = shape("text");
    const markup = fc.constantFrom(
      ...[
        "</pre>",
        "<script>x</script>",
        "</style>",
        "<!--",
        "]]>",
        '" onload="',
      ],
      ...[
        "<img src=x onerror=x>",
        "'",
        "&lt;",
        "\u202e",
        "\u2067",
        "\0",
        "\ud800",
      ],
    );
    const text = fc.array(fc.oneof(markup, fc.string({ unit: "grapheme" })), {
      minLength: 1,
    }).map((pieces) => `x${pieces.join("")}`);
    fc.assert(fc.property(text, (text) => {
      assert.deepEqual(shape(text), expected);
    }));
  },
);

test("the page forbids scripts and everything from elsewhere", options, () => {
  const page = reportOf({ results: [success()], batches: [batch()], usage });
  const all = [...elements(parse(page))];
  const meta = all.find(({ attrs }) =>
    attrs.some(({ value }) => value === "Content-Security-Policy")
  );
  const policy = meta?.attrs.find(({ name }) => name === "content")?.value;
  assert.equal(policy, "default-src 'none'; style-src 'unsafe-inline'");
  assert.equal(all.some(({ tagName }) => tagName === "script"), false);
  assert.doesNotMatch(page, /https?:/);
});
