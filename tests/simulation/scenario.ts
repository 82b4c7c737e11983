/**
 * What a seed stands for: a workload, a server, faults, and the processes that
 * work on the job one after the other. Plain data, drawn before anything runs.
 *
 * @module
 */

import type { Workload } from "./workload.ts";

/** How a server differs from the simulator. */
export interface Oddities {
  /** Ms for which a new file or batch does not show in lists. */
  lag: number;
  /** Drops the metadata of batches. */
  noMetadata: boolean;
  /** Statuses in capitals, and one of its own. */
  capitals: boolean;
  /** Dates as text. */
  isoDates: boolean;
  /** What stands where a file id is missing. */
  noFileId: unknown;
  /** No request_counts. */
  noCounts: boolean;
  /** Does not hand out input files. */
  keepsInput: boolean;
  /** Output lines out of order, repeated, and of strangers. */
  messyLines: boolean;
  /** Ms for which a new file is not found by new batches. */
  uploadRace: number;
  /** Until when, in ms from the start, somebody else fills the queue. */
  queueFullUntil: number;
  /** Until when others use the queue too, and how often they leave no room. */
  queueShared: { until: number; share: number };
  /** Others have so many batches that the first page has none of the job's. */
  crowded: boolean;
  /** The longest page that it gives: a longer one is refused. */
  longestPage: number | undefined;
  /** What it makes of a cursor: it ignores it at times, shows its item again, or has that deleted at times. */
  cursors: "ignored" | "repeated" | "deleted" | undefined;
  /** Its lists show each batch for ever as it was first, or leave the files out. */
  lists: "frozen" | "without files" | undefined;
  /** Ms for which a new batch is not known by its id. */
  unknownFor: number;
  /** Says 410 for 404. */
  says410: boolean;
  /** After so many answers one has a `Date` 11 minutes ahead. */
  wrongDateEvery: number | undefined;
  /** Ms after its end in which a first batch shows no files. */
  filesLate: number;
  /** The errors of a batch are a list, or a single entry. */
  errorsAs: "list" | "entry" | undefined;
  /** Others have files whose names look like the job's. */
  foreignNames: boolean;
  /** Hands out the JSON of input files written anew. */
  rewritesInput: boolean;
  /** Hands out a login page for input files; together with `keepsInput`. */
  inputIsLogin: boolean;
  /** Says more bytes of result files than they have. */
  wrongBytes: boolean;
}

/** Which HTTP calls go wrong. */
export interface FaultSchedule {
  /** The share of calls. */
  share: number;
  /** The only call it strikes, if there is one. */
  call: string | undefined;
  /** When it stops, ms from the start. */
  until: number;
  /** A time in which nothing gets through, ms from the start. */
  outage: { from: number; to: number } | undefined;
}

/** When a process drops dead. */
export interface Crash {
  /** Counts only these calls, if given. */
  call: string | undefined;
  /** The number of the call, from 1. */
  nth: number;
  /** Whether the call still takes effect. */
  after: boolean;
}

/** What a process does. */
export type LifeKind =
  | "run"
  | "stream"
  | "submit"
  | "step"
  | "attach"
  | "parts"
  | "cron";

/** One process. */
export interface Life {
  kind: LifeKind;
  crash: Crash | undefined;
  /** Ms between the end of the one before and its start. */
  pause: number;
  /** Whether it attaches from the last record, if there is one. */
  fromRecord: boolean;
  /** HTTP calls that one step may make. */
  maxCalls: number;
  /** Ms from its start after which it cancels the job. */
  cancelAfter: number | undefined;
  /** Whether it watches the job while it reads it. */
  isWatched: boolean;
  /** How many pairs of metadata it gives, all of its own. */
  pairs: number | undefined;
  /** How many tokens it counts for four characters; undefined for the module's estimate. */
  tokenRate: number | undefined;
}

/** Everything that a seed decides. */
export interface Scenario {
  seed: number;
  workload: Workload;
  oddities: Oddities;
  faults: FaultSchedule;
  /** Shares of batches, for the simulator. */
  batchFaults: Record<string, number>;
  /** Tokens that fit into the queue. */
  enqueuedTokens: number | undefined;
  /** How many tokens the server counts for four characters. */
  tokenRate: number;
  /** When there is no credit, ms from the start. */
  noCredit: { from: number; to: number } | undefined;
  /** When somebody cancels one of the batches, ms from the start. */
  strangerCancels: number[];
  /** What the processes pass as options. */
  options: {
    batchSize: number;
    maxBytes: number | undefined;
    maxAttempts: number;
    pollInterval: number | undefined;
    deadline: number | Date | undefined;
    batchTimeout: number | undefined;
    maxActiveBatches: number | undefined;
    maxEnqueuedTokens: number | undefined;
    atDeadline: "fail" | "direct";
  };
  /** By how much the clocks of the processes are ahead of the server's, ms. */
  skew: number;
  /** The processes, one after the other. The last one does not crash. */
  lives: Life[];
  /** A process beside the first one, and how much later it starts. */
  beside: { life: Life; delay: number } | undefined;
  /** Whether the script is run once more at the end. */
  again: boolean;
  /** Whether the files are deleted at the end, and whether calls fail meanwhile. */
  cleanup: { faults: boolean } | undefined;
}
