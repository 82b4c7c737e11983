/** Which calls a look makes, and whom it believes. */

import type { Batch } from "@offpeak/openai-batch";
import { Changes } from "../../../src/job/look/changes.ts";
import {
  listBatchesSince,
  listInputFiles,
} from "../../../src/job/look/lists.ts";
import { type Hints, refresh } from "../../../src/job/look/refresh.ts";
import type { Batches } from "../../../src/rest/batches.ts";
import type { Files } from "../../../src/rest/files.ts";
import type { Page } from "../../../src/rest/page.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { refusal } from "./_account.ts";

const DONE = { completed: 1, total: 1, failed: 0 };

/** A list of batches, the newest first: ours are b0, b1, …, those of others o. */
function account(
  order: string,
  { page = 2, retrieved = {}, refuses = [] }: {
    page?: number;
    retrieved?: Record<string, Partial<Batch> | number>;
    refuses?: string[];
  } = {},
) {
  const calls: string[] = [];
  const all = order.split(" ").map((id, i) => ({
    id,
    created_at: 1_000 - i,
    status: "in_progress",
  } as Batch));
  const find = (id: string) => all.find((batch) => batch.id === id);
  const list = ({ after, limit }: { after?: string; limit: number }) => {
    assert.equal(limit, 100);
    calls.push(after === undefined ? "list" : `list ${after}`);
    if (refuses.includes(after!)) return Promise.reject(refusal(400));
    const start = all.findIndex(({ id }) => id === after) + 1;
    const data = all.slice(start, start + page);
    const has_more = start + page < all.length;
    return Promise.resolve({
      data,
      has_more,
      hasNextPage: () => has_more,
      getNextPage: () => list({ after: data.at(-1)!.id, limit }),
    });
  };
  const retrieve = (id: string) => {
    calls.push(id);
    const said = retrieved[id] ?? {};
    return typeof said === "number"
      ? Promise.reject(refusal(said))
      : Promise.resolve({ ...find(id), id, ...said });
  };
  const batches = { list, retrieve } as unknown as Batches;
  return { batches, calls, all };
}

/** Looks at those of the job. */
async function look(
  { batches, calls, all }: ReturnType<typeof account>,
  more: {
    list?: boolean;
    hints?: Hints;
    byId?: string[];
    changes?: Changes;
    absent?: string[];
  } = {},
) {
  const { hints = { areFar: false }, changes = new Changes() } = more;
  const ours = all.filter(({ id }) => id.startsWith("b"));
  const absent = (more.absent ?? []).map((id) => ({ id, created_at: 1 }));
  const seen: string[] = [];
  const lost: string[] = [];
  calls.length = 0;
  await refresh(
    batches,
    [...ours, ...absent as Batch[]].map((batch, rank) => ({ ...batch, rank })),
    {
      signal: undefined,
      hints,
      changes,
      list: more.list ?? false,
      byId: new Set(more.byId),
      see: ({ id }, isListed) => void seen.push(isListed ? `${id}?` : id),
      lose: (id) => void lost.push(id),
    },
  );
  return { calls: [...calls], seen, lost, hints, changes };
}

