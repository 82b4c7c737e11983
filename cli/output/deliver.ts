/**
 * Writes results where they belong, and sums them up.
 *
 * @module
 */

import type { Endpoint, Result, ResultStream, UsageReport } from "../../mod.ts";
import type { Report } from "../../src/report/mod.ts";
import { printableLine } from "../../src/printable.ts";
import type { Call } from "../commands/command.ts";
import { ANSWERED, FAILED } from "../messages/errors.ts";
import type { Flags } from "../flags/flags.ts";
import { JSONL } from "./result_lines.ts";
import type { Input } from "../input/input.ts";
import { openOutput } from "./open.ts";
import { requestsOf } from "../messages/figures.ts";
import { priceHint } from "../messages/price_hint.ts";
import type { Reporter } from "../messages/reporter.ts";
import { openSink, type Sink } from "./sink.ts";

/** Where successes and failures go: one place, unless `--failures` is given. */
export interface Sinks {
  /** Takes answers. */
  output: Sink;
  /** Takes failures. */
  failures: Sink;
  /** Closes both. */
  close(): void;
}

/** What was delivered. */
export interface Delivered {
  /** Answers, those included that were written before. */
  succeeded: number;
  /** Failures by their code. */
  failed: ReadonlyMap<string, number>;
}

/**
 * Opens the places for results, before anything is sent.
 *
 * @param call The command that writes them.
 * @param job The results' job; undefined for direct requests.
 * @param input What was sent; undefined if that isn't known.
 * @returns The places.
 * @throws {UsageError} If a file has something else in it, or another process is writing it.
 */
export async function openSinks(
  call: Call,
  job: string | undefined,
  input?: Input,
): Promise<Sinks> {
  const { flags } = call;
  const output = await openOutput(call, job, input);
  const failures = flags.failures === undefined
    ? output
    : await openFailures(flags.failures, job, output, call);
  const close = () => {
    output.close();
    if (failures !== output) failures.close();
  };
  return { output, failures, close };
}

async function openFailures(
  path: string,
  job: string | undefined,
  output: Sink,
  call: Call,
): Promise<Sink> {
  try {
    return await openSink(path, { format: JSONL, job, anew: true }, call);
  } catch (error) {
    output.close();
    throw error;
  }
}

/**
 * Writes results as they come.
 *
 * @param stream The results.
 * @param sinks Where they go.
 * @param report Gets each of them too.
 * @returns How many there were.
 */
export async function deliver(
  stream: ResultStream<Endpoint>,
  { output, failures }: Sinks,
  report?: Report,
): Promise<Delivered> {
  let succeeded = 0;
  const failed = new Map<string, number>();
  const write = async (result: Result<Endpoint>) => {
    await (result.ok ? output : failures).write(result);
    report?.add(result);
    if (result.ok) return void succeeded++;
    const { code } = result.error;
    failed.set(code, (failed.get(code) ?? 0) + 1);
  };
  const begin = () => {
    output.begin();
    failures.begin();
  };
  const first = await stream.next();
  begin();
  if (!first.done) await write(first.value);
  for await (const result of stream) await write(result);
  await output.finish();
  return { succeeded, failed };
}

/**
 * Sums up a job.
 *
 * @param reporter Says it.
 * @param delivered What was written.
 * @param stream What it cost.
 * @param flags Where it was written.
 * @param again The command that sends failures again, if there is one.
 * @returns The exit code.
 */
export async function summarize(
  reporter: Reporter,
  { succeeded, failed }: Delivered,
  stream: ResultStream<Endpoint>,
  flags: Flags,
  again?: string,
): Promise<number> {
  const failures = [...failed.values()].reduce((sum, n) => sum + n, 0);
  const codes = [...failed]
    .map(([code, n]) => `${printableLine(code)} ${n}`)
    .join(", ");
  const text = `${requestsOf(succeeded + failures)}: ${succeeded} answered, ` +
    `${failures} failed${codes && ` (${codes})`}${
      placeOf(flags, failures > 0)
    }`;
  const { usage } = stream;
  const retry = failures > 0 ? again : undefined;
  const table = [
    stream.usageTable(),
    ...savingOf(usage),
    ...priceHint(usage.models),
    ...(retry ? [`\nSend what failed again with:\n  ${retry}`] : []),
  ];
  await reporter.tell(`\n${text}\n\n${table.join("\n")}`, {
    type: "summary",
    job: stream.jobId,
    requests: succeeded + failures,
    succeeded,
    failed: failures,
    codes: Object.fromEntries(failed),
    usage,
    ...(retry ? { retry } : {}),
  });
  return failures > 0 ? FAILED : ANSWERED;
}

/** The table has what was paid, and not what that saved. */
function savingOf({ cost, standardCost, saving }: UsageReport): string[] {
  if (cost === undefined || standardCost === undefined || !saving) return [];
  const [paid, full] = [cost, standardCost].map((usd) => usd.toFixed(8));
  return [`Paid $${paid} instead of $${full} (batch discount)`];
}

function placeOf(
  { failures, output, format }: Flags,
  hasFailed: boolean,
): string {
  if (!hasFailed) return output === undefined ? "" : `, see ${output}`;
  if (failures !== undefined) return `, see ${failures}`;
  if (output !== undefined && format !== "text") return `, see ${output}`;
  return format === "text" ? ", --failures FILE tells why" : "";
}
