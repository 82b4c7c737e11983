/**
 * Which faults strike, and what the refusals among them say.
 *
 * @module
 */

import { asCode } from "../as_code.ts";
import { HttpError } from "./_http_error.ts";
import type { Random } from "./_random.ts";
import { refusal, type Reply } from "./_reply.ts";
import { CALLS } from "./_routes.ts";
import type { Faults } from "./types.ts";

/** Faults of a batch. */
export type BatchFault = typeof BATCH_KINDS[number];

/** Faults of a background response, and of a flex call. */
export type LaneFault = typeof LANE_KINDS[number];

const BATCH_KINDS = [
  "expired",
  "late_files",
  "missing_lines",
  "empty_error_file",
  "internal_error",
  "billing_hard_limit_reached",
  "named_lines",
  "string_bodies",
  "errors_first",
  "lost_ids",
] as const;

const LANE_KINDS = [
  "resource_unavailable",
  "stays_queued",
  "never_ends",
  "ignores_cancel",
] as const;

const CALL_KINDS: readonly string[] = [
  "insufficient_quota",
  "html",
  "reset_before",
  "reset_after",
  "hang",
  "hang_after",
  "truncated",
];

const STATUS = /^[45]\d\d$/;
const LONGEST_RETRY_AFTER = 20;
const PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>";

interface CallFault {
  /** undefined: every call. */
  call: string | undefined;
  kind: string;
  share: number;
}

/** The faults of a simulator, checked and sorted. */
export class FaultPlan {
  #calls: CallFault[] = [];
  #things = new Map<string, number>();

  /**
   * @throws {TypeError} For an unknown kind or call.
   * @throws {RangeError} For a share that is not from 0 to 1.
   */
  constructor(faults: Faults) {
    for (const [name, share] of Object.entries(faults)) {
      if (!(share >= 0 && share <= 1)) {
        throw new RangeError(
          `The share of the fault ${asCode(name)} must be from 0 to 1: it is ${
            asCode(share)
          }`,
        );
      }
      if (isOfThings(name)) this.#things.set(name, share);
      else this.#calls.push({ ...callFaultOf(name), share });
    }
  }

  /** The kind of fault that strikes a call, if any. */
  strike(call: string, random: Random): string | undefined {
    for (const fault of this.#calls) {
      if (fault.call !== undefined && fault.call !== call) continue;
      if (random.chance(fault.share)) return fault.kind;
    }
    return undefined;
  }

  /** Whether a fault may strike at all. */
  has(kind: BatchFault): boolean {
    return this.#things.has(kind);
  }

  /** Whether a fault strikes a batch, a background response or a flex call. */
  strikes(kind: BatchFault | LaneFault, random: Random): boolean {
    return random.fork(kind).chance(this.#things.get(kind) ?? 0);
  }
}

/**
 * The answer to a call that a fault refuses before it takes effect.
 *
 * @returns undefined for the kinds that do not answer.
 */
export function faultReply(
  kind: string,
  random: Random,
  now: number,
): Reply | undefined {
  if (kind === "html") {
    return {
      status: 502,
      body: new TextEncoder().encode(PAGE),
      headers: { "content-type": "text/html" },
    };
  }
  if (kind === "insufficient_quota") return refusal(quotaError());
  return STATUS.test(kind)
    ? refusal(statusError(Number(kind), random, now))
    : undefined;
}

function isOfThings(name: string): name is BatchFault | LaneFault {
  return ([...BATCH_KINDS, ...LANE_KINDS] as readonly string[]).includes(name);
}

function callFaultOf(name: string): Omit<CallFault, "share"> {
  const colon = name.indexOf(":");
  const call = colon < 0 ? undefined : name.slice(0, colon);
  const kind = name.slice(colon + 1);
  if (call !== undefined && !CALLS.includes(call)) {
    throw new TypeError(
      `There is no call ${asCode(call)}, as in the fault ${
        asCode(name)
      }: calls are ${CALLS.join(", ")}`,
    );
  }
  if (!CALL_KINDS.includes(kind) && !STATUS.test(kind)) {
    throw new TypeError(
      `There is no fault ${asCode(name)}: those of calls are 400 to 599, ${
        CALL_KINDS.join(", ")
      }, or one of them for one call, such as batches.create:503; those of batches are ${
        BATCH_KINDS.join(", ")
      }; those of lanes are ${LANE_KINDS.join(", ")}`,
    );
  }
  return { call, kind };
}

function quotaError(): HttpError {
  return new HttpError(
    429,
    "You exceeded your current quota, please check your plan and billing details.",
    { type: "insufficient_quota", code: "insufficient_quota" },
  );
}

function statusError(status: number, random: Random, now: number): HttpError {
  if (status === 429) {
    return new HttpError(status, "Rate limit reached for requests.", {
      type: "requests",
      code: "rate_limit_exceeded",
      headers: retryAfter(random, now),
    });
  }
  if (status < 500) return new HttpError(status, "The request was refused.");
  return new HttpError(
    status,
    "The server had an error while processing your request.",
    {
      type: "server_error",
      headers: status === 503 ? retryAfter(random, now) : {},
    },
  );
}

/** Mostly seconds, sometimes a date, sometimes with milliseconds beside them. */
function retryAfter(random: Random, now: number): Record<string, string> {
  const seconds = random.integer(1, LONGEST_RETRY_AFTER);
  const form = random.next();
  if (form < 0.2) {
    const date = new Date(now + seconds * 1000).toUTCString();
    return { "retry-after": date };
  }
  if (form < 0.4) {
    return { "retry-after": `${seconds}`, "retry-after-ms": `${seconds}000` };
  }
  return { "retry-after": `${seconds}` };
}