for (
  const [rule, order, more, expected] of [
    ["one batch is retrieved", "b0", {}, ["b0"]],
    ["unless others of its kind are wanted", "b0", { list: true }, [
      "list",
      "b0",
    ]],
    [
      "two are listed, and one of them retrieved: there are lists that never change",
      "b0 b1",
      {},
      ["list", "b0"],
    ],
    [
      "up to three are retrieved where the first page shows none",
      "o o b0 b1 b2",
      { hints: { areFar: true } },
      ["b0", "b1", "b2"],
    ],
    ["so they are where that is not known", "b0 b1 b2", {
      hints: { areFar: undefined },
    }, ["b0", "b1", "b2"]],
    ["four are listed behind the newest of them", "o o b0 b1 b2 b3", {
      hints: { areFar: true },
    }, ["b0", "list b0", "b3", "b1"]],
    ["pages are read while they show more than one", "b0 b1 b2 b3 o o", {}, [
      "list",
      "list b1",
      "b0",
    ]],
    ["what is left alone is retrieved", "b0 b1 o o b2 o", {}, [
      "list",
      "b2",
      "b0",
    ]],
    [
      "behind a page that shows none, the list goes on behind the next one",
      "o o b0 b1 b2 b3",
      {},
      ["list", "b0", "list b0", "b3", "b1"],
    ],
    ["a batch is retrieved where the list is not believed", "b0 b1", {
      byId: ["b1"],
    }, ["list", "b1", "b0"]],
  ] as [string, string, Parameters<typeof look>[1], string[]][]
) {
  test(`a look: ${rule}`, options, async () => {
    const { calls } = await look(account(order), more);
    assert.deepEqual(calls, expected);
  });
}

test(
  "a look remembers whether the first page shows any of the job",
  options,
  async () => {
    assert.equal((await look(account("o o b0 b1"))).hints.areFar, true);
    assert.equal((await look(account("o b0 b1 o"))).hints.areFar, false);
  },
);

test(
  "a server that can't list behind a batch has the others asked one by one",
  options,
  async () => {
    const server = account("o o b0 b1 b2 b3", { refuses: ["b0"] });
    const { calls } = await look(server, { hints: { areFar: true } });
    assert.deepEqual(calls, ["b0", "list b0", "b1", "b2", "b3"]);
  },
);

test(
  "what is listed and not found exists, what is neither is lost",
  options,
  async () => {
    const server = account("b0 b1", { retrieved: { b0: 404, b9: 410 } });
    const { seen, lost } = await look(server, { absent: ["b9"], list: true });
    assert.deepEqual(lost, ["b9"]);
    assert.deepEqual(seen, ["b0?", "b1?", "b0"]);
  },
);

test("a failure of a look is one", options, async () => {
  const server = account("b0", { retrieved: { b0: 500 } });
  await assert.rejects(look(server), { status: 500 });
});

test(
  "each look retrieves another one of those that look the same",
  options,
  async () => {
    const server = account("b0 b1 b2", { page: 3 });
    const { changes } = await look(server);
    const order: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { calls } = await look(server, { changes });
      order.push(calls.at(-1)!);
    }
    assert.deepEqual(order, ["b1", "b2", "b0"]);
  },
);

test(
  "where the list was wrong about one, the next one is retrieved too",
  options,
  async () => {
    const completed: Partial<Batch> = {
      status: "completed",
      output_file_id: "file_1",
      request_counts: DONE,
    };
    const server = account("b0 b1 b2", {
      page: 3,
      retrieved: { b0: completed, b1: completed },
    });
    const { calls } = await look(server);
    assert.deepEqual(calls, ["list", "b0", "b1", "b2"]);
  },
);

test(
  "of what is listed without its files, one is retrieved too",
  options,
  async () => {
    const server = account("b0 b1 b2", { page: 3 });
    server.all[1]!.status = server.all[2]!.status = "completed";
    Object.assign(server.all[2]!, { output_file_id: "file_1" });
    const { calls } = await look(server);
    assert.deepEqual(calls, ["list", "b0", "b1"]);
  },
);

test("what looks the same for longest is doubted first", options, () => {
  const changes = new Changes();
  const batch = (id: string, completed = 0) => ({
    id,
    status: "in_progress",
    request_counts: { ...DONE, completed },
  } as Batch);
  for (const id of ["a", "b", "c"]) {
    assert.equal(changes.note(batch(id)), false);
  }
  assert.deepEqual(changes.oldestFirst(["c", "b", "a"]), ["a", "b", "c"]);
  // Counts tell that the list lives, not that the batch has ended.
  assert.equal(changes.note(batch("a", 1)), false);
  assert.deepEqual(changes.oldestFirst(["a", "b", "c"]), ["b", "c", "a"]);
  assert.equal(changes.confirm(batch("b")), false);
  assert.deepEqual(changes.oldestFirst(["a", "b", "c", "d"]), [
    ...["d", "c", "a", "b"],
  ]);
  assert.equal(changes.note({ ...batch("c"), status: "finalizing" }), true);
  const ended = { ...batch("c"), status: "finalizing", output_file_id: "f" };
  assert.equal(changes.note(ended as Batch), true);
  assert.equal(changes.note(ended as Batch), false);
});

