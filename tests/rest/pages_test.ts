/**
 * Lists as servers give them: cursors that are ignored, lost or gone, pages
 * that must be shorter, and servers without a list.
 *
 * @module
 */

import { APIError, ConnectionError, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import {
  caught,
  json,
  script,
  type ScriptedCall,
} from "../_support/scripted.ts";
import { errorAnswer, intercept } from "../_support/servers.ts";
import { sums } from "../_support/sums.ts";

const HOUR = 3_600_000;
const params = { model: "gpt-4o-mini" };

interface Item {
  id: string;
}

function items(from: number, to: number): Item[] {
  return Array.from({ length: to - from }, (_, i) => ({
    id: `file-${from + i}`,
  }));
}

async function idsOf(list: AsyncIterable<Item>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of list) ids.push(id);
  return ids;
}

function queryOf({ url }: ScriptedCall): Record<string, string> {
  return Object.fromEntries(new URL(url).searchParams);
}

test(
  "pages that come again, in any order, end a list",
  options,
  async () => {
    const data = [items(0, 2), items(2, 4), items(4, 6)];
    // The third page leads back to the first, the second, or itself.
    for (const back of [0, 1, 2]) {
      const { client, calls } = script((_, index) => {
        const page = index < 3 ? index : back + (index - 3) % (3 - back);
        return json({ data: data[page], has_more: true });
      });
      const ids = await idsOf(client.files.list());
      assert.deepEqual(ids, items(0, 6).map(({ id }) => id));
      assert.equal(calls.length, 4);
    }
  },
);

test(
  "a page without items continues at its last_id, and ends without one",
  options,
  async () => {
    const { client, calls } = script((_, index) =>
      index === 0
        ? json({ data: [], last_id: "file-9", has_more: true })
        : json({ data: items(0, 1), has_more: false })
    );
    assert.deepEqual(await idsOf(client.files.list()), ["file-0"]);
    assert.equal(queryOf(calls[1]!).after, "file-9");
  },
);

test(
  "a list goes on behind the item before, where the item to continue after is gone",
  options,
  async () => {
    for (const status of [400, 404, 410]) {
      const { client, calls } = script((call) => {
        const { after } = queryOf(call);
        if (after === "file-1") return errorAnswer(status, "not_found");
        if (after === "file-0") return json({ data: items(2, 4) });
        return json({ data: items(0, 2), has_more: true });
      });
      assert.deepEqual(
        await idsOf(client.files.list()),
        ["file-0", "file-1", "file-2", "file-3"],
      );
      assert.equal(calls.length, 3);
    }
  },
);

test(
  "a list starts over where the items to continue after are gone, and gives each item once",
  options,
  async () => {
    for (const status of [400, 404, 410]) {
      let isGone = false;
      const { client } = script((call) => {
        const { after } = queryOf(call);
        if (after === "file-0" || after === "file-1") {
          isGone = true;
          return errorAnswer(status, "not_found");
        }
        if (isGone && after === undefined) {
          return json({
            data: [...items(0, 1), ...items(2, 3)],
            has_more: true,
          });
        }
        if (after === "file-2") return json({ data: items(3, 4) });
        return json({ data: items(0, 2), has_more: true });
      });
      assert.deepEqual(
        await idsOf(client.files.list()),
        ["file-0", "file-1", "file-2", "file-3"],
      );
    }
  },
);

test(
  "a list that refuses every cursor fails for now, and says why",
  options,
  async () => {
    const { client, calls } = script((call) =>
      queryOf(call).after
        ? errorAnswer(400, "invalid_cursor")
        : json({ data: items(0, 2), has_more: true })
    );
    const error = await caught(() => idsOf(client.files.list()));
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.code, "lists");
    assert.equal((error.cause as APIError).code, "invalid_cursor");
    assert.ok(calls.length <= 12, `${calls.length}`);
  },
);

/** A server whose pages are short. */
function shortPages(most: number, refuse: () => Response) {
  return script((call) => {
    const { limit, after } = queryOf(call);
    if (Number(limit) > most) return refuse();
    const from = after ? Number(after.slice(5)) + 1 : 0;
    const to = Math.min(from + Number(limit ?? most), 250);
    return json({ data: items(from, to), has_more: to < 250 });
  });
}

