/** Why a job sends nothing more: a deadline, and credit that is used up. Each row is one rule. */

import type { Batch } from "@offpeak/openai-batch";
import type { JobContext } from "../../../src/job/context.ts";
import { StopReason } from "../../../src/job/look/stop_reason.ts";
import type { Marks } from "../../../src/job/state/marks.ts";
import { OwnProcess } from "../../../src/job/state/own_process.ts";
import { Part } from "../../../src/job/state/part.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 0, 1);
/** By how much the server's clock is ahead. */
const AHEAD = 5 * MINUTE;
const ERROR = { code: "insufficient_quota", message: "No credit" };

interface Situation {
  deadline?: number | Date;
  atDeadline?: "fail" | "direct";
  /** When the first file was uploaded, by the server's clock. */
  createdAt?: number;
  stopped?: "cancelled" | "deadline";
  hasInput?: boolean;
  hasEnd?: boolean;
  leaves?: Part[];
  gone?: Error;
  jobId?: string;
}

/** A process that began an hour ago. */
function start(situation: Situation = {}) {
  const { deadline, atDeadline, createdAt, stopped, leaves = [] } = situation;
  const clock = {
    time: NOW,
    now: () => clock.time,
    timeOf: (date: number) => date - AHEAD,
  };
  const context = {
    services: { clock },
    settings: { id: "night", deadline, atDeadline },
    parts: {
      createdAt,
      leaves,
      gone: situation.gone,
      hasEnd: situation.hasEnd ?? true,
    },
    own: new OwnProcess(NOW - HOUR, true),
  };
  const reason = new StopReason(
    context as unknown as JobContext,
    { stopped } as Marks,
    situation.hasInput ?? true,
  );
  return { reason, clock };
}

for (
  const [rule, situation, isPast] of [
    ["without one, never", {}, false],
    ["a point in time is reached", { deadline: new Date(NOW) }, true],
    ["and not before", { deadline: new Date(NOW + 1) }, false],
    ["a length counts from the first file, by the server's clock", {
      deadline: HOUR,
      createdAt: NOW + AHEAD - HOUR,
    }, true],
    [
      "and is no shorter",
      { deadline: HOUR, createdAt: NOW + AHEAD - HOUR + 1 },
      false,
    ],
    ["without a file it counts from the start of the process", {
      deadline: HOUR,
    }, true],
    ["and is no shorter then", { deadline: HOUR + 1 }, false],
  ] as [string, Situation, boolean][]
) {
  test(`a deadline: ${rule}`, options, () => {
    assert.equal(start(situation).reason.isPastDeadline, isPast);
  });
}

for (
  const [stopped, message, words] of [
    [
      "cancelled",
      "The job was cancelled before there was an answer",
      "The job was cancelled",
    ],
    [
      "deadline",
      "The deadline passed before there was an answer",
      "The deadline has passed",
    ],
  ] as const
) {
  test(
    `a job with a mark of ${stopped} says so, and sends nothing`,
    options,
    () => {
      const { reason } = start({ stopped });
      assert.deepEqual(reason.error, { code: stopped, message });
      assert.deepEqual(reason.reason, { code: stopped, message: words });
      assert.equal(reason.holds, true);
      reason.check();
    },
  );
}

for (
  const [stopped, atDeadline, isDirect] of [
    ["deadline", "direct", true],
    ["deadline", "fail", false],
    ["cancelled", "direct", false],
    [undefined, "direct", false],
  ] as const
) {
  test(
    `${stopped} with atDeadline ${atDeadline}: direct calls ${
      isDirect ? "take over" : "do not"
    }`,
    options,
    () => {
      const { reason } = start({ ...(stopped ? { stopped } : {}), atDeadline });
      assert.equal(reason.isDirect, isDirect);
    },
  );
}

test("a job that nothing holds up has no reason, and goes on", options, () => {
  const { reason } = start();
  assert.equal(reason.holds, false);
  assert.equal(reason.error, undefined);
  assert.equal(reason.reason, undefined);
  assert.equal(reason.wait, undefined);
  reason.check();
});

test("without credit it waits an hour, in the server's words", options, () => {
  const { reason, clock } = start();
  reason.quota = ERROR;
  assert.equal(reason.holds, true);
  assert.deepEqual(reason.reason, ERROR);
  const until = NOW + HOUR;
  assert.deepEqual(reason.wait, {
    reason: "credit",
    until,
    message: "No credit",
  });
  clock.time = until - 1;
  reason.tryAgainInTime();
  assert.equal(reason.holds, true);
  clock.time = until;
  reason.tryAgainInTime();
  assert.equal(reason.holds, false);
});

