/** What reading makes of what the batches of a part did. Each row is one rule. */

import { assert, options, test } from "../../_support/prelude.ts";
import { lineOf, MINUTE, type Ran, type Read, World } from "./_part.ts";

interface Row {
  rule: string;
  /** Requests of the part. @default 3 */
  lines?: number;
  batches: Ran[];
  /** Whether the ids can't be had. */
  isBlind?: boolean;
  /** How long after the end of the batches it is read, minutes. @default 0 */
  after?: number;
  maxAttempts?: number;
  stopped?: { code: string; message: string };
  expected: Partial<Read>;
}

const OK = { a: 200, b: 200, c: 200 };
const STOPPED = { code: "cancelled", message: "Enough" };
const SETTLED = 10;

const answer = (id: string, status = 200) => JSON.stringify(lineOf(id, status));

const ROWS: Row[] = [
  {
    rule: "answers are final",
    batches: [{ says: OK }],
    expected: {
      results: { a: "ok", b: "ok", c: "ok" },
      again: {},
      done: true,
    },
  },
  {
    rule: "what passes is asked again, what does not is not",
    batches: [{ says: { a: 200, b: 500, c: 400 } }],
    expected: {
      results: { a: "ok", c: "http_400" },
      again: { b: 1 },
      rounds: 1,
      done: false,
    },
  },
  {
    rule: "as often as is allowed",
    batches: [
      { says: { a: 200, b: 500, c: 200 } },
      { round: 1, lines: 1, says: { b: 500 } },
    ],
    maxAttempts: 2,
    expected: {
      results: { a: "ok", b: "http_500", c: "ok" },
      again: {},
      done: true,
    },
  },
  {
    rule: "and once more where one attempt is left",
    batches: [
      { says: { a: 200, b: 500, c: 200 } },
      { round: 1, lines: 1, says: { b: 500 } },
    ],
    expected: { again: { b: 2 }, rounds: 2, done: false },
  },
  {
    rule: "it waits for a batch that runs",
    batches: [{ status: "in_progress" }],
    expected: { results: {}, again: {}, looks: [], rounds: 0 },
  },

  // What is in neither file.
  {
    rule: "a missing line may come within ten minutes",
    batches: [{ says: { a: 200, b: 200 } }],
    after: SETTLED - 1,
    expected: {
      results: { a: "ok", b: "ok" },
      again: {},
      looks: [SETTLED],
      rounds: 0,
    },
  },
  {
    rule: "it is missing once the batch was retrieved after that",
    batches: [{ says: { a: 200, b: 200 }, seen: SETTLED * MINUTE }],
    after: SETTLED,
    expected: { again: { c: 1 }, looks: [], rounds: 1 },
  },
  {
    rule: "not a moment before",
    batches: [{ says: { a: 200, b: 200 }, seen: SETTLED * MINUTE - 1 }],
    after: SETTLED,
    expected: { again: {}, looks: [SETTLED], rounds: 0 },
  },
  {
    rule:
      "a batch that only a list has told of is retrieved where a line is missing",
    batches: [{ says: OK, isListed: true }],
    expected: {
      results: { a: "ok", b: "ok", c: "ok" },
      confirmed: ["batch_0"],
      done: true,
    },
  },
  {
    rule: "one that was retrieved after its end is not",
    batches: [{ says: { a: 200 } }],
    expected: { confirmed: [], looks: [SETTLED] },
  },
  {
    rule: "one that was retrieved before its end only is",
    batches: [{ says: { a: 200 }, seen: -1 }],
    expected: { confirmed: ["batch_0"], looks: [SETTLED] },
  },

  {
    rule: "one that was refused has nothing to hide in a list",
    batches: [{ status: "failed", refuses: [0], isListed: true }],
    expected: { confirmed: [], done: true },
  },

  // Batches that were refused.
  {
    rule: "a batch that was refused fails all of it at once, for its reason",
    batches: [{ status: "failed", refuses: [0] }],
    expected: {
      results: { a: "bad_file", b: "bad_file", c: "bad_file" },
      done: true,
    },
  },
  {
    rule:
      "one that names a line fails only that, and the others lose no attempt",
    batches: [{ status: "failed", refuses: [2] }],
    expected: { results: { b: "bad_2" }, again: { a: 0, c: 0 }, rounds: 1 },
  },
  {
    rule: "the numbers of lines are those of a later file",
    batches: [
      { status: "failed", refuses: [1] },
      { round: 1, lines: 2, status: "failed", refuses: [1] },
    ],
    expected: {
      results: { a: "bad_1", b: "bad_1" },
      again: { c: 0 },
      rounds: 2,
    },
  },
  {
    rule:
      "and of the first one, also where another batch has answered some of it",
    batches: [
      { says: { a: 200 }, seen: SETTLED * MINUTE },
      { status: "failed", refuses: [2], seen: SETTLED * MINUTE },
    ],
    after: SETTLED,
    expected: { results: { a: "ok", b: "bad_2" }, again: { c: 1 }, rounds: 1 },
  },
  {
    rule: "which tells nothing where nobody knows what that file has",
    batches: [
      { status: "failed", refuses: [1] },
      { round: 1, lines: 1, status: "failed", refuses: [1] },
    ],
    expected: { results: { a: "bad_1" }, again: { b: 0, c: 0 }, rounds: 2 },
  },
  {
    rule: "a refusal that names the same line again fails the rest",
    batches: [
      { status: "failed", refuses: [2] },
      { round: 1, lines: 2, status: "failed", refuses: [9] },
    ],
    expected: { results: { b: "bad_2", a: "bad_9", c: "bad_9" }, done: true },
  },

  // Slices of two processes, of which one counts less.
  {
    rule: "what a slice of another process answers counts",
    lines: 4,
    batches: [
      { asks: [1, 2], says: { a: 200, b: 200 } },
      { asks: [3, 4], says: { c: 200, d: 200 } },
    ],
    expected: {
      results: { a: "ok", b: "ok", c: "ok", d: "ok" },
      done: true,
    },
  },
  {
    rule: "what no slice was asked is asked at once, and loses no attempt",
    lines: 4,
    batches: [{ asks: [2, 3], says: { b: 200, c: 200 } }],
    expected: {
      results: { b: "ok", c: "ok" },
      again: { a: 0, d: 0 },
      looks: [],
      rounds: 1,
    },
  },
  {
    rule: "what a slice was asked and has not answered may still come",
    lines: 4,
    batches: [{ asks: [2, 3], says: { b: 200 } }],
    expected: { results: { b: "ok" }, again: {}, looks: [SETTLED], rounds: 0 },
  },
  {
    rule: "and was asked once then, the others not",
    lines: 4,
    batches: [
      { asks: [2, 3], says: { b: 200 }, seen: SETTLED * MINUTE },
    ],
    after: SETTLED,
    expected: {
      results: { b: "ok" },
      again: { a: 0, c: 1, d: 0 },
      rounds: 1,
    },
  },
  {
    rule: "a slice that is refused fails only what it was asked",
    lines: 4,
    batches: [
      { asks: [1, 2], says: { a: 200, b: 200 } },
      { asks: [3, 3], status: "failed", refuses: [0] },
    ],
    expected: {
      results: { a: "ok", b: "ok", c: "bad_file" },
      again: { d: 0 },
      rounds: 1,
    },
  },
  {
    rule: "the lines that it names are counted from its first one",
    lines: 4,
    batches: [
      { asks: [1, 2], says: { a: 200, b: 200 } },
      { asks: [3, 4], status: "failed", refuses: [2] },
    ],
    expected: {
      results: { a: "ok", b: "ok", d: "bad_2" },
      again: { c: 0 },
      rounds: 1,
    },
  },
  {
    rule: "a slice of a later round asks what is open of its range",
    lines: 4,
    batches: [
      { says: { a: 500, b: 200, c: 500, d: 500 } },
      { round: 1, asks: [1, 3], lines: 2, says: { a: 200, c: 200 } },
    ],
    expected: {
      results: { a: "ok", b: "ok", c: "ok" },
      again: { d: 1 },
      looks: [],
      rounds: 2,
    },
  },
  {
    rule: "and names lines of that",
    lines: 4,
    batches: [
      { says: { a: 500, b: 200, c: 500, d: 500 } },
      { round: 1, asks: [1, 3], lines: 2, status: "failed", refuses: [2] },
    ],
    expected: {
      results: { b: "ok", c: "bad_2" },
      again: { a: 1, d: 1 },
      rounds: 2,
    },
  },
  {
    rule: "where another process knew other answers, it tells of no line",
    lines: 4,
    batches: [
      { says: { a: 500, b: 200, c: 500, d: 500 } },
      { round: 1, asks: [1, 3], lines: 3, says: { a: 200 } },
    ],
    expected: {
      results: { a: "ok", b: "ok" },
      again: { c: 1, d: 1 },
      looks: [],
      rounds: 2,
    },
  },
  {
    rule: "what one process has asked on is not over for the other one",
    lines: 2,
    batches: [
      { asks: [1, 1], says: { a: 500 } },
      { says: { b: 200 }, seen: SETTLED * MINUTE },
      { round: 1, lines: 1, says: { a: 200 } },
    ],
    after: SETTLED,
    maxAttempts: 1,
    expected: { results: { a: "ok", b: "ok" }, done: true },
  },

  // What is paid, and what is said more than once.
  {
    rule: "each answer is paid once, however often its line is there",
    batches: [{ says: OK, more: [answer("a"), answer("c")] }],
    expected: {
      results: { a: "ok", b: "ok", c: "ok" },
      paid: ["a", "b", "c"],
      done: true,
    },
  },
  {
    rule: "what a duplicate answers as well is paid too, and given out once",
    batches: [{ says: OK }, { says: OK }],
    expected: {
      results: { a: "ok", b: "ok", c: "ok" },
      paid: [..."abcabc"],
      done: true,
    },
  },
  {
    rule: "an answer of a duplicate outweighs the failure of the first one",
    batches: [
      { says: { a: 200, b: 400, c: 500 } },
      { says: { a: 500, b: 200, c: 200 } },
    ],
    expected: { results: { a: "ok", b: "ok", c: "ok" }, done: true },
  },
  {
    rule: "an answer behind an error in the same file counts",
    batches: [
      { says: { a: 200, b: 200 }, more: [answer("c", 400), answer("c")] },
    ],
    expected: { results: { a: "ok", b: "ok", c: "ok" }, done: true },
  },
  {
    rule: "and one before it does",
    batches: [
      { says: { a: 200, b: 200 }, more: [answer("c"), answer("c", 400)] },
    ],
    expected: { results: { a: "ok", b: "ok", c: "ok" }, done: true },
  },
  {
    rule: "a failure whose line is repeated counts once",
    batches: [
      { says: { a: 200, b: 200 }, more: [answer("c", 500), answer("c", 500)] },
    ],
    expected: { again: { c: 1 }, paid: [..."abc"], rounds: 1 },
  },
  {
    rule: "two failures of one round are one attempt",
    batches: [
      { says: { a: 200, b: 200, c: 500 } },
      { says: { a: 200, b: 200, c: 500 } },
    ],
    expected: { again: { c: 1 }, paid: [..."abcabc"], rounds: 1 },
  },
  {
    rule: "lines of strangers are no answers",
    batches: [{ says: { a: 200, b: 200, z: 200 } }],
    expected: { results: { a: "ok", b: "ok" }, paid: ["a", "b"], rounds: 0 },
  },
  {
    rule:
      "as many lines as requests, all of strangers: the ids are lost for good",
    batches: [
      { says: { x: 200, y: 200, z: 200 }, seen: SETTLED * MINUTE },
    ],
    after: SETTLED,
    expected: {
      results: {
        a: "unreadable_results",
        b: "unreadable_results",
        c: "unreadable_results",
      },
      done: true,
    },
  },
  {
    rule: "fewer lines of strangers leave the requests missing",
    batches: [{ says: { x: 200, y: 200 }, seen: SETTLED * MINUTE }],
    after: SETTLED,
    expected: { again: { a: 1, b: 1, c: 1 }, rounds: 1 },
  },
  {
    rule: "and so they do where one line is about a request",
    batches: [
      { says: { a: 200, x: 200, y: 200, z: 200 }, seen: SETTLED * MINUTE },
    ],
    after: SETTLED,
    expected: { results: { a: "ok" }, again: { b: 1, c: 1 }, rounds: 1 },
  },
  {
    rule: "without credit no attempt is lost",
    batches: [{ says: { a: 200, b: 200, c: 402 } }],
    expected: { results: { a: "ok", b: "ok" }, again: { c: 0 }, rounds: 1 },
  },

  // Where the ids can't be had.
  {
    rule: "without its ids, what is answered is given out",
    isBlind: true,
    batches: [{ says: OK }],
    expected: { results: { a: "ok", b: "ok", c: "ok" }, done: true },
  },
  {
    rule: "what is missing of it can't be named, and is waited for like others",
    isBlind: true,
    batches: [{ says: { a: 200, b: 200 } }],
    expected: { results: { a: "ok", b: "ok" }, looks: [SETTLED], done: false },
  },
  {
    rule: "what has failed of it is asked again",
    isBlind: true,
    batches: [{ says: { a: 200, b: 200, c: 500 } }],
    expected: { again: { c: 1 }, rounds: 1, done: false },
  },

  // The end of a job.
  {
    rule: "what is open when a job is stopped ends with that",
    batches: [{ says: { a: 200, b: 500, c: 400 } }],
    stopped: STOPPED,
    expected: {
      results: { a: "ok", b: "cancelled", c: "http_400" },
      done: true,
    },
  },
  {
    rule: "what was never answered says so",
    batches: [{ says: { a: 200, b: 200 }, seen: SETTLED * MINUTE }],
    after: SETTLED,
    stopped: STOPPED,
    expected: { results: { a: "ok", b: "ok", c: "cancelled" }, done: true },
  },
  {
    rule: "it waits for what still runs",
    batches: [
      { says: { a: 200, b: 500, c: 500 } },
      { round: 1, lines: 2, status: "in_progress" },
    ],
    stopped: STOPPED,
    expected: { results: { a: "ok" }, done: false },
  },
  {
    rule: "a duplicate that still runs is paid too: it is read to its end",
    batches: [{ says: OK }, { status: "in_progress" }],
    expected: { results: { a: "ok", b: "ok", c: "ok" }, done: false },
  },
  {
    rule: "it waits for late files as long as they may come",
    batches: [{ says: OK }, {}],
    after: SETTLED - 1,
    expected: { looks: [SETTLED], done: false },
  },
  {
    rule: "where several are late, the last one is",
    batches: [{ says: OK }, {}, { round: 1, lines: 1, ended: 5 * MINUTE }],
    after: SETTLED - 1,
    expected: { looks: [SETTLED + 5], done: false },
  },
  {
    rule: "and then given up",
    batches: [{ says: OK }, {}],
    after: SETTLED,
    expected: { looks: [], done: true },
  },
];

for (const row of ROWS) {
  const { rule, lines = 3, batches, isBlind, after = 0, expected, ...how } =
    row;
  test(`reading a part: ${rule}`, options, async () => {
    const world = new World(lines, isBlind);
    for (const batch of batches) world.add(batch);
    const read = await world.read(after * MINUTE, how);
    const names = Object.keys(expected) as (keyof Read)[];
    const found = Object.fromEntries(names.map((name) => [name, read[name]]));
    assert.deepEqual(found, expected);
  });
}

for (
  const [rule, after, name, message] of [
    [
      "that is not there may come within ten minutes",
      SETTLED * MINUTE - 1,
      "ConnectionError",
      "output_of_batch_0 is not there yet",
    ],
    [
      "that is not there then is gone",
      SETTLED * MINUTE,
      "JobExpiredError",
      "The file output_of_batch_0 is gone",
    ],
  ] as const
) {
  test(`reading a part: a file ${rule}`, options, async () => {
    const world = new World(3).add({ says: OK });
    world.files.clear();
    await assert.rejects(world.read(after), { name, message });
  });
}
