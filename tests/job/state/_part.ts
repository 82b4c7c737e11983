/** Parts, files and batches of a job, as its tests need them. */

import type { Batch, FileObject } from "@offpeak/openai-batch";
import { Parts } from "../../../src/job/state/parts.ts";
import type { Part } from "../../../src/job/state/part.ts";
import type { Held } from "../../../src/job/state/read_state.ts";
import type { Tag } from "../../../src/job/state/tag.ts";
import { stoppedClock } from "../../_support/stopped_clock.ts";

export const NOW: number = Date.UTC(2026, 0, 1);
export const TAG: Tag = {
  job: "night",
  part: 0,
  slice: undefined,
  round: 0,
  lines: 3,
  digest: "0123456789abcdef",
  last: false,
};

export function start(): Parts {
  return new Parts("night", stoppedClock(NOW));
}

export function file(id: string, more: Partial<FileObject> = {}): FileObject {
  const filename = id;
  const purpose = "batch";
  return {
    id,
    object: "file",
    bytes: 1,
    created_at: 1,
    filename,
    purpose,
    ...more,
  };
}

/** A batch of the first part, unless its file says otherwise. */
export function batch(id: string, more: Partial<Batch> = {}): Batch {
  return {
    id,
    endpoint: "/v1/responses",
    status: "in_progress",
    input_file_id: "file_0",
    created_at: 1,
    ...more,
  } as Batch;
}

export const DONE: Partial<Batch> = {
  status: "completed",
  completed_at: 2,
  output_file_id: "out",
  request_counts: { total: 3, completed: 3, failed: 0 },
};
export const FULL: Partial<Batch> = {
  status: "failed",
  errors: { data: [{ code: "token_limit_exceeded", message: "Full" }] },
} as Partial<Batch>;

/** A part that has this batch. */
export function withBatch(
  more: Partial<Batch> = {},
): { parts: Parts; part: Part } {
  const parts = start();
  parts.addFile(file("file_0"), TAG, true);
  parts.see(batch("batch_0", more), false);
  return { parts, part: parts.get(0) };
}

/** How far its answers are read. */
export function read(
  part: Part,
  { rounds = 1, held = [], ...more }: {
    rounds?: number;
    /** Lines that are open. */
    held?: number[];
    done?: boolean;
    open?: number;
    files?: boolean;
    succeeded?: number;
    failed?: number;
  },
): void {
  const { succeeded = 0, failed = 0 } = more;
  part.reading = {
    done: more.done ?? false,
    counts: { succeeded, failed },
    rounds,
    held: new Map(held.map((line) => [`${line}`, { line } as Held])),
    hasRead: () => more.files ?? false,
    hasAll: () => more.done ?? false,
    openUnnamed: () => more.open,
  };
}
