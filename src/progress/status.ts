/**
 * Where a job stands.
 *
 * @module
 */

/**
 * Why nothing happens at the moment, and until when. Where several things are
 * waited for, it is the one that somebody may want to see to.
 *
 * | reason       | what is waited for                                                     |
 * | ------------ | ---------------------------------------------------------------------- |
 * | "batches"    | batches that run at OpenAI; `until` is the next look at them           |
 * | "queue"      | room in the queue: OpenAI refused a batch, in the words of `message`   |
 * | "settling"   | lines of a batch that has ended: its file ids may come 10 min late     |
 * | "lists"      | lists to show what an earlier process, or a lost call, may have left   |
 * | "claim"      | the right of a step to create batches, as `step` tells               |
 * | "file"       | an uploaded file that OpenAI does not find, or still looks at          |
 * | "retry"      | a call that was refused in passing, or has failed                      |
 * | "connection" | an address that can't be reached; `message` names it and the cause     |
 * | "credit"     | somebody to pay; `message` is OpenAI's                                 |
 */
export interface WaitingFor {
  /** What is waited for. */
  reason:
    | "queue"
    | "settling"
    | "lists"
    | "claim"
    | "file"
    | "retry"
    | "connection"
    | "credit"
    | "batches";
  /** When the wait is over, or something is tried again; absent where nobody knows. */
  until?: Date;
  /** For people: the server's own words where there are any. */
  message?: string;
}

/** What `step`, `watch` and `progress` give. */
export interface JobStatus {
  /** The job's id: with it, the job goes on in another process. "" for direct calls. */
  id: string;
  /** What it is doing. */
  phase: "Preparing" | "Sending" | "Processing" | "Done";
  /** Every request has its result: `results()` will not wait. */
  done: boolean;
  /** Why no more is asked, until somebody acts; undefined while it goes on by itself. */
  stopped: {
    /** For programs. A deadline that has passed is "cancelled" too. */
    code: "insufficient_quota" | "cancelled" | "input_incomplete";
    /** For people. */
    message: string;
  } | undefined;
  /** Why nothing happens at the moment; undefined while something does, and when done. */
  waitingFor: WaitingFor | undefined;
  /** Requests by outcome. The total grows while the input is read, unless that is a list. */
  requests: {
    /** All that are known. */
    total: number;
    /** Answered, as far as the batches tell. */
    succeeded: number;
    /** Failed, as far as the batches tell. */
    failed: number;
    /** The rest. */
    open: number;
  };
  /** Parts, and those that are through. */
  parts: {
    /** All that were cut. */
    total: number;
    /** Those of which every request has its result. */
    done: number;
  };
  /** Batches that run at OpenAI. */
  activeBatches: number;
  /** When its first file was uploaded; before that, when this process began. */
  createdAt: Date;
  /** Ms until the next step is worth it: for a workflow's sleep. 0 when done. */
  wait: number;
  /** Whether its files were deleted, so that results can't be read again. */
  cleaned: boolean;
}
