/** What reading makes of what the batches of a part did. Each row is one rule. */

import { assert, options, test } from "../../_support/prelude.ts";
import { MINUTE, World } from "./_part.ts";
import { answer, OK, type Row, SETTLED, STOPPED, testRows } from "./_rows.ts";

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

testRows(ROWS);

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
