/**
 * Programs as people write them with three SDKs. None of them knows of
 * batches: each is given a `fetch`, as the SDK takes it.
 *
 * @module
 */

import { createOpenAI } from "@ai-sdk/openai";
import { ChatOpenAI } from "@langchain/openai";
import { embedMany, generateObject, generateText, isStepCount, tool } from "ai";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

/** Where a program calls. */
export interface Connection {
  apiKey: string;
  baseURL: string;
  fetch: typeof globalThis.fetch;
}

/** A program, and how many batches it takes. */
export interface Program {
  batches: number;
  run: (connection: Connection) => Promise<unknown>;
}

const MODEL = "gpt-4o-mini";
const EMBEDDING_MODEL = "text-embedding-3-small";
const LONGEST = 2 ** 31 - 1;
const names = Array.from({ length: 5 }, (_, i) => `agent ${i}`);

const openai = (connection: Connection) =>
  new OpenAI({ ...connection, timeout: LONGEST });

const ai = (connection: Connection) => createOpenAI({ ...connection });

export const PROGRAMS: Record<string, Program> = {
  "openai: chat": {
    batches: 1,
    run: (connection) => {
      const client = openai(connection);
      return Promise.all(names.map(async (content) => {
        const { choices } = await client.chat.completions.create({
          model: MODEL,
          messages: [{ role: "user", content }],
        });
        return choices[0]?.message.content;
      }));
    },
  },
  "openai: responses": {
    batches: 1,
    run: (connection) => {
      const client = openai(connection);
      return Promise.all(
        names.map(async (input) =>
          (await client.responses.create({ model: MODEL, input })).output_text
        ),
      );
    },
  },
  "openai: embeddings in base64": {
    batches: 1,
    run: async (connection) => {
      const { data } = await openai(connection).embeddings.create({
        model: EMBEDDING_MODEL,
        input: names,
      });
      return data.map(({ embedding }) => [...embedding]);
    },
  },
  "openai: structured outputs": {
    batches: 1,
    run: async (connection) => {
      const schema = z.object({ answer: z.string() });
      const { choices } = await openai(connection).chat.completions.parse({
        model: MODEL,
        messages: [{ role: "user", content: "what is it?" }],
        response_format: zodResponseFormat(schema, "answer"),
      });
      return choices[0]?.message.parsed;
    },
  },
  "openai: a tool loop": {
    batches: 2,
    run: (connection) => {
      const client = openai(connection);
      return Promise.all(
        names.map((content) =>
          client.chat.completions.runTools({
            model: MODEL,
            messages: [{ role: "user", content }],
            tools: [{
              type: "function",
              function: {
                name: "weather",
                description: "The weather of a city",
                parameters: {
                  type: "object",
                  properties: { city: { type: "string" } },
                },
                parse: JSON.parse,
                function: ({ city }: { city: string }) => `rain in ${city}`,
              },
            }],
          }).finalContent()
        ),
      );
    },
  },
  "AI SDK: generateText": {
    batches: 1,
    run: (connection) =>
      Promise.all(
        names.map(async (prompt) =>
          (await generateText({ model: ai(connection)(MODEL), prompt })).text
        ),
      ),
  },
  "AI SDK: generateObject": {
    batches: 1,
    run: async (connection) => {
      const { object } = await generateObject({
        model: ai(connection)(MODEL),
        schema: z.object({ answer: z.string() }),
        prompt: "what is it?",
      });
      return object;
    },
  },
  "AI SDK: tools": {
    batches: 2,
    run: (connection) =>
      Promise.all(names.map(async (prompt) => {
        const { text, steps } = await generateText({
          model: ai(connection)(MODEL),
          prompt,
          stopWhen: isStepCount(3),
          tools: {
            weather: tool({
              description: "The weather of a city",
              inputSchema: z.object({ city: z.string() }),
              execute: ({ city }) => `rain in ${city}`,
            }),
          },
        });
        return [text, steps.length];
      })),
  },
  "AI SDK: embedMany": {
    batches: 1,
    run: async (connection) => {
      const { embeddings } = await embedMany({
        model: ai(connection).embedding(EMBEDDING_MODEL),
        values: names,
      });
      return embeddings;
    },
  },
  "LangChain: batch": {
    batches: 1,
    run: async ({ apiKey, baseURL, fetch }) => {
      const chat = new ChatOpenAI({
        model: MODEL,
        apiKey,
        timeout: LONGEST,
        configuration: { baseURL, fetch },
      });
      const prompts = Array.from({ length: 30 }, (_, i) => `prompt ${i}`);
      const answers = await chat.batch(prompts);
      return answers.map(({ content }) => content);
    },
  },
};

/** One call each, with the SDK's own retries. */
export const SINGLE_CALLS: Record<
  string,
  (connection: Connection, timeout?: number) => Promise<string>
> = {
  openai: async ({ apiKey, baseURL, fetch }, timeout = LONGEST) => {
    const client = new OpenAI({ apiKey, baseURL, fetch, timeout });
    const { choices } = await client.chat.completions.create({
      model: MODEL,
      messages: [{ role: "user", content: "hello" }],
    });
    return `${choices[0]?.message.content}`;
  },
  "AI SDK": async (connection, timeout) => {
    const model = ai(connection)(MODEL);
    const limit = timeout ? AbortSignal.timeout(timeout) : undefined;
    const { text } = await generateText({
      model,
      prompt: "hello",
      ...(limit ? { abortSignal: plainly(limit) } : {}),
    });
    return text;
  },
  LangChain: async ({ apiKey, baseURL, fetch }, timeout = LONGEST) => {
    const configuration = { baseURL, fetch };
    const chat = new ChatOpenAI({
      model: MODEL,
      apiKey,
      timeout,
      configuration,
    });
    return `${(await chat.invoke("hello")).content}`;
  },
};

/** As an `AbortController` of the caller that is aborted without a reason. */
function plainly(limit: AbortSignal): AbortSignal {
  const controller = new AbortController();
  limit.addEventListener("abort", () => controller.abort());
  return controller.signal;
}
