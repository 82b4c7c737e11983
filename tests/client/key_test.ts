/** Where the key goes, and that it goes nowhere else. */

import process from "node:process";
import { type ClientOptions, OpenAIBatch } from "@offpeak/openai-batch";
import {
  assert,
  options,
  test,
  type TestContext,
} from "../_support/prelude.ts";
import { serve } from "../_support/loopback.ts";
import { anything, caught, script } from "../_support/scripted.ts";
import { assertHidden } from "./_key.ts";

const KEY = "sk-proj-Secret_0123456789";

const BATCH = {
  input_file_id: "file-1",
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
} as const;

type Variable = "API_KEY" | "BASE_URL" | "ORG_ID" | "PROJECT_ID";

type Environment = { [name in `OPENAI_${Variable}`]?: string };

/**
 * The module sees these variables and no others until the test has ended. The
 * real ones stay as they are: Deno's test files share them while they run.
 */
function setEnvironment(t: TestContext, env: Environment): void {
  const global = globalThis as { process: unknown };
  global.process = { env };
  t.after(() => global.process = process);
}

/** The call that a client makes which takes its key from the environment. */
async function callWith(options: ClientOptions = {}) {
  const { client, calls } = script(() => anything(), {
    apiKey: undefined,
    ...options,
  });
  await client.files.retrieve("file-1");
  const { url, headers } = calls[0]!;
  return { url, headers };
}

test(
  "the environment's key goes to the default address",
  options,
  async (t) => {
    setEnvironment(t, {
      OPENAI_API_KEY: KEY,
      OPENAI_ORG_ID: "org-1",
      OPENAI_PROJECT_ID: "proj-1",
    });
    const baseURLs = [
      undefined,
      "https://api.openai.com/v1",
      "https://api.openai.com/v1/",
    ];
    for (const baseURL of baseURLs) {
      const { url, headers } = await callWith({ baseURL });
      assert.equal(url, "https://api.openai.com/v1/files/file-1");
      assert.equal(headers.get("authorization"), `Bearer ${KEY}`);
      assert.equal(headers.get("openai-organization"), "org-1");
      assert.equal(headers.get("openai-project"), "proj-1");
    }
  },
);

test(
  "the environment's key goes to the environment's address",
  options,
  async (t) => {
    setEnvironment(t, {
      OPENAI_API_KEY: KEY,
      OPENAI_BASE_URL: "https://eu.api.openai.com/v1",
    });
    const { url, headers } = await callWith();
    assert.equal(url, "https://eu.api.openai.com/v1/files/file-1");
    assert.equal(headers.get("authorization"), `Bearer ${KEY}`);
  },
);

const STRANGERS = [
  "https://api.example/v1",
  "http://api.openai.com/v1",
  "https://api.openai.com:8443/v1",
  "https://api.openai.com.example/v1",
  "http://127.0.0.1:8080/v1",
];

test(
  "an address with credentials, or no http address, is refused and not shown",
  options,
  () => {
    for (
      const baseURL of [
        "https://api.openai.com@api.example/v1",
        `https://u:${KEY}@api.example/v1`,
        "file:///v1",
        "x",
      ]
    ) {
      const error = assertThrown(() =>
        new OpenAIBatch({ baseURL, apiKey: KEY })
      );
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /baseURL/);
      assertHidden(KEY, error);
    }
  },
);

test("any other address needs a key of its own", options, (t) => {
  for (const OPENAI_BASE_URL of [undefined, "https://eu.api.openai.com/v1"]) {
    setEnvironment(t, {
      OPENAI_API_KEY: KEY,
      ...(OPENAI_BASE_URL ? { OPENAI_BASE_URL } : {}),
    });
    for (const baseURL of STRANGERS) {
      const error = assertThrown(() => new OpenAIBatch({ baseURL }));
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /apiKey/);
      assertHidden(KEY, error);
    }
  }
});

function assertThrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test(
  "another address with its own key gets nothing from the environment",
  options,
  async (t) => {
    setEnvironment(t, {
      OPENAI_API_KEY: KEY,
      OPENAI_ORG_ID: "org-1",
      OPENAI_PROJECT_ID: "proj-1",
    });
    const { headers } = await callWith({
      baseURL: "https://api.example/v1",
      apiKey: "own",
    });
    assert.equal(headers.get("authorization"), "Bearer own");
    assert.equal(headers.get("openai-organization"), null);
    assert.equal(headers.get("openai-project"), null);
    assertHidden(KEY, [...headers]);
  },
);

test(
  "a key that is passed takes precedence over the environment's",
  options,
  async (t) => {
    setEnvironment(t, { OPENAI_API_KEY: KEY });
    const { headers } = await callWith({ apiKey: "own" });
    assert.equal(headers.get("authorization"), "Bearer own");
  },
);

test("without any key the client says what to do", options, (t) => {
  for (const key of [undefined, "", "  "]) {
    setEnvironment(t, key === undefined ? {} : { OPENAI_API_KEY: key });
    assert.throws(
      () => new OpenAIBatch(),
      (error: unknown) =>
        error instanceof TypeError && /OPENAI_API_KEY/.test(error.message),
    );
  }
});

test("a key in a header of its own is in no other", options, async () => {
  const { client, calls } = script(() => anything(), {
    apiKey: KEY,
    apiKeyHeader: "api-key",
  });
  await client.files.retrieve("file-1");
  const headers = [...calls[0]!.headers].filter(([, value]) =>
    value.includes(KEY)
  );
  assert.deepEqual(headers, [["api-key", KEY]]);
  assertHidden(KEY, calls[0]!.url);
});

test("no header of a call takes the key's place", options, async () => {
  const { client, calls } = script(() => anything(), {
    apiKey: KEY,
    headers: { Authorization: "Bearer other" },
  });
  await client.files.retrieve("file-1", {
    headers: { AUTHORIZATION: "Bearer x" },
  });
  assert.equal(calls[0]?.headers.get("authorization"), `Bearer ${KEY}`);
});

const CALLS: [string, (client: OpenAIBatch) => Promise<unknown>][] = [
  ["a call", ({ files }) => files.retrieve("file-1")],
  [
    "an upload",
    ({ files }) =>
      files.create({ file: new File(["{}\n"], "a.jsonl"), purpose: "batch" }),
  ],
  ["a download", ({ files }) => files.content("file-1")],
  ["a create", ({ batches }) => batches.create(BATCH)],
];

for (const [what, call] of CALLS) {
  test(
    `${what} follows no redirect, to another origin or its own`,
    options,
    async (t) => {
      let strange = 0;
      const stranger = await serve(t, (_, response) => {
        strange++;
        response.end("{}");
      });
      for (const status of [301, 302, 303, 307, 308]) {
        for (const location of [`${stranger}/v1/files`, "/elsewhere"]) {
          const seen: (string | undefined)[] = [];
          const origin = await serve(t, (request, response) => {
            seen.push(request.url);
            request.resume().on(
              "end",
              () => response.writeHead(status, { location }).end(),
            );
          });
          const client = new OpenAIBatch({
            apiKey: KEY,
            baseURL: `${origin}/v1`,
            maxRetries: 0,
          });
          const error = await caught(() => call(client));
          assert.equal((error as Error).name, "ConnectionError");
          assertHidden(KEY, error);
          assert.equal(seen.length, 1);
          assert.notEqual(seen[0], "/elsewhere");
        }
      }
      assert.equal(strange, 0);
    },
  );
}

test(
  "a redirect that a runtime hands out is an error and not repeated",
  options,
  async () => {
    const headers = { location: "https://api.example/" };
    const { client, calls } = script(() =>
      new Response(null, { status: 302, headers })
    );
    const error = await caught(() => client.batches.create(BATCH));
    assert.equal((error as { code: string }).code, "redirect");
    assert.equal(calls.length, 1);
  },
);
