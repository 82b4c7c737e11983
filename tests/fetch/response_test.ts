/** The `Response` of a batched call is like any other, however it is read. */

import { createBatchFetch } from "@offpeak/openai-batch/fetch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { chat } from "../_support/calls.ts";

interface Runtimes {
  Deno?: {
    serve(options: object, answer: () => Promise<Response>): {
      addr: { port: number };
      shutdown(): Promise<void>;
    };
  };
  Bun?: {
    serve(options: object): { port: number; stop(isNow: boolean): void };
  };
}

/** Asks one question. */
async function answer(): Promise<Response> {
  const { fetch, clock } = createSimulator().options;
  const batchFetch = createBatchFetch({ job: "night", fetch, clock });
  return await batchFetch("https://api.openai.com/v1/chat/completions", {
    method: "POST",
    headers: {
      authorization: "Bearer sk-simulator",
      "content-type": "application/json",
    },
    body: JSON.stringify(chat("hello")),
  });
}

const READ: Record<string, (response: Response) => Promise<string>> = {
  "as text": (response) => response.text(),
  "as JSON": async (response) => JSON.stringify(await response.json()),
  "as a buffer": async (response) => textOf(await response.arrayBuffer()),
  "as bytes": async (response) => textOf(await response.bytes()),
  "as a Blob": async (response) => await (await response.blob()).text(),
  "as a stream": async (response) => {
    const { value } = await response.body!.getReader().read();
    return textOf(value!);
  },
  "from a clone": (response) => response.clone().text(),
  "after it was cloned": async (response) => {
    await response.clone().text();
    return await response.text();
  },
  "after a look at its stream": async (response) => {
    assert.equal(response.body?.locked, false);
    assert.equal(response.bodyUsed, false);
    return await response.text();
  },
};

function textOf(bytes: ArrayBuffer | Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

for (const [how, read] of Object.entries(READ)) {
  test(`an answer can be read ${how}`, options, async () => {
    const { model } = JSON.parse(await read(await answer()));
    assert.equal(model, "gpt-4o-mini");
  });
}

const isClone = /clone/;

for (const [how, read] of Object.entries(READ)) {
  if (isClone.test(how)) continue;
  test(`an answer that was read ${how} is used up`, options, async () => {
    const response = await answer();
    await read(response);
    assert.equal(response.bodyUsed, true);
    assert.throws(() => response.clone(), TypeError);
    for (const again of [READ["as text"]!, READ["as JSON"]!]) {
      await assert.rejects(again(response), TypeError);
    }
  });
}

const { Deno, Bun } = globalThis as Runtimes;

test(
  "a server can hand on an answer as it is",
  { ...options, skip: !Deno && !Bun && "Node has no server of Responses" },
  async () => {
    const read = async (port: number) =>
      await (await fetch(`http://127.0.0.1:${port}/`)).json();
    let body: { model?: string } = {};
    if (Deno) {
      const server = Deno.serve({ port: 0, onListen: () => {} }, answer);
      body = await read(server.addr.port);
      await server.shutdown();
    } else if (Bun) {
      const server = Bun.serve({ port: 0, fetch: answer });
      body = await read(server.port);
      server.stop(true);
    }
    assert.equal(body.model, "gpt-4o-mini");
  },
);
