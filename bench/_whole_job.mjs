/**
 * One whole job in a process of its own: with this package, or by a script
 * that a careful user writes with the official SDK. Its CPU time and its peak
 * are those of the process, from its start to its end. It is no TypeScript, so
 * that Node has nothing to strip, and is copied to where both packages are
 * installed.
 *
 *     _whole_job.mjs <baseURL> stream | run | script list | generator <requests>
 *
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";

const PART = 50_000;
const PAUSE = 500;
const params = { model: "gpt-4o-mini", max_completion_tokens: 10 };

const [baseURL, work, form, size] = process.argv.slice(2);
const count = Number(size);
const settings = { baseURL, apiKey: "none" };

const works = {
  async stream(requests) {
    const { OpenAIBatch } = await import("@offpeak/openai-batch");
    const client = new OpenAIBatch(settings);
    const stream = client.stream(requests, options());
    let answered = 0;
    for await (const { ok } of stream) if (ok) answered++;
    return [answered, stream.usage.total_tokens];
  },

  async run(requests) {
    const { OpenAIBatch } = await import("@offpeak/openai-batch");
    const client = new OpenAIBatch(settings);
    const { succeeded, usage } = await client.run(requests, options());
    return [succeeded.length, usage.total_tokens];
  },

  async script(requests) {
    const { OpenAI } = await import("openai");
    const fetchOptions = { redirect: "error" };
    const openai = new OpenAI({ ...settings, fetchOptions });
    const batches = [];
    const send = async (lines, name) => {
      const file = await openai.files.create({
        file: new File([lines.join("\n") + "\n"], name),
        purpose: "batch",
      });
      batches.push(
        await openai.batches.create({
          input_file_id: file.id,
          endpoint: "/v1/chat/completions",
          completion_window: "24h",
        }),
      );
    };

    let lines = [];
    for (const { id, content } of requests) {
      if (lines.length === PART) {
        await send(lines, `input-${batches.length}.jsonl`);
        lines = [];
      }
      lines.push(JSON.stringify({
        custom_id: id,
        method: "POST",
        url: "/v1/chat/completions",
        body: { ...params, messages: [{ role: "user", content }] },
      }));
    }
    await send(lines, `input-${batches.length}.last.jsonl`);
    lines = [];

    let answered = 0;
    let tokens = 0;
    for (let batch of batches) {
      while (batch.status !== "completed") {
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        batch = await openai.batches.retrieve(batch.id);
      }
      const output = await openai.files.content(batch.output_file_id);
      const text = await output.text();
      for (const line of text.split("\n")) {
        if (line === "") continue;
        const { response } = JSON.parse(line);
        if (response.status_code === 200) answered++;
        tokens += response.body.usage.total_tokens;
      }
    }
    return [answered, tokens];
  },
};

function options() {
  return { params, pollInterval: PAUSE, progress: false };
}

function* questions() {
  for (let i = 0; i < count; i++) {
    yield { id: `question-${i}`, content: `Is ${i} a prime number?` };
  }
}

const [answered, tokens] = await works[work](
  form === "list" ? [...questions()] : questions(),
);
if (answered !== count || !(tokens > count)) {
  throw new Error(`${answered} of ${count} answered, ${tokens} tokens`);
}
const { user, system } = process.cpuUsage();
const [, peak] = /VmHWM:\s+(\d+) kB/.exec(
  readFileSync("/proc/self/status", "utf8"),
);
process.stdout.write(JSON.stringify({
  cpu: (user + system) / 1e6,
  wall: performance.now() / 1e3,
  peak: Math.round(Number(peak) * 1_024 / 1e6),
}));
