/**
 * The doctor: what it finds at each kind of server, and what it leaves behind.
 *
 * @module
 */

import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import {
  diagnose,
  type Diagnosis,
  diagnosisTable,
} from "@offpeak/openai-batch/doctor";
import { LLMock } from "@copilotkit/aimock";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { aibrix } from "../_support/dialects/aibrix.ts";
import { azure } from "../_support/dialects/azure.ts";
import { azureOlder } from "../_support/dialects/azure_older.ts";
import { dashscope } from "../_support/dialects/dashscope.ts";
import { doubleword } from "../_support/dialects/doubleword.ts";
import { groq } from "../_support/dialects/groq.ts";
import { litellm } from "../_support/dialects/litellm.ts";
import { novita } from "../_support/dialects/novita.ts";
import { llamaStack } from "../_support/dialects/llama_stack.ts";
import { morph, nebius } from "../_support/dialects/plain.ts";
import type { Dialect } from "../_support/dialects/_translate.ts";
import { worst } from "../_support/dialects/worst.ts";
import { hidesInputs, intercept, laggingAll } from "../_support/servers.ts";

const MARK =
  "<!-- what the doctor finds, written by tests/doctor/doctor_test.ts -->\n";
const model = "gpt-4o-mini";

const DIALECTS: Record<string, Dialect> = {
  OpenAI: { client: {}, job: {}, serve: ({ fetch }) => fetch },
  Azure: azure,
  "Azure, older": azureOlder,
  Groq: groq,
  DashScope: dashscope,
  Doubleword: doubleword,
  LiteLLM: litellm,
  AIBrix: aibrix,
  Novita: novita,
  "llama-stack": llamaStack,
  Morph: morph,
  Nebius: nebius,
  "every oddity": worst,
};

async function examine({ client, job, simulator, serve }: Dialect): Promise<
  Diagnosis
> {
  const sim = createSimulator({ ...simulator });
  return await diagnose({
    ...sim.options,
    ...client,
    fetch: serve(sim),
    model,
    endpoint: job.endpoint ?? "/v1/chat/completions",
    completionWindow: job.batch?.completion_window ?? "24h",
  });
}

function missing({ checks }: Diagnosis): string[] {
  return checks.filter(({ holds }) => !holds).map(({ name }) => name);
}

test(
  "at a server that behaves as OpenAI's, everything holds",
  options,
  async () => {
    const sim = createSimulator();
    const diagnosis = await diagnose({ ...sim.options, model });
    assert.deepEqual(missing(diagnosis), []);
    assert.equal(diagnosis.ok, true);
  },
);

test(
  "an examination leaves no file and no running batch behind",
  options,
  async () => {
    const sim = createSimulator();
    await diagnose({ ...sim.options, model });
    assert.deepEqual(sim.ledger.files, []);
    assert.equal(sim.ledger.batches.length, 1);
    assert.match(sim.ledger.batches[0]!.status, /^cancel/);
    assert.equal(sim.ledger.requests.length, 0);
  },
);

test("an examination takes two minutes at most", options, async () => {
  const sim = createSimulator();
  const start = sim.clock.now();
  const fetch = laggingAll(sim, 3_600_000);
  await diagnose({ ...sim.options, fetch, model });
  assert.ok(sim.clock.now() - start <= 150_000);
  assert.deepEqual(sim.ledger.files, []);
});

const FAULTS: [string, (sim: Simulator) => ReturnType<typeof intercept>][] = [
  ["an input file can be read back", hidesInputs],
  ["the list of files shows an upload", (sim) => laggingAll(sim, 40_000)],
  ["file names are kept", (sim) => changing(sim, "/files", { filename: "x" })],
  ["metadata is kept", (sim) => changing(sim, "/batches/", { metadata: null })],
  [
    "a file says how many bytes it has",
    (sim) => changing(sim, "/files", { bytes: 1 }),
  ],
];

