/** A leaf, a queue and a process to change one thing of, for the tables of what is due. */

import assert from "node:assert/strict";
import test from "node:test";
import { type Due, due } from "../../../src/job/send/due.ts";
import type {
  LeafFacts,
  ProcessFacts,
  QueueFacts,
} from "../../../src/job/send/facts.ts";
import type { Refusal } from "../../../src/job/send/queue.ts";

export const SECOND: number = 1_000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const NOW: number = Date.UTC(2026, 0, 1);

/** A leaf that can be created at once, in a process that has seen everything. */
export const LEAF: LeafFacts = {
  needsFile: false,
  isRest: false,
  lines: 10,
  bytes: 4_000,
  tokens: 1_000,
  isCounted: true,
  refusals: [],
  uploadedAt: -Infinity,
  unansweredSince: -Infinity,
  misses: 0,
  isPending: false,
  pendingUntil: -Infinity,
};

export const QUEUE: QueueFacts = {
  active: 1,
  maxActive: undefined,
  queued: 1_000,
  isEmpty: false,
  given: undefined,
  named: undefined,
  isMeasured: false,
  smallestCut: Infinity,
  crowd: undefined,
  message: "full",
};

export const PROCESS: ProcessFacts = {
  certainAt: NOW - HOUR,
  stays: true,
  settleTime: 30 * SECOND,
  listedAt: NOW,
  cancelledAt: -Infinity,
  refused: undefined,
  hasClaim: false,
  claimableAt: Infinity,
  begunAt: NOW,
  seed: 0,
};

export interface Row {
  rule: string;
  leaf?: Partial<LeafFacts>;
  queue?: Partial<QueueFacts>;
  process?: Partial<ProcessFacts>;
  expected: Due;
}

export const ERROR = { code: "token_limit_exceeded", message: "full" };

/** Refusals at these times before now, the last one first said. */
export function refused(
  ages: readonly number[],
  like: Partial<Refusal> = {},
): Refusal[] {
  return ages.map((age) => ({
    reason: "queue",
    at: NOW - age,
    message: "full",
    error: ERROR,
    isAlone: false,
    isExplained: false,
    ...like,
  }));
}

export const CREATE: Due = { do: "create" };

export function waiting(
  reason: Extract<Due, { do: "wait" }>["wait"]["reason"],
  until: number,
  { message, isUncertain = false }: {
    message?: string;
    isUncertain?: boolean;
  } = {},
): Due {
  return { do: "wait", wait: { reason, until, message }, isUncertain };
}

export const full = { message: "full" };
export const uncertain = { isUncertain: true };

/** Nobody else can be to blame: five times, over an hour, with nothing else queued. */
export const FIVE_ALONE: Refusal[] = refused([
  HOUR,
  HOUR - MINUTE,
  HOUR - 2 * MINUTE,
  HOUR - 3 * MINUTE,
  0,
], { isAlone: true });

/** Makes a test of each row. */
export function testRows(rows: readonly Row[]): void {
  for (const { rule, leaf, queue, process, expected } of rows) {
    test(`due: ${rule}`, () => {
      const actual = due(
        { ...LEAF, ...leaf },
        { ...QUEUE, ...queue },
        { ...PROCESS, ...process },
        NOW,
      );
      assert.deepEqual(actual, expected);
    });
  }
}
