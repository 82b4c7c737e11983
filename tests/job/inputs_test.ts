/** `client.inputs`: the input files of jobs, as they were first sent. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

const params = { model: "gpt-4o-mini" };

/** A job of three requests, whose input file has got other lines meanwhile. */
async function open() {
  const sim = createSimulator();
  const fetch: typeof sim.fetch = async (input, init) => {
    const response = await sim.fetch(input, init);
    if (!String(input).endsWith("/content")) return response;
    const odd = '{"other":1}\nnull\n[]\n';
    return new Response(odd + await response.text());
  };
  const client = new OpenAIBatch({ ...sim.options, fetch });
  await client.submit(["a", "b", "c"], { params, job: "night" });
  return { client };
}

test("lines without an id are left out", options, async () => {
  const { client } = await open();
  const [input] = await client.inputs();
  assert.deepEqual(await input!.ids(), ["0", "1", "2"]);
  const lines = await input!.lines();
  assert.deepEqual(lines.map(({ custom_id }) => custom_id), ["0", "1", "2"]);
});

test("of the lines those that are wanted are given", options, async () => {
  const { client } = await open();
  const [input] = await client.inputs();
  const lines = await input!.lines((id) => id === "1");
  assert.deepEqual(lines.map(({ custom_id }) => custom_id), ["1"]);
});

test(
  "the signal ends the download of a file's ids and lines",
  options,
  async () => {
    for (const method of ["ids", "lines"] as const) {
      const { client } = await open();
      const controller = new AbortController();
      const { signal } = controller;
      const [input] = await client.inputs({ signal });
      const reason = new Error("enough");
      controller.abort(reason);
      await assert.rejects(input![method](), reason);
    }
  },
);
