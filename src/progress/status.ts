/**
 * Where a job stands.
 *
 * @module
 */

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
