/**
 * What a command is.
 *
 * @module
 */

import type { FlagName, Flags } from "../flags/flags.ts";
import type { Io } from "../io.ts";
import type { Reporter } from "../messages/reporter.ts";

/** A command that was called. */
export interface Call {
  /** The whole command, as it was typed. */
  argv: readonly string[];
  /** The job or the input that it names; "" if it names none. */
  subject: string;
  /** The input that it names, also after a job; "" if it names none. */
  input: string;
  /** Its options. */
  flags: Flags;
  /** What it works with. */
  io: Io;
  /** Says things. */
  reporter: Reporter;
  /** The job to continue if the command ends early, once it is known. */
  job?: string;
}

/** A command. */
export interface Command {
  /** What its arguments are called; in brackets if they may be left out, undefined if it takes none. */
  subject?: "INPUT" | "JOB" | "[JOB]" | "JOB INPUT";
  /** What it does, in a line. */
  summary: string;
  /** Command lines to copy, the most usual one first. */
  examples: readonly string[];
  /** What else there is to know. */
  details: string;
  /** Its own options, and those that it shares. */
  flags: readonly FlagName[];
  /** Does it, and gives the exit code. */
  run(call: Call): Promise<number>;
}
