/** An account in which others have many files, and batches that are newer than the job's. */

import type { Fetch } from "@offpeak/openai-batch";
import type { Simulator } from "@offpeak/openai-batch/testing";

/** How much other programs have. */
export interface Others {
  files: number;
  batches: number;
}

/** The account, and the calls that it got. */
export interface BusyAccount {
  fetch: Fetch;
  /** "GET /batches" and the like, in their order; an id is "*". */
  calls: string[];
}

/** Lists what others have before what the simulator has. */
export function busyAccount(sim: Simulator, others: Others): BusyAccount {
  const calls: string[] = [];
  const fetch: Fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const path = url.pathname.replace("/v1", "");
    const method = init?.method ?? "GET";
    calls.push(`${method} ${path.replace(/(?<=^\/\w+\/)[^/]+/, "*")}`);
    const kind = path.slice(1);
    const isList = method === "GET" && (kind === "files" || kind === "batches");
    if (!isList) return await sim.fetch(input, init);
    const after = url.searchParams.get("after");
    const [, number] = /^other_(\d+)$/.exec(after ?? "") ?? [];
    if (after !== null && number === undefined) {
      return await sim.fetch(input, init);
    }
    const first = number === undefined ? 0 : Number(number) + 1;
    const limit = Number(url.searchParams.get("limit"));
    const ids = Array.from({
      length: Math.min(limit, others[kind] - first),
    }, (_, i) => first + i);
    const data = ids.map((id) => itemOf(kind, `other_${id}`, sim.clock.now()));
    if (first + ids.length < others[kind]) return page(data, true);
    url.searchParams.delete("after");
    url.searchParams.set("limit", String(Math.max(1, limit - ids.length)));
    const rest = await (await sim.fetch(url, init)).json();
    return page([...data, ...rest.data], rest.has_more);
  };
  return { fetch, calls };
}

function page(data: unknown[], has_more: boolean): Response {
  return Response.json({ object: "list", data, has_more });
}

function itemOf(kind: "files" | "batches", id: string, now: number): object {
  const created_at = Math.floor(now / 1_000);
  if (kind === "files") {
    const filename = `${id}.jsonl`;
    return {
      id,
      object: "file",
      bytes: 1,
      created_at,
      filename,
      purpose: "batch",
    };
  }
  return {
    id,
    object: "batch",
    endpoint: "/v1/responses",
    input_file_id: `file_of_${id}`,
    completion_window: "24h",
    status: "in_progress",
    created_at,
    request_counts: { total: 1, completed: 0, failed: 0 },
    metadata: null,
  };
}
