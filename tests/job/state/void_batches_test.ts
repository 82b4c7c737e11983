/** Batches that count as none, and what becomes of requests without a line. */

import type { Batch } from "@offpeak/openai-batch";
import { voidReason } from "../../../src/job/state/batch.ts";
import {
  whyUnanswered,
  whyUnreadable,
} from "../../../src/job/state/batch_errors.ts";
import { assert, options, test } from "../../_support/prelude.ts";

function batchOf(status: string, error?: object, more: object = {}): Batch {
  const errors = error && { object: "list", data: [error] };
  return { id: "batch_1", object: "batch", status, errors, ...more } as Batch;
}

const NO_CREDIT = { code: "insufficient_quota", message: "no" };

const VOID: [what: string, batch: Batch, reason: string | undefined][] = [
  [
    "a full queue",
    batchOf("failed", { code: "token_limit_exceeded" }),
    "queue",
  ],
  [
    "a file that is not found",
    batchOf("failed", { message: "Cannot find file X, or it has expired" }),
    "file",
  ],
  ["no credit", batchOf("failed", NO_CREDIT), "credit"],
  [
    "no credit, after it has answered",
    batchOf("failed", NO_CREDIT, { output_file_id: "file-1" }),
    undefined,
  ],
  [
    "no credit, after some requests failed",
    batchOf("failed", NO_CREDIT, { error_file_id: "file-1" }),
    undefined,
  ],
  ["any other error", batchOf("failed", { code: "invalid" }), undefined],
  ["no error", batchOf("failed"), undefined],
  [
    "a full queue in a batch that has expired",
    batchOf("expired", { code: "token_limit_exceeded" }),
    undefined,
  ],
];

for (const [what, batch, reason] of VOID) {
  const name = reason ? `is as good as none (${reason})` : "counts";
  test(`a batch with ${what} ${name}`, options, () => {
    assert.equal(voidReason(batch), reason);
  });
}

test("a request without a line is told how its batch ended", options, () => {
  for (
    const [status, code] of [
      ["completed", "missing"],
      ["expired", "batch_expired"],
      ["cancelled", "batch_cancelled"],
    ] as const
  ) {
    assert.deepEqual(whyUnanswered(batchOf(status)), {
      code,
      message: `The batch ended as ${status} without a line for it`,
    });
  }
  const error = { code: "invalid", message: "Bad", param: "model" };
  assert.deepEqual(whyUnanswered(batchOf("failed", error)), error);
  assert.deepEqual(whyUnanswered(batchOf("failed")), {
    code: "batch_failed",
    message: "The batch failed and does not say why",
  });
});

test("answers without ids are told apart by their words", options, () => {
  const { code, message } = whyUnreadable(7);
  assert.equal(code, "unreadable_results");
  assert.match(message, /has 7 answers, but none of them has the `custom_id` /);
  assert.match(message, /the server has lost or changed the ids$/);
});
