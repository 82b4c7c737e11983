/**
 * What everything works with that is done for a job.
 *
 * @module
 */

import type { JobSettings } from "./options.ts";
import type { Services } from "./services.ts";
import type { OwnProcess } from "./state/own_process.ts";
import type { Parts } from "./state/parts.ts";

/** One job in one process. */
export interface JobContext {
  /** The client's. */
  services: Services;
  /** The job's options. */
  settings: JobSettings;
  /** What is known of its parts. */
  parts: Parts;
  /** This process. */
  own: OwnProcess;
}
