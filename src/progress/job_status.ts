/**
 * Where a job stands.
 *
 * @module
 */

/**
 * Why nothing is happening right now, and until when. If the job waits for several
 * things, this is the one you may want to do something about.
 *
 * | reason       | waiting for                                                            |
 * | ------------ | ---------------------------------------------------------------------- |
 * | "batches"    | batches running at OpenAI; `until` is the next look at them            |
 * | "responses"  | the same for background responses, in the lanes "8h" and "2h"          |
 * | "queue"      | room in the queue: OpenAI refused a batch, for the reason in `message` |
 * | "settling"   | lines of a batch that has ended: its file ids may be 10 min late       |
 * | "lists"      | lists to show what an earlier process or a lost call may have left     |
 * | "claim"      | a step's permission to create batches, see `step`                      |
 * | "file"       | an uploaded file that OpenAI can't find yet, or is still checking      |
 * | "retry"      | a call that failed for now                                             |
 * | "connection" | an address that can't be reached; `message` names it and the cause     |
 * | "credit"     | you to top up your credit; `message` is OpenAI's                       |
 */
export interface WaitingFor {
  /** What the job is waiting for. */
  reason:
    | "queue"
    | "settling"
    | "lists"
    | "claim"
    | "file"
    | "retry"
    | "connection"
    | "credit"
    | "batches"
    | "responses";
  /** When the wait is over, or the next attempt is made; absent if unknown. */
  until?: Date;
  /** For people: the server's own words if there are any. */
  message?: string;
}

/** What `step`, `watch` and `progress` report. */
export interface JobStatus {
  /** The job's name: any process can continue the job with it. undefined for direct calls without one. */
  id: string | undefined;
  /** What it is doing. */
  phase: "Preparing" | "Sending" | "Processing" | "Done";
  /** Whether every request has its result: `results()` will not wait. */
  done: boolean;
  /** Why nothing more is sent until you do something; undefined while the job continues by itself. */
  stopped: {
    /** For programs. */
    code: "insufficient_quota" | "cancelled" | "deadline" | "input_incomplete";
    /** For people. */
    message: string;
  } | undefined;
  /** Why nothing is happening right now; undefined while something is, and when done. */
  waitingFor: WaitingFor | undefined;
  /** Requests by outcome. The total grows while the input is read, unless it is a list. */
  requests: {
    /** All that are known so far. */
    total: number;
    /** Answered, as far as the batches tell. */
    succeeded: number;
    /** Failed, as far as the batches tell. */
    failed: number;
    /** The rest. */
    open: number;
  };
  /** Parts, and those that are finished. */
  parts: {
    /** All that were cut. */
    total: number;
    /** Those in which every request has its result. */
    done: number;
  };
  /** Batches running at OpenAI. */
  activeBatches: number;
  /** When its first file was uploaded; before that, when this process started. */
  createdAt: Date;
  /** Ms until the next step is worth making, for a workflow's sleep. 0 when done. */
  wait: number;
  /** Whether its files were deleted, so that its results can't be read again. */
  cleaned: boolean;
}