/** A server whose answers to some calls say something else. */
function changing(sim: Simulator, path: string, fields: object) {
  return intercept(sim, async (call) => {
    const response = await call.send();
    const isChosen = call.path.includes(path) && response.ok;
    if (!isChosen || call.path.endsWith("/content")) return response;
    const { headers } = response;
    return Response.json({ ...await response.json(), ...fields }, { headers });
  });
}

for (const [name, serve] of FAULTS) {
  test(
    `it finds a server where it is not so that ${name}`,
    options,
    async () => {
      const sim = createSimulator();
      const options = { ...sim.options, fetch: serve(sim), model };
      const diagnosis = await diagnose(options);
      assert.ok(missing(diagnosis).includes(name), `${missing(diagnosis)}`);
    },
  );
}

test("a server that takes any key is found", options, async () => {
  const sim = createSimulator();
  const fetch: typeof sim.fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("authorization", `Bearer ${sim.options.apiKey}`);
    return sim.fetch(input, { ...init, headers });
  };
  const diagnosis = await diagnose({ ...sim.options, fetch, model });
  assert.deepEqual(missing(diagnosis), ["a wrong key is refused"]);
});

test("without a valid key nothing else is tried", options, async () => {
  const sim = createSimulator();
  const diagnosis = await diagnose({ ...sim.options, apiKey: "wrong", model });
  assert.equal(diagnosis.ok, false);
  assert.equal(sim.ledger.calls.length, 1);
  const [first, second] = diagnosis.checks;
  assert.match(first!.seen, /^401/);
  assert.equal(second!.seen, "not checked");
});

test(
  "neither key nor what the server says gets out of its cell of the table",
  options,
  async () => {
    const sim = createSimulator();
    const apiKey = "sk-secret-secret";
    const fetch = () =>
      Promise.resolve(
        Response.json({ error: { message: `a | b\n${apiKey}\u001b[31m` } }, {
          status: 500,
        }),
      );
    const table = diagnosisTable(
      await diagnose({ ...sim.options, apiKey, fetch, model }),
    );
    assert.equal(table.includes("secret"), false);
    assert.equal(table.includes("\u001b"), false);
    assert.equal(
      new Set(table.split("\n").map((line) => line.split("|").length)).size,
      1,
    );
  },
);

test("a model has to be named", options, async () => {
  const sim = createSimulator();
  await assert.rejects(diagnose({ ...sim.options, model: "" }), {
    name: "TypeError",
    message: /model/,
  });
});

test(
  "docs/compatible-servers.md has the doctor's findings for each dialect",
  options,
  async () => {
    const found: [string, Diagnosis][] = [];
    for (const [name, dialect] of Object.entries(DIALECTS)) {
      found.push([name, await examine(dialect)]);
    }
    const url = new URL("../../docs/compatible-servers.md", import.meta.url);
    const page = await readFile(url, "utf8");
    const [before, table = ""] = page.split(MARK);
    if (process.env.UPDATE) {
      await writeFile(
        url,
        `${before}${MARK}
${findings(found)}
`,
      );
    } else {
      assert.equal(
        flat(table),
        flat(findings(found)),
        "UPDATE=1 writes it anew",
      );
    }
  },
);

test(
  "at aimock, a server that someone else wrote, any key is taken, and all else holds",
  options,
  async (t) => {
    const mock = new LLMock({ port: 0 });
    const url = await mock.start();
    t.after(() => mock.stop());
    const diagnosis = await diagnose({
      apiKey: "sk-aimock",
      baseURL: `${url}/v1`,
      model,
    });
    assert.deepEqual(missing(diagnosis), ["a wrong key is refused"]);
  },
);

/** What does not hold, a line for each. */
function findings(found: [string, Diagnosis][]): string {
  return found.map(([name, { checks }]) => {
    const held = checks.filter(({ holds }) => holds).length;
    const lines = checks.filter(({ holds }) => holds === false).map((check) =>
      `- ${check.name}: **${check.seen}**. ${check.means}`
    );
    return [`### ${name}: ${held} of ${checks.length}`, "", ...lines].join("\n")
      .trim();
  }).join("\n\n");
}

/** Without the line breaks of the formatter. */
function flat(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
