/**
 * Finds out whether a server behaves as this module expects.
 *
 * @module
 */

import { asCode } from "../as_code.ts";
import type { ClientOptions } from "../client_options.ts";
import { type CheckRule, CHECKS, type Finding, type Visit } from "./_checks.ts";
import { inWords, Server } from "./_server.ts";

/** What to examine. */
export interface DoctorOptions extends ClientOptions {
  /** The model of the two requests. They are unlikely to run. */
  model: string;
  /** The endpoint of the batch. @default "/v1/chat/completions" */
  endpoint?: string | undefined;
  /** The window of the batch. @default "24h" */
  completionWindow?: string | undefined;
}

/** One thing a job relies on, and whether it holds. */
export interface Check {
  /** What should hold. */
  name: string;
  /** Whether it holds; undefined if that couldn't be checked. */
  holds: boolean | undefined;
  /** What was seen. */
  seen: string;
  /** What it means for a job if it doesn't hold. */
  means: string | undefined;
}

/** What was found. */
export interface Diagnosis {
  /** Every check, in the order they were made. */
  checks: Check[];
  /** Whether all of them hold. */
  ok: boolean;
}

/**
 * Examines a server with your key: uploads two tiny files, creates one batch of two
 * requests ("Hi", 16 output tokens at most), cancels it and deletes the files. This
 * takes a few seconds, two minutes at most. It never waits for an answer; if the
 * server is faster than the cancel, you pay for two.
 *
 * @example
 * ```ts
 * import { diagnose, diagnosisTable } from "@offpeak/openai-batch/doctor";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const { options } = createSimulator(); // or { baseURL, apiKey }
 * const diagnosis = await diagnose({ ...options, model: "gpt-4o-mini" });
 * console.log(diagnosisTable(diagnosis));
 * ```
 *
 * @param options The client's options, and those of the batch.
 * @returns What holds, what doesn't, and what that means.
 * @throws {TypeError} If an option is missing or invalid. What the server does wrong is a finding, not an error.
 */
export async function diagnose(options: DoctorOptions): Promise<Diagnosis> {
  const {
    model,
    endpoint = "/v1/chat/completions",
    completionWindow = "24h",
    ...client
  } = options;
  if (typeof model !== "string" || model === "") {
    throw new TypeError(
      `The option model must name a model: it is ${asCode(options.model)}`,
    );
  }
  const { settleTime = 30_000 } = client;
  const visit: Visit = {
    server: new Server(client),
    options: { model, endpoint, completionWindow, settleTime },
    mark: `doctor-${crypto.randomUUID()}`,
    files: [],
  };
  const endsAt = visit.server.clock.now() + LONGEST;
  const checks: Check[] = [];
  let goesOn = true;
  try {
    for (const rule of CHECKS) {
      goesOn &&= visit.server.clock.now() < endsAt;
      const { holds, seen } = goesOn ? await examine(rule, visit) : NOT_REACHED;
      const means = holds === false ? rule.means : undefined;
      checks.push({ name: rule.name, holds, seen, means });
      if (rule.isNeeded && !holds) goesOn = false;
    }
  } finally {
    await cleanUp(visit);
  }
  return { checks, ok: checks.every(({ holds }) => holds) };
}

/** The longest an examination takes, ms. */
const LONGEST = 120_000;

const NOT_REACHED: Finding = { holds: undefined, seen: "not checked" };

async function examine(rule: CheckRule, visit: Visit): Promise<Finding> {
  try {
    return await rule.look(visit);
  } catch (error) {
    const seen = inWords(error);
    if (seen === undefined) throw error;
    return { holds: false, seen };
  }
}

/** Whatever can't be deleted expires by itself. */
async function cleanUp({ server, batch, files }: Visit): Promise<void> {
  const { client } = server;
  if (batch) await client.batches.cancel(batch.id).catch(() => {});
  for (const { id } of files) await client.files.delete(id).catch(() => {});
}

/**
 * Prints what was found.
 *
 * @param diagnosis What was found.
 * @returns A table in Markdown, without a line break at the end.
 */
export function diagnosisTable({ checks }: Diagnosis): string {
  const rows = checks.map(({ name, holds, seen, means = "" }) => [
    holds ? "✓" : holds === undefined ? "?" : "✗",
    name,
    seen,
    means,
  ]);
  const lines = [["", "what", "seen", "what that means"], ...rows];
  const widths = [0, 1, 2, 3].map((i) =>
    Math.max(3, ...lines.map((line) => line[i]!.length))
  );
  const draw = (cells: string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const [head, ...body] = lines.map((cells) =>
    draw(cells.map((cell) => cell.replace(/[|\s]+/g, " ")))
  );
  const rule = draw(widths.map((width) => "-".repeat(width)));
  return [head, rule, ...body].join("\n");
}
