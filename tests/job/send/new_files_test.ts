/** Files that come after a part's first one: what is in them, and how they are named. */

import type { FileObject } from "@offpeak/openai-batch";
import type { JobContext } from "../../../src/job/context.ts";
import type { Line } from "../../../src/job/read/input_file.ts";
import {
  type InputLines,
  InputUnavailableError,
} from "../../../src/job/read/input_lines.ts";
import { LaterRounds } from "../../../src/job/send/later_rounds.ts";
import type { Part } from "../../../src/job/state/part.ts";
import { Parts } from "../../../src/job/state/parts.ts";
import type { Held } from "../../../src/job/state/read_state.ts";
import type { Slice } from "../../../src/job/state/slice.ts";
import type { Tag } from "../../../src/job/state/tag.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";

const LINES = ["a", "b", "c", "d", "e"];
const TAG: Tag = {
  job: "night",
  part: 0,
  slice: undefined,
  round: 0,
  lines: LINES.length,
  digest: "0123456789abcdef",
  last: true,
};

function line(custom_id: string): Line {
  const content = custom_id.repeat(40);
  return {
    custom_id,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model: "m", messages: [{ role: "user", content }] },
  } as unknown as Line;
}

/** A part of five requests, each of ten tokens, or a slice of it. */
function start(slice?: Slice, isGone = false) {
  const parts = new Parts("night", stoppedClock());
  const first = { id: "file_0", object: "file", bytes: 1, created_at: 1 };
  const file = { ...first, filename: "", purpose: "batch" } as FileObject;
  parts.addFile(file, TAG, true);
  const uploads: string[] = [];
  const texts: Promise<string>[] = [];
  const files = {
    create: ({ file }: { file: File }) => {
      uploads.push(file.name.replace(/[0-9a-f]{16}/, "#"));
      texts.push(file.text());
      const id = `file_${uploads.length}`;
      return Promise.resolve({ ...first, id, filename: file.name });
    },
  };
  const inputLines = {
    async read<T>(
      { range }: Part,
      use: (lines: AsyncIterable<Line>) => Promise<T>,
    ): Promise<T> {
      if (isGone) throw new InputUnavailableError("It is gone", { code: "x" });
      const some = LINES.slice(range.first - 1, range.last);
      return await use((async function* () {
        for (const id of some) yield await line(id);
      })());
    },
  };
  const context = {
    services: { files },
    settings: { queue: { countTokens: () => 10 }, file: {} },
    parts,
  };
  const rounds = new LaterRounds(
    context as unknown as JobContext,
    inputLines as unknown as InputLines,
  );
  const part = parts.get(0, slice);
  if (slice) part.isLeaf = true;
  const bodies = async () =>
    (await Promise.all(texts)).map((text) =>
      text.trim().split("\n").map((line) => JSON.parse(line))
    );
  const idsIn = async () =>
    (await bodies()).map((lines) =>
      lines.map(({ custom_id }: Line) => custom_id).join("")
    );
  return { parts, part, rounds, uploads, bodies, idsIn };
}

/** Its first round was read, and has left these open. */
function leave(
  part: Part,
  ids: string,
  params?: Record<string, unknown>,
): void {
  const { range: { first } } = part;
  part.round(0);
  const held = new Map([...ids].map((id) => {
    const line = LINES.indexOf(id) + 1 - first;
    return [id, { line, params } as unknown as Held];
  }));
  part.reading = { ...part.reading, rounds: 1, held };
}

/** The tokens of a request, as they are counted. */
async function tokensOfOne(): Promise<number> {
  const { rounds, part } = start();
  return (await rounds.countTokens(part))! / LINES.length;
}

const ONE = await tokensOfOne();

for (
  const [rule, slice, open, limit, name, ids] of [
    [
      "has all that is open",
      undefined,
      "bd",
      Infinity,
      "p0.r1.n2.#.last",
      "bd",
    ],
    [
      "as large as fits, is named by the lines up to its last one",
      undefined,
      "bde",
      2 * ONE,
      "p0.l1-4.r1.n2.#.last",
      "bd",
    ],
    [
      "has half of it where no limit is known",
      undefined,
      "bde",
      undefined,
      "p0.l1-4.r1.n2.#.last",
      "bd",
    ],
    [
      "has at least one request",
      undefined,
      "bde",
      1,
      "p0.l1-2.r1.n1.#.last",
      "b",
    ],
    [
      "of a slice is named by the slice",
      { first: 2, last: 4 },
      "bd",
      Infinity,
      "p0.l2-4.r1.n2.#.last",
      "bd",
    ],
    [
      "of some of a slice is counted from its first line",
      { first: 2, last: 5 },
      "bde",
      2 * ONE,
      "p0.l2-4.r1.n2.#.last",
      "bd",
    ],
  ] as [string, Slice | undefined, string, number | undefined, string, string][]
) {
  test(`the file of a later round ${rule}`, options, async () => {
    const { part, rounds, uploads, idsIn, parts } = start(slice);
    leave(part, open);
    await rounds.file(part, limit);
    assert.deepEqual(uploads, [`night.v1.${name}.jsonl`]);
    assert.deepEqual(await idsIn(), [ids]);
    const tag = part.wantedTag!;
    assert.equal(tag.lines, ids.length);
    const asked = parts.get(0, tag.slice).rounds[1]!;
    assert.equal(asked.tokens, ids.length * ONE);
    // It is not uploaded again.
    await rounds.file(part, limit === undefined ? 2 * ONE : limit);
    assert.equal(uploads.length, 1);
  });
}