// Lists.

/** Pages of these dates; the last one may say that there is more. */
function pages(dates: number[][], isCut = false) {
  let asked = 0;
  const page = (number: number): Page<Batch> => {
    asked++;
    const data = dates[number]!.map((created_at) =>
      ({ id: `b${created_at}`, created_at }) as Batch
    );
    const isLast = number === dates.length - 1;
    return {
      data,
      has_more: !isLast || isCut,
      hasNextPage: () => !isLast,
      getNextPage: () => Promise.resolve(page(number + 1)),
    } as unknown as Page<Batch>;
  };
  const queries: object[] = [];
  const list = (query: object) => {
    queries.push(query);
    return Promise.resolve(page(0));
  };
  const api = { list } as unknown as Batches & Files;
  return { api, asked: () => asked, queries };
}

for (
  const [rule, dates, since, expected] of [
    ["up to a page that is older as a whole", [[9, 8], [5, 4], [3]], 6, 2],
    ["not up to one that is older in part", [[9, 8], [7, 4], [3]], 6, 3],
    ["a batch of that very moment is not older", [[9, 8], [6, 6], [3]], 6, 3],
    ["an empty page says nothing", [[9, 8], [], [3], [2]], 6, 3],
    ["to the end where none is older", [[9], [8], [7]], 6, 3],
  ] as [string, number[][], number, number][]
) {
  test(`batches are listed ${rule}`, options, async () => {
    const { api, asked } = pages(dates);
    await Array.fromAsync(listBatchesSince(api, since * 1_000, undefined));
    assert.equal(asked(), expected);
  });
}

test(
  "a list that shows less than there is counts as no answer",
  options,
  async () => {
    const message =
      "The server has more batches than it lists: its pages repeat themselves";
    const error = { name: "ConnectionError", message, code: "unreadable" };
    const { api } = pages([[9], [8]], true);
    await assert.rejects(
      Array.fromAsync(listBatchesSince(api, 6_000, undefined)),
      error,
    );
    await assert.rejects(
      Array.fromAsync(listInputFiles(api, undefined)),
      { ...error, message: message.replace("batches", "files") },
    );
    // Enough is there where it goes back far enough, or where nothing is looked for.
    await Array.fromAsync(listBatchesSince(api, 8_500, undefined));
    await Array.fromAsync(listBatchesSince(api, undefined, undefined));
  },
);

test(
  "a list goes on where an earlier one was left, and says how far it came",
  options,
  async () => {
    const { api, queries } = pages([[9, 8], [7], []]);
    const progress: { at: number; pages: number; after?: string } = {
      at: 1,
      pages: 3,
      after: "b10",
    };
    const ids: string[] = [];
    for await (const { id } of listBatchesSince(api, 1, undefined, progress)) {
      ids.push(id);
      if (id === "b7") assert.equal(progress.after, "b8");
    }
    assert.deepEqual(ids, ["b9", "b8", "b7"]);
    assert.deepEqual(progress, { at: 1, pages: 6, after: "b7" });
    await Array.fromAsync(listInputFiles(api, undefined));
    await Array.fromAsync(listInputFiles(api, undefined, progress));
    const purpose = { purpose: "batch", limit: 10_000 };
    assert.deepEqual(queries, [
      { limit: 100, after: "b10" },
      purpose,
      { ...purpose, after: "b7" },
    ]);
  },
);
