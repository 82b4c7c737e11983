/**
 * What the simulator refuses of a call, as OpenAI does: each row names the
 * parameter.
 *
 * @module
 */

import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

interface Row {
  rule: string;
  path: string;
  /** JSON, or a form; a GET without one. */
  body?: unknown;
  param: string | null;
  says: RegExp;
}

const BATCH = {
  input_file_id: "file-1",
  endpoint: "/v1/responses",
  completion_window: "24h",
};

function form(fields: Record<string, string | Blob>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
}

const file = new File(["{}"], "input.jsonl");

const rows: Row[] = [
  {
    rule: "a window is a text",
    path: "/batches",
    body: { ...BATCH, completion_window: 24 },
    param: "completion_window",
    says: /string/,
  },
  {
    rule: "metadata is an object",
    path: "/batches",
    body: { ...BATCH, metadata: "job" },
    param: "metadata",
    says: /expected an object/,
  },
  {
    rule: "results expire by their creation",
    path: "/batches",
    body: {
      ...BATCH,
      output_expires_after: { anchor: "now", seconds: 3_600 },
    },
    param: "output_expires_after.anchor",
    says: /Supported values are: 'created_at'/,
  },
  {
    rule: "a lifetime is a whole number",
    path: "/batches",
    body: {
      ...BATCH,
      output_expires_after: { anchor: "created_at", seconds: 3_600.5 },
    },
    param: "output_expires_after.seconds",
    says: /expected an integer/,
  },
  {
    rule: "a list has an order",
    path: "/files?order=newest",
    param: "order",
    says: /'asc'/,
  },
  {
    rule: "a page begins behind something that is there",
    path: "/batches?after=batch_none",
    param: "after",
    says: /was not found/,
  },
  {
    rule: "an upload is a form",
    path: "/files",
    body: { purpose: "batch" },
    param: null,
    says: /multipart form/,
  },
  {
    rule: "an upload has a file",
    path: "/files",
    body: form({ purpose: "batch" }),
    param: "file",
    says: /file/,
  },
  {
    rule: "an upload has a purpose",
    path: "/files",
    body: form({ file }),
    param: "purpose",
    says: /purpose/,
  },
  {
    rule: "a purpose is one of those there are",
    path: "/files",
    body: form({ file, purpose: "lunch" }),
    param: "purpose",
    says: /Supported values are/,
  },
  {
    rule: "an endpoint without tiers knows no service_tier",
    path: "/embeddings",
    body: { model: "m", input: "a", service_tier: "flex" },
    param: "service_tier",
    says: /Unknown parameter/,
  },
  {
    rule: "a tier is one of those there are",
    path: "/responses",
    body: { model: "gpt-5", input: "a", service_tier: "slow" },
    param: "service_tier",
    says: /Supported values are/,
  },
  {
    rule: "a model is named",
    path: "/responses",
    body: { input: "a" },
    param: "model",
    says: /model/,
  },
];

for (const { rule, path, body, param, says } of rows) {
  test(`the simulator refuses it: ${rule}`, options, async () => {
    const { fetch, options: { apiKey, baseURL } } = createSimulator();
    const isForm = body instanceof FormData;
    const headers = {
      authorization: `Bearer ${apiKey}`,
      ...(!isForm && { "content-type": "application/json" }),
    };
    const response = await fetch(
      `${baseURL}${path}`,
      body === undefined ? { headers } : {
        method: "POST",
        headers,
        body: isForm ? body : JSON.stringify(body),
      },
    );
    assert.equal(response.status, 400);
    const { error } = await response.json();
    assert.equal(error.param, param);
    assert.match(error.message, says);
  });
}
