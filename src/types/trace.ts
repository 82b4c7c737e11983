/**
 * What happens, as it happens: the events of the option `trace`.
 *
 * @module
 */

/** What every event has. */
export interface TraceBase {
  /** When it began, in ms since the epoch. */
  at: number;
  /** The job's name; absent outside of jobs. */
  job?: string | undefined;
}

/** One HTTP call that has ended. Repetitions are calls of their own. */
export interface TracedCall extends TraceBase {
  /** How long it took, in ms. Of a download, until its body was read. */
  ms: number;
  /** The HTTP status; absent if there was no answer. */
  status?: number | undefined;
  /** `x-request-id`, for OpenAI's support. */
  requestId?: string | undefined;
  /** The error's code if it failed: the API's, or that of a `ConnectionError`. */
  error?: string | undefined;
  /** 1, 2, …: how often this call has been made in a row. */
  attempt: number;
  /** The part that it is about. */
  part?: number | undefined;
  /** 0 for the part's first batch; 1, 2, … for those with what was left open. */
  round?: number | undefined;
  /** The batch that it is about. */
  batch?: string | undefined;
  /** The file that it is about. */
  file?: string | undefined;
  /** The background response that it is about. */
  response?: string | undefined;
}

/** A file was sent: an input file, or a small one that the module keeps for itself. */
export interface UploadEvent extends TracedCall {
  /** What happened. */
  type: "upload";
  /** Bytes of the file. */
  bytes: number;
}

/** A batch was created, or not. */
export interface CreateEvent extends TracedCall {
  /** What happened. */
  type: "create";
}

/** A list, a batch, a file's description or a background response was looked at. */
export interface LookEvent extends TracedCall {
  /** What happened. */
  type: "look";
}

/** A file was read, to its end or not. */
export interface DownloadEvent extends TracedCall {
  /** What happened. */
  type: "download";
  /** Bytes that were read. */
  bytes: number;
}

/** A batch or a background response was cancelled, or a file or a response deleted. */
export interface EndEvent extends TracedCall {
  /** What happened. */
  type: "cancel" | "delete";
}

/** A request was sent without a batch. In the lanes 8h and 2h, the answer comes later. */
export interface DirectCallEvent extends TracedCall {
  /** What happened. */
  type: "direct";
  /** Where it was asked, as in "/v1/responses". */
  endpoint: string;
  /** The model that was asked. */
  model?: string | undefined;
  /** The lane that was asked for. */
  lane: string;
}

/** A failed call or request is about to be repeated. */
export interface RetryEvent extends TraceBase {
  /** What happened. */
  type: "retry";
  /** Why: the code of the error. */
  reason: string;
  /** How long it waits before that, in ms. */
  ms: number;
  /** Which attempt has failed: 1, 2, … */
  attempt: number;
  /** The id of the request that is asked again; absent for other calls. */
  request?: string | undefined;
}

/** Nothing happens for a while. */
export interface WaitEvent extends TraceBase {
  /** What happened. */
  type: "wait";
  /** What the job waits for, as in a status's `waitingFor`. */
  reason: string;
  /** When it is over, in ms since the epoch; absent if nobody knows. */
  until?: number | undefined;
}

/** Results were handed out. */
export interface ResultsEvent extends TraceBase {
  /** What happened. */
  type: "results";
  /** The batch that they are from; absent without one. */
  batch?: string | undefined;
  /** Its part. */
  part?: number | undefined;
  /** How many are answers. */
  succeeded: number;
  /** How many failed, by the code of the error. */
  failed: Readonly<Record<string, number>>;
}

/**
 * One thing that has happened. Never holds a key, a prompt or an answer.
 *
 * @example A log of calls
 * ```ts
 * import { OpenAIBatch, type TraceEvent } from "@offpeak/openai-batch";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const trace = (event: TraceEvent) => {
 *   if ("status" in event) console.log(event.type, event.status, event.ms);
 * };
 * const client = new OpenAIBatch({ ...createSimulator().options, trace });
 * await client.run(["1 + 1 ="], { params: { model: "gpt-4o-mini" } });
 * ```
 */
export type TraceEvent =
  | UploadEvent
  | CreateEvent
  | LookEvent
  | DownloadEvent
  | EndEvent
  | DirectCallEvent
  | RetryEvent
  | WaitEvent
  | ResultsEvent;

/** Gets every event. What it throws is ignored: a listener must not cost an answer. */
export type Trace = (event: TraceEvent) => void;
