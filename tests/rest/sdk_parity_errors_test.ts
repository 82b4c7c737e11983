/** Where calls fail: what both clients do alike, and where the two differ on purpose. */

import type { Fetch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { caught } from "../_support/scripted.ts";
import {
  both,
  CLIENTS,
  createBatch,
  ENDPOINT,
  type Rest,
  same,
} from "./_parity.ts";

const HOUR = 3_600_000;

/** What an error says; the SDK has null, or nothing, where we have a code of our own. */
function wordsOf(error: unknown) {
  const { status, message, type, param, code, ...more } = error as Record<
    string,
    unknown
  >;
  const requestId = more.requestId ?? more.requestID;
  assert.ok(error instanceof Error && (more.headers as Headers).has);
  return {
    status,
    message,
    type,
    param: param ?? null,
    code: code === `http_${status}` ? null : code,
    requestId,
  };
}

const REFUSALS: [number, string, (rest: Rest) => Promise<unknown>][] = [
  [404, "a file that is not there", ({ files }) => files.retrieve("file-none")],
  [404, "content that is not there", ({ files }) => files.content("file-none")],
  [404, "deleting what is not there", ({ files }) => files.delete("file-none")],
  [404, "a batch that is not there", ({ batches }) => batches.retrieve("b_1")],
  [404, "cancelling no batch", ({ batches }) => batches.cancel("b_1")],
  [400, "a list of 0", async ({ files }) => await files.list({ limit: 0 })],
  [
    400,
    "a file that is no JSONL",
    ({ files }) =>
      files.create({ file: new File(["{}"], "a.txt"), purpose: "batch" }),
  ],
  [400, "a wrong endpoint", ({ batches }) =>
    batches.create({
      input_file_id: "file-1",
      endpoint: "/v1/none",
      completion_window: "24h",
    })],
  [400, "a wrong window", ({ batches }) =>
    batches.create({
      input_file_id: "file-1",
      endpoint: ENDPOINT,
      completion_window: "1h",
    })],
];

for (const [status, what, call] of REFUSALS) {
  test(`${what} is refused in the same words`, options, async () => {
    const words = await same(async (rest) =>
      wordsOf(await caught(() => call(rest)))
    );
    assert.equal(words.status, status);
    assert.match(String(words.requestId), /^req_/);
  });
}

test(
  "a batch that has ended is not cancelled, and that is said alike",
  options,
  async () => {
    const words = await same(async (rest, sim) => {
      const { id } = await createBatch(rest);
      await sim.clock.advance(25 * HOUR);
      return wordsOf(await caught(() => rest.batches.cancel(id)));
    });
    assert.equal(words.status, 409);
  },
);

test("a wrong key is refused in the same words", options, async () => {
  const words = [];
  for (const open of CLIENTS) {
    const { options } = createSimulator();
    const rest = open({
      ...options,
      apiKey: "sk-wrong",
      maxRetries: 0,
      organization: "org-1",
    });
    words.push(wordsOf(await caught(() => rest.files.retrieve("file-1"))));
  }
  assert.deepEqual(words[0], words[1]);
  assert.equal(words[0]?.status, 401);
});

/** A server that fails the first call that it likes to fail, and wants it again at once. */
function failFirst(status: number, isChosen: (call: Request) => boolean) {
  return (sim: Simulator): Fetch => {
    let hasFailed = false;
    return async (input, init) => {
      const request = new Request(input, init);
      if (hasFailed || !isChosen(request)) return await sim.fetch(request);
      hasFailed = true;
      const error = { message: "Try again.", type: "t", code: null };
      const headers = { "retry-after-ms": "1" };
      return Response.json({ error }, { status, headers });
    };
  };
}

const isCreate = ({ method, url }: Request) =>
  method === "POST" && url.endsWith("/batches");

for (const status of [408, 409, 429, 500, 503]) {
  test(
    `a ${status} is repeated alike, but for batches.create`,
    options,
    async () => {
      const calls: [(call: Request) => boolean, number][] = [
        [({ url }) => url.endsWith("/files"), 2],
        [({ url }) => url.includes("/batches/"), 2],
      ];
      for (const [isChosen] of calls) {
        const [ours, theirs] = await both(
          async (rest) => {
            const { id } = await createBatch(rest);
            return await rest.batches.retrieve(id);
          },
          { maxRetries: 1, between: failFirst(status, isChosen) },
        );
        assert.deepEqual(ours.result, theirs.result);
        assert.deepEqual(ours.sent, theirs.sent);
        assert.equal(ours.sent.length, 4);
      }
    },
  );
}

test("a 429 to batches.create is repeated alike", options, async () => {
  const [ours, theirs] = await both((rest) => createBatch(rest), {
    maxRetries: 1,
    between: failFirst(429, isCreate),
  });
  assert.deepEqual(ours.sent, theirs.sent);
  assert.equal(ours.sim.ledger.batches.length, 1);
});

test(
  "a batches.create that may have taken effect is not repeated here, and says so",
  options,
  async () => {
    for (const status of [408, 409, 500, 503]) {
      const [ours, theirs] = await both(
        async (rest) => {
          const error = await caught(async () => {
            await createBatch(rest);
            throw { ambiguous: "created" };
          });
          return (error as { ambiguous: unknown }).ambiguous;
        },
        { maxRetries: 1, between: failFirst(status, isCreate) },
      );
      assert.equal(ours.result, true);
      assert.equal(ours.sent.length, 2);
      assert.equal(theirs.result, "created");
      assert.equal(theirs.sent.length, 3);
    }
  },
);

test(
  "a 409 to batches.cancel is an answer here, and repeated there",
  options,
  async () => {
    const between = failFirst(409, ({ url }) => url.endsWith("/cancel"));
    const [ours, theirs] = await both(
      async (rest) => {
        const { id } = await createBatch(rest);
        return await rest.batches.cancel(id).then(() => 200, () => 409);
      },
      { maxRetries: 1, between },
    );
    assert.deepEqual([ours.result, theirs.result], [409, 200]);
  },
);

test("a redirect is followed there, and refused here", options, async () => {
  const modes: string[] = [];
  const between = (sim: Simulator): Fetch => (input, init) => {
    modes.push((input as Request).redirect);
    return sim.fetch(input, init);
  };
  await both(async ({ files }) => (await files.list()).data, { between });
  assert.deepEqual(modes.toSorted(), ["error", "follow"]);
});

test(
  "a call's body has more fields here, and takes the place of all there",
  options,
  async () => {
    const [ours, theirs] = await both(async ({ batches }) => {
      const params = {
        input_file_id: "file-1",
        endpoint: ENDPOINT,
        completion_window: "24h",
      } as const;
      const body = { name: "night" };
      return await batches.create(params, { body }).then(
        () => true,
        () => false,
      );
    });
    assert.deepEqual(theirs.sent[0]?.body, { name: "night" });
    assert.deepEqual(ours.sent[0]?.body, {
      input_file_id: "file-1",
      endpoint: ENDPOINT,
      completion_window: "24h",
      name: "night",
    });
  },
);
