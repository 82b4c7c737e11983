/**
 * What reading the answers of a part works with, and what it leaves for the
 * next round.
 *
 * @module
 */

import type { IdList } from "../../requests/id_list.ts";
import type { Files } from "../../rest/files.ts";
import type { AnswerSettings } from "../../results/answer_options.ts";
import type { AnyResult, ResultError } from "../../results/result.ts";
import type { Batch } from "../../types/batch.ts";

/** What reading needs to know. */
export interface ReadContext {
  /** The files endpoint. */
  files: Files;
  /** Milliseconds since the epoch. */
  now: number;
  /** Ends the downloads. */
  signal: AbortSignal | undefined;
  /** What is sent again. */
  answers: AnswerSettings;
  /** Why no more is asked. */
  stopped: ResultError | undefined;
  /** Gets every answer, the repeated ones too: all of them are paid. */
  onAnswer: (result: AnyResult) => void;
  /** Called with each refusal for lack of credit. */
  onQuota: (error: ResultError, batch: Batch) => void;
  /** Asks for another look at the batches at that time, ms. */
  lookAt: (time: number, batches: readonly Batch[]) => void;
  /** Retrieves batches of which only a list has told. */
  confirm: (batches: readonly Batch[]) => Promise<void>;
  /** The ids of a part whose input is not here; undefined where the server does not hand it out. */
  loadIds: () => Promise<IdList | undefined>;
}