test("a job that was stopped waits for no credit", options, () => {
  const { reason } = start({ stopped: "cancelled" });
  reason.quota = ERROR;
  assert.equal(reason.wait, undefined);
  assert.equal(reason.reason?.code, "cancelled");
});

function endedAt(time: number): Batch {
  const ended = { status: "failed", failed_at: (time + AHEAD) / 1_000 };
  return ended as unknown as Batch;
}

for (
  const [rule, time, stays, isNews] of [
    ["since it began stops the job", NOW - HOUR, true, true],
    [
      "before it began concerns another process",
      NOW - HOUR - 1,
      true,
      false,
    ],
    [
      "an hour before a step stops it too: it tries once an hour",
      NOW - 2 * HOUR,
      false,
      true,
    ],
    ["before that does not", NOW - 2 * HOUR - 1, false, false],
  ] as const
) {
  test(`a lack of credit ${rule}`, options, () => {
    const { reason } = start();
    reason.noteQuota(ERROR, endedAt(time), stays);
    assert.deepEqual(reason.quota, isNews ? ERROR : undefined);
  });
}

test("a batch that does not say when it ended did so just now", options, () => {
  const { reason } = start();
  reason.noteQuota(ERROR, { status: "failed" } as unknown as Batch, true);
  assert.deepEqual(reason.quota, ERROR);
});

test(
  "once it is tried again, earlier refusals no longer count",
  options,
  () => {
    const { reason } = start();
    reason.tryAgain();
    reason.noteQuota(ERROR, endedAt(NOW - 1_000), true);
    assert.equal(reason.quota, undefined);
    reason.noteQuota(ERROR, endedAt(NOW), true);
    assert.deepEqual(reason.quota, ERROR);
  },
);

function refusedFor(code: string): Part {
  const part = new Part(stoppedClock(NOW), 0);
  part.isLeaf = true;
  part.round(0).see(
    {
      ...endedAt(NOW),
      id: "batch_1",
      errors: { data: [{ code, message: "No" }] },
    } as unknown as Batch,
    false,
  );
  return part;
}

test(
  "a batch that is refused for lack of credit stops the job, a full queue does not",
  options,
  () => {
    const { reason } = start();
    reason.noteRefusedBatch(new Part(stoppedClock(NOW), 0), true);
    reason.noteRefusedBatch(refusedFor("token_limit_exceeded"), true);
    reason.noteRefusedBatch(refusedFor("invalid_request"), true);
    assert.equal(reason.quota, undefined);
    reason.noteRefusedBatch(refusedFor("billing_hard_limit_reached"), true);
    assert.equal(reason.reason?.message, "No");
  },
);

/** A part that still runs. */
function running(): Part {
  const part = new Part(stoppedClock(NOW), 0);
  part.isLeaf = true;
  part.round(0).see(
    { id: "batch_1", status: "in_progress", created_at: 1 } as unknown as Batch,
    false,
  );
  return part;
}

test("an error comes once nothing runs any more", options, () => {
  const { reason } = start({ leaves: [running()] });
  reason.quota = ERROR;
  reason.check();
  const twin = running();
  twin.reading = { ...twin.reading, rounds: 1 };
  const { reason: other } = start({ leaves: [twin] });
  other.quota = ERROR;
  other.check();
  const { reason: idle } = start({ leaves: [new Part(stoppedClock(NOW), 0)] });
  idle.check();
  idle.quota = ERROR;
  assert.throws(() => idle.check(), {
    name: "QuotaError",
    message: "No credit",
    code: "insufficient_quota",
    jobId: "night",
  });
});

const INCOMPLETE = {
  code: "input_incomplete",
  message:
    "The input never arrived completely: run it again with the same job and input",
};

test(
  "an input that never arrived is said once all that did is read",
  options,
  () => {
    const isNot = { hasInput: false, hasEnd: false };
    start({ ...isNot, leaves: [new Part(stoppedClock(NOW), 0)] }).reason
      .check();
    const { reason } = start(isNot);
    assert.deepEqual(reason.reason, INCOMPLETE);
    assert.throws(() => reason.check(), {
      name: "JobIncompleteError",
      ...INCOMPLETE,
      jobId: "night",
    });
    assert.equal(start({ hasInput: false }).reason.reason, undefined);
    assert.equal(start({ hasEnd: false }).reason.reason, undefined);
  },
);

test("what is gone is said once all the rest is read", options, () => {
  const gone = new Error("gone");
  const part = new Part(stoppedClock(NOW), 0);
  start({ gone, leaves: [part] }).reason.check();
  part.settled = { succeeded: 1, failed: 0 };
  assert.throws(
    () => start({ gone, leaves: [part] }).reason.check(),
    (error) => error === gone,
  );
});