test(
  "a page is as short as the server wants it, which is remembered",
  options,
  async () => {
    const said = (message: string, status = 400) => () =>
      json({ error: { message, code: null } }, status);
    const refusals: [number, () => Response][] = [
      [100, said("Limit must be between 1 and 100")],
      [50, said("Invalid 'limit': must be less than or equal to 50.")],
      [100, said("limit is too large")],
      [20, said("The limit exceeds what is allowed")],
      [20, said("page size may not exceed 20")],
      [100, said("Invalid value: 10000")],
      [100, () =>
        json({
          detail: [{
            loc: ["query", "limit"],
            msg: "Input should be less than or equal to 100",
          }],
        }, 422)],
    ];
    for (const [most, refuse] of refusals) {
      const { client, calls } = shortPages(most, refuse);
      assert.equal(
        (await idsOf(client.files.list({ limit: 10_000 }))).length,
        250,
      );
      const before = calls.length;
      await client.files.list({ limit: 10_000 });
      assert.equal(calls.length, before + 1);
      assert.equal(queryOf(calls.at(-1)!).limit, `${most}`);
      await client.files.list({ limit: 7 });
      assert.equal(queryOf(calls.at(-1)!).limit, "7");
    }
  },
);

test(
  "a refusal that is not about the page's length is thrown as it is",
  options,
  async () => {
    for (const message of ["Billing hard limit has been reached", "No."]) {
      const { client, calls } = script(() =>
        json({ error: { message, code: "no" } }, 400)
      );
      const list = () => idsOf(client.files.list({ limit: 10_000 }));
      await assert.rejects(list, { code: "no" });
      assert.equal(calls.length, 1);
    }
  },
);

/** A simulator whose list of files is as another server has it. */
function listing(
  sim: Simulator,
  answer: (query: URLSearchParams) => Response | undefined,
) {
  return (input: string | URL | Request, init?: RequestInit) => {
    const { pathname, searchParams } = new URL(String(input));
    const isList = init?.method === "GET" && pathname.endsWith("/files");
    const answered = isList ? answer(searchParams) : undefined;
    return answered ? Promise.resolve(answered) : sim.fetch(input, init);
  };
}

test(
  "jobs, attach and jobs() work where pages have 100 files at most",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = listing(
      sim,
      (query) =>
        Number(query.get("limit")) > 100
          ? json({ error: { message: "Limit must be between 1 and 100" } }, 400)
          : undefined,
    );
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(4), {
      params,
      job: "night",
      batchSize: 2,
    });
    assert.equal(run.succeeded.length, 4);
    const job = await client.attach("night");
    assert.equal((await job.results().collect()).succeeded.length, 4);
    const ids: string[] = [];
    for await (const { id } of client.jobs()) ids.push(id);
    assert.deepEqual(ids, ["night"]);
  },
);

test(
  "where files can't be listed, the error says what is missing and what works without",
  options,
  async () => {
    for (const status of [404, 405, 501]) {
      const sim = createSimulator();
      const fetch = listing(sim, () => errorAnswer(status, "no_list"));
      const client = new OpenAIBatch({ ...sim.options, fetch });
      const named = await caught(() =>
        client.run(sums(2), { params, job: "night" })
      );
      assert.ok(named instanceof APIError);
      assert.equal(named.status, status);
      assert.match(
        named.message,
        /a job with a name, attach and jobs need the list of files\. A job without a name, direct and estimate work without it/,
      );
      assert.equal(sim.ledger.requests.length, 0);
      await assert.rejects(client.attach("night"), { status });

      const run = await client.run(sums(4), { params, batchSize: 2 });
      assert.equal(run.succeeded.length, 4);
      const direct = await client.direct(sums(2), { params }).collect();
      assert.equal(direct.succeeded.length, 2);
    }
  },
);

test(
  "a server that hides what it has is asked again, then given up on: nothing is sent twice",
  options,
  async () => {
    const sim = createSimulator();
    const first = new OpenAIBatch(sim.options);
    await first.submit(sums(2), { params, job: "night" });
    // It always gives the same page, on which the job's file is not.
    const other = { id: "file-other", object: "file", filename: "a", bytes: 1 };
    const fetch = listing(
      sim,
      () => json({ object: "list", data: [other], has_more: true }),
    );
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const start = sim.clock.now();
    const error = await caught(() =>
      client.run(sums(2), { params, job: "night" })
    );
    assert.ok(error instanceof ConnectionError);
    assert.match(error.message, /more files than it lists/);
    assert.equal(sim.ledger.batches.length, 1);
    assert.ok(sim.clock.now() - start <= 7 * HOUR);
    assert.ok(sim.ledger.calls.length < 1_000);
  },
);

test(
  "a server that ignores `after` is not hammered while a job waits",
  options,
  async () => {
    const sim = createSimulator();
    const fetch = intercept(sim, async (call) => {
      const response = await call.send();
      const isList = call.method === "GET" && call.path.endsWith("/batches");
      if (!isList) return response;
      return json({ ...await response.json(), has_more: true });
    });
    const client = new OpenAIBatch({ ...sim.options, fetch });
    const run = await client.run(sums(6), { params, batchSize: 2 });
    assert.equal(run.succeeded.length, 6);
    const minutes =
      (sim.clock.now() - Number(run.batches[0]!.created_at) * 1_000) / 60_000;
    assert.ok(sim.ledger.calls.length < 50 + 6 * minutes);
  },
);
