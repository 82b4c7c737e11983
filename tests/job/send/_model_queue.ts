/** Parts of a job with queues, as its tests need them. */

import type { Batch } from "@offpeak/openai-batch";
import { stoppedClock } from "../../_support/stopped_clock.ts";
import type { QueueFacts } from "../../../src/job/send/facts.ts";
import type { QueueOptions } from "../../../src/job/options.ts";
import { Parts } from "../../../src/job/state/parts.ts";

export const NOW: number = Date.UTC(2026, 0, 1);
export const CLOCK: ReturnType<typeof stoppedClock> = stoppedClock(NOW);
export const MODEL = "gpt-4o-mini";
const DIGEST = "0123456789abcdef";
/** Without other words, so that no limit is named. */
export const FULL = "Enqueued token limit reached.";

/** A part, and the batches that it has or had. Times are seconds before now. */
interface Given {
  tokens?: number;
  bytes?: number;
  lines?: number;
  model?: string | undefined;
  /** When each batch was created, and when it ended, if it did. */
  ran?: { from: number; until?: number; isValidating?: boolean }[];
  /** When it was refused, and what was said. */
  refused?: { at: number; message?: string }[];
  /** Whether slices of it are asked in its place. */
  isCut?: boolean;
}

export interface Row {
  rule: string;
  parts: Given[];
  limits?: QueueOptions;
  expected: Partial<QueueFacts>;
}

export function setUp(parts: readonly Given[]): Parts {
  const known = new Parts("night", CLOCK);
  parts.forEach((given, number) => addPart(known, number, given));
  return known;
}

function addPart(parts: Parts, number: number, given: Given): void {
  const { lines = 10, bytes = 400, tokens, ran = [], refused = [] } = given;
  const tag = {
    job: "night",
    part: number,
    slice: undefined,
    round: 0,
    lines,
    digest: DIGEST,
    last: false,
  };
  const input = `file-${number}`;
  parts.addFile(fileOf(input, bytes), tag, true);
  const part = parts.get(number);
  part.asks("/v1/chat/completions", "model" in given ? given.model : MODEL);
  part.round(0).tokens = tokens;
  ran.forEach(({ from, until, isValidating }, i) => {
    const running = isValidating ? "validating" : "in_progress";
    const batch = batchOf(`batch-${number}-${i}`, input, from, {
      status: until === undefined ? running : "completed",
      completed_at: until === undefined ? null : NOW / 1_000 - until,
    });
    parts.note(part, 0, batch, false);
  });
  refused.forEach(({ at, message = FULL }, i) => {
    const code = "token_limit_exceeded";
    const batch = batchOf(`void-${number}-${i}`, input, at + 10, {
      status: "failed",
      failed_at: NOW / 1_000 - at,
      errors: { object: "list", data: [{ code, message }] },
    });
    parts.note(part, 0, batch, false);
  });
  if (!given.isCut) return;
  const slice = { first: 1, last: 5 };
  parts.addFile(
    fileOf(`slice-${number}`, bytes / 2),
    { ...tag, slice, lines: 5 },
    true,
  );
}

function fileOf(id: string, bytes: number) {
  const created_at = NOW / 1_000 - 10_000;
  return {
    id,
    object: "file" as const,
    bytes,
    created_at,
    filename: id,
    purpose: "batch",
  };
}

function batchOf(
  id: string,
  input_file_id: string,
  age: number,
  rest: Partial<Batch>,
): Batch {
  return {
    id,
    object: "batch",
    endpoint: "/v1/chat/completions",
    input_file_id,
    completion_window: "24h",
    created_at: NOW / 1_000 - age,
    metadata: null,
    ...rest,
  } as Batch;
}

export const named = (limit: string): string =>
  `${FULL} Limit: ${limit} enqueued tokens.`;
