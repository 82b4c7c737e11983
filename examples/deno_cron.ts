// deno-lint-ignore-file no-console
/**
 * A night's work on Deno Deploy: what came in during the day is sent at
 * midnight, and read as soon as it is answered. Each run may be on another
 * machine.
 *
 *     deno run --unstable-cron --unstable-kv --allow-net --allow-env examples/deno_cron.ts
 */

import { OpenAIBatch } from "@offpeak/openai-batch";

/** Where the texts come from and the summaries go. */
export interface Store {
  /** The texts of a day, always the same ones. */
  textsOf(day: string): AsyncIterable<{ id: string; text: string }>;
  /** Keeps a summary; called again with the same id, it changes nothing. */
  save(id: string, summary: string): Promise<unknown>;
}

/** At midnight: the job of a day has that day's name, so that it is sent once. */
export async function sendDay(
  client: OpenAIBatch,
  { textsOf }: Store,
  day: string,
): Promise<void> {
  async function* requests() {
    for await (const { id, text } of textsOf(day)) {
      yield { id, content: `Sum this up in one sentence:\n\n${text}` };
    }
  }
  await client.submit(requests(), {
    job: `summaries-${day}`,
    params: { model: "gpt-4o-mini", max_completion_tokens: 100 },
  });
}

/** Every ten minutes: goes on with what is open, and clears away what is done. */
export async function collect(
  client: OpenAIBatch,
  { save }: Store,
): Promise<void> {
  for await (const { id } of client.jobs({ prefix: "summaries-" })) {
    const job = await client.attach(id);
    const { done } = await job.step();
    if (!done) continue;
    for await (const result of job.results()) {
      if (result.ok) await save(result.id, result.output);
      else console.error(id, result.id, result.error.message);
    }
    await job.cleanup();
  }
}

if (import.meta.main) {
  const kv = await Deno.openKv();
  const store: Store = {
    async *textsOf(day) {
      for await (const { key, value } of kv.list({ prefix: ["texts", day] })) {
        yield { id: String(key[2]), text: String(value) };
      }
    },
    save: (id, summary) => kv.set(["summaries", id], summary),
  };
  const client = new OpenAIBatch();
  const yesterday = () =>
    new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  Deno.cron("send", "0 0 * * *", () => sendDay(client, store, yesterday()));
  Deno.cron("collect", "*/10 * * * *", () => collect(client, store));
}
