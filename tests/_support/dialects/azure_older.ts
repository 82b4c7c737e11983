/**
 * Azure OpenAI, the older API: `api-version` in the query, endpoints without
 * `/v1`, lists wrapped as `value`.
 *
 * @module
 */

import type { Fetch } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";
import { batch } from "./azure.ts";
import { type Dialect, type Heard, translate } from "./_translate.ts";

export const azureOlder: Dialect = {
  client: {
    baseURL: "https://RESOURCE.openai.azure.com/openai",
    apiKeyHeader: "api-key",
    query: { "api-version": "2024-10-21" },
  },
  job: { endpoint: "/chat/completions" },
  simulator: { faults: { empty_error_file: 1 } },
  serve: (sim) =>
    translate(sim, {
      ...SHORT_ENDPOINTS,
      answer: refuse,
      batch: (one) => batch({ ...one, endpoint: shorten(one.endpoint) }),
      list: ({ data }) => ({ value: data }),
    }),
};

const SHORT_ENDPOINTS = {
  create: (body: object) => lengthen(body, "endpoint"),
  input: (line: object) => lengthen(line, "url"),
};

/** A server that names its endpoints without `/v1`, and has no other ways of its own. */
export function withoutVersion(sim: Simulator): Fetch {
  return translate(sim, {
    ...SHORT_ENDPOINTS,
    batch: (one) => ({ ...one, endpoint: shorten(one.endpoint) }),
  });
}

function refuse({ url }: Heard): Response | undefined {
  if (url.searchParams.has("api-version")) return undefined;
  const error = { code: "404", message: "Resource not found" };
  return Response.json({ error }, { status: 404 });
}

function shorten(endpoint: string): string {
  return endpoint.replace(/^\/v1/, "");
}

function lengthen(fields: object, name: string): Record<string, unknown> {
  const all: Record<string, unknown> = { ...fields };
  return { ...all, [name]: `/v1${all[name]}` };
}