test(
  "what is asked again has the params that retry gave it",
  options,
  async () => {
    const { part, rounds, bodies } = start();
    leave(part, "b", { model: "n", seed: 1 });
    await rounds.file(part, Infinity);
    const [[{ body }]] = await bodies() as [
      [{ body: Record<string, unknown> }],
    ];
    assert.deepEqual([body.model, body.seed], ["n", 1]);
    assert.ok(Array.isArray(body.messages));
  },
);

test("a part of which nothing is due gets no file", options, async () => {
  const { part, rounds, uploads } = start();
  await rounds.file(part, Infinity);
  assert.deepEqual(uploads, []);
});

for (
  const [rule, slice, limit, ranges] of [
    ["as large as fit", undefined, 2 * ONE, ["1-2", "3-4", "5-5"]],
    [
      "in halves, the first one larger, where no limit is known",
      undefined,
      undefined,
      ["1-3", "4-5"],
    ],
    ["of one request at least", { first: 4, last: 5 }, 1, ["4-4", "5-5"]],
    ["of a slice from its first line on", { first: 2, last: 5 }, 3 * ONE, [
      "2-4",
      "5-5",
    ]],
    [
      "of a slice that has no file yet, though it fits",
      { first: 2, last: 5 },
      9 * ONE,
      ["2-5"],
    ],
  ] as [string, Slice | undefined, number | undefined, string[]][]
) {
  test(`a leaf is cut into slices ${rule}`, options, async () => {
    const { part, rounds, uploads, idsIn } = start(slice);
    const slices = await rounds.slice(part, limit);
    const sizes = ranges.map((range) => {
      const [first, last] = range.split("-").map(Number) as [number, number];
      return { range, ids: LINES.slice(first - 1, last) };
    });
    assert.deepEqual(
      slices.map(({ key }) => key),
      ranges.map((range) => `0.l${range}`),
    );
    assert.deepEqual(
      uploads,
      sizes.map(({ range, ids }) =>
        `night.v1.p0.l${range}.r0.n${ids.length}.#.jsonl`
      ),
    );
    assert.deepEqual(await idsIn(), sizes.map(({ ids }) => ids.join("")));
    assert.deepEqual(
      slices.map(({ rounds }) => rounds[0]!.tokens),
      sizes.map(({ ids }) => ids.length * ONE),
    );
  });
}

test(
  "a part that fits stays as it is, and its tokens are known then",
  options,
  async () => {
    const { part, rounds, uploads } = start();
    assert.deepEqual(await rounds.slice(part, 5 * ONE), [part]);
    assert.deepEqual(uploads, []);
    assert.equal(part.rounds[0]!.tokens, 5 * ONE);
  },
);

test(
  "a file that OpenAI can't find is uploaded again under its name",
  options,
  async () => {
    const { part, rounds, uploads, idsIn } = start();
    await rounds.uploadAgain(part, TAG);
    leave(part, "bde");
    await rounds.uploadAgain(part, { ...TAG, round: 1, lines: 2 });
    assert.deepEqual(await idsIn(), ["abcde", "bd"]);
    assert.deepEqual(uploads, [
      "night.v1.p0.r0.n5.#.last.jsonl",
      "night.v1.p0.r1.n2.#.last.jsonl",
    ]);
    assert.equal(part.givenUp, undefined);
  },
);

test(
  "the tokens of what is due are counted, of a later round only that",
  options,
  async () => {
    const { part, rounds } = start();
    assert.equal(await rounds.countTokens(part), 5 * ONE);
    leave(part, "bd");
    assert.equal(await rounds.countTokens(part), 2 * ONE);
  },
);

test(
  "a part whose lines can't be had is given up, and its tokens are not known",
  options,
  async () => {
    const { part, rounds, uploads } = start(undefined, true);
    assert.equal(await rounds.countTokens(part), undefined);
    assert.equal(part.givenUp, undefined);
    assert.deepEqual(await rounds.slice(part, 1), []);
    assert.equal(part.givenUp!.message, "It is gone");
    assert.deepEqual(uploads, []);
  },
);
