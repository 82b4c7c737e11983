/**
 * A request that is asked without a batch, and what asking it needs.
 *
 * @module
 */

import type { WaitingFor } from "../progress/job_status.ts";
import type { DirectLane } from "../requests/direct_lane.ts";
import type { IndexedLine } from "../requests/to_line.ts";
import type { AnswerSettings } from "../results/answer_options.ts";
import type { AnyResult } from "../results/result.ts";
import type { Clock } from "../types/platform.ts";
import type { Trace } from "../types/trace.ts";
import type { Caller } from "./call.ts";
import type { Pace } from "./pace.ts";
import type { Windows } from "./window/windows.ts";

/** A request that is to be asked. */
export interface DirectRequest {
  /** Its position in the input; undefined where the input was not seen. */
  index: number | undefined;
  /** Its line. */
  line: IndexedLine["line"];
  /** How often it was asked; kept up to date. */
  attempts: number;
  /** The best that came of that; kept up to date. */
  best?: AnyResult | undefined;
  /** Params for the next attempt. */
  params?: Record<string, unknown> | undefined;
}

/** What asking needs. */
export interface Asking {
  /** What makes the calls. */
  caller: Caller;
  /** When they may begin. */
  pace: Pace;
  /** When those may begin that found no room in their lane: others must not hold them up. */
  fallbackPace: Pace;
  /** In which lane; undefined leaves that to the request and its project. */
  lane: DirectLane | undefined;
  /** Ms until a request that finds no room is asked at the standard price. */
  fallbackAfter: number | undefined;
  /** What is answered in the background, where the lane is a window. */
  windows?: Windows | undefined;
  /** Measures the pauses between attempts. */
  clock: Clock;
  /** What is sent again. */
  answers: AnswerSettings;
  /** Called with what happens. */
  trace: Trace | undefined;
  /** Ends the calls. */
  calls: AbortSignal;
  /** Ends everything but the calls. */
  waits: AbortSignal;
  /** Gets every answer, the repeated ones too: all of them are paid. */
  onAnswer: (result: AnyResult, line: IndexedLine["line"]) => void;
  /** A request is sent for the first time. */
  onSend: () => void;
  /** Calls wait, as one has not got through; undefined: they don't any more. */
  onWait: (wait: WaitingFor | undefined) => void;
  /** A request runs in the background: it takes no room among the calls. */
  onOpen: () => void;
  /** It does no more. */
  onOver: () => void;
}
