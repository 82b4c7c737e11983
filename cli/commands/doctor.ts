/**
 * The command that examines a server.
 *
 * @module
 */

import { diagnose, diagnosisTable } from "../../src/doctor/mod.ts";
import type { Call, Command } from "./command.ts";
import { confirm } from "../terminal/confirm.ts";
import { ANSWERED, FAILED, UsageError } from "../messages/errors.ts";
import { withFlags } from "../messages/flag_names.ts";
import { clientOptionsOf } from "../flags/options.ts";

const QUESTION =
  "This uploads two tiny files, creates one batch of two requests, cancels it " +
  "and deletes the files. If the server answers before the cancel arrives, " +
  "you pay for two answers of 16 tokens.";

/** Examines. */
export const doctor: Command = {
  summary: "find out whether a server does what a job relies on",
  examples: [
    "openai-batch doctor --model gpt-4o-mini",
    "openai-batch doctor --base-url http://localhost:8000/v1 --api-key-env MY_KEY --model llama-3 --completion-window 1d --yes",
  ],
  details: `\
Examines a server with your key and says what holds, what doesn't, and what that
means for a job: pages and filters of lists, how far they lag, whether input files
can be read back, whether names and metadata are kept, and so on. It says what it
is going to do and asks first, unless you pass --yes. It takes a few seconds, two
minutes at most, and never waits for an answer. The exit code is 0 if everything
holds, otherwise 1.`,
  flags: ["model", "endpoint", "completionWindow", "yes"],
  async run(call: Call): Promise<number> {
    const { flags, io, reporter } = call;
    const { model, endpoint, completionWindow } = flags;
    if (model === undefined) {
      throw new UsageError(
        "doctor needs --model NAME: the batch has to ask one",
      );
    }
    const client = clientOptionsOf(flags, io);
    if (!await confirm(call, QUESTION)) return ANSWERED;
    const diagnosis = await diagnose({
      ...client,
      model,
      endpoint,
      completionWindow,
    });
    const checks = diagnosis.checks
      .map((check) => ({
        ...check,
        means: check.means && withFlags(check.means),
      }));
    const found = { ...diagnosis, checks };
    await reporter.give(diagnosisTable(found), { type: "diagnosis", ...found });
    return diagnosis.ok ? ANSWERED : FAILED;
  },
};
