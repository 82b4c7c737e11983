/**
 * What commands begin with. The input comes first: what is wrong with it shows
 * before a key is needed, or anything is sent.
 *
 * @module
 */

import type { Endpoint, Job, OpenAIBatch } from "../../mod.ts";
import { attachOptionsOf, openClient } from "../flags/options.ts";
import { type Input, openInput } from "../input/input.ts";
import { Interrupts } from "../terminal/interrupt.ts";
import type { Call } from "./command.ts";

/**
 * Reads and checks the input, and does something with it.
 *
 * @param call The command, which names the input.
 * @param work Gets the client and the input, which is closed afterwards.
 * @param isDirect Whether it is sent without batches, which take less. @default false
 * @returns What the work gives.
 * @throws {UsageError} If a row can't be sent, or there is no key.
 */
export async function withInput(
  call: Call,
  work: (client: OpenAIBatch, input: Input) => Promise<number>,
  isDirect = false,
): Promise<number> {
  const { flags, io, reporter } = call;
  const input = await openInput(call.input, flags, io, reporter, isDirect);
  try {
    return await work(openClient(flags, io), input);
  } finally {
    input.close();
  }
}

/** A job to continue. */
export interface Attached {
  /** Has the clock. */
  client: OpenAIBatch;
  /** Listens for Ctrl-C while work is done. */
  interrupts: Interrupts;
  /** The job. */
  job: Job<Endpoint>;
}

/**
 * Finds a job, to continue it.
 *
 * @param call The command, which names the job.
 * @returns The job.
 * @throws {JobNotFoundError} If OpenAI has nothing of this job.
 */
export async function attachTo(call: Call): Promise<Attached> {
  const { flags, io, reporter, subject } = call;
  const client = openClient(flags, io);
  const interrupts = new Interrupts(call, client);
  const job = await client.attach(subject, {
    ...attachOptionsOf(flags),
    progress: reporter.progress(client.clock),
    signal: interrupts.signal,
  });
  call.job = subject;
  return { client, interrupts, job };
}
