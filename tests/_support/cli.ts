/** The command line in this process, on the simulator. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { main } from "@offpeak/openai-batch/cli";
import {
  createSimulator,
  type SimulatedAnswer,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";

/** What a command said and gave. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** What a command is called with. */
export interface Surroundings {
  sim?: Simulator;
  stdin?: string | AsyncIterable<Uint8Array>;
  env?: Record<string, string>;
  /** What stdout is said to be. */
  stdoutFd?: number;
  /** Whether stdout is a terminal. */
  isTerminal?: boolean;
  /** Makes stdout and stderr terminals of this width, at which somebody types. */
  columns?: number | undefined;
  /** How many lines those have. */
  rows?: number;
  /** Gets what presses Ctrl-C, as soon as somebody listens. */
  onListening?: (press: () => void) => void;
}

/** Runs a command. */
export async function cli(
  argv: string[],
  {
    sim,
    stdin = "",
    env = {},
    stdoutFd,
    columns,
    rows,
    isTerminal = columns !== undefined,
    onListening,
  }: Surroundings = {},
): Promise<Outcome> {
  const texts = { stdout: "", stderr: "" };
  const output = (name: keyof typeof texts) => ({
    isTerminal: columns !== undefined,
    columns,
    rows,
    write: (text: string) => {
      texts[name] += text;
      return Promise.resolve();
    },
  });
  const code = await main(argv, {
    stdin: typeof stdin === "string" ? new Blob([stdin]).stream() : stdin,
    isInteractive: columns !== undefined,
    stdout: { ...output("stdout"), fd: stdoutFd, isTerminal },
    stderr: output("stderr"),
    env: (name) => env[name],
    onInterrupt: (listener) => {
      onListening?.(listener);
      return () => {};
    },
    client: sim?.options,
  });
  return { code, ...texts };
}

/** A simulator with a job of three requests, of which the last one fails. */
export async function startJob(job = "j"): Promise<Simulator> {
  const sim = createSimulator({
    respond: ({ text }) =>
      text === "bad" ? { status: 400, body: { error: { code: "bad" } } } : text,
  });
  await submitJob(sim, job, "a\nb\nbad");
  return sim;
}

/** Sends a prompt per line. */
export async function submitJob(
  sim: Simulator,
  job: string,
  stdin: string,
): Promise<void> {
  const argv = ["submit", "-", "--prompt", "{line}", ...MODEL];
  const outcome = await cli([...argv, "--job", job], { sim, stdin });
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(outcome.stdout, `${job}\n`);
}

/** A folder that is gone after the test. */
export function folder(t: TestContext): (name: string) => string {
  const path = mkdtempSync(join(tmpdir(), "cli-"));
  t.after(() => rmSync(path, { recursive: true }));
  return (name) => join(path, name);
}

/** Writes lines into a file. */
export function writeLines(path: string, lines: string[]): string {
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

/** A JSON object, as it comes. */
// deno-lint-ignore no-explicit-any
export type Parsed = any;

/** Parses the lines of a text. */
export function parse(text: string): Parsed[] {
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Parses the lines of a file. */
export function read(path: string): Parsed[] {
  return parse(readFileSync(path, "utf8"));
}

/** Names the model of every request. */
export const MODEL: string[] = ["--model", "gpt-4o-mini"];

/** Plain text, a prompt per line. */
export const PROMPTS: string[] = ["one", "two", "three", "four", "five"];

/** The ids that they get. */
export const ALL: string[] = ["0", "1", "2", "3", "4"];

/** Fails where the prompt says so. */
export function failing({ text }: SimulatedRequest): SimulatedAnswer {
  if (!text.includes("bad")) return text;
  const error = { message: `It is "bad",\nreally.`, code: "bad_prompt" };
  return { status: 400, body: { error } };
}

/** The ids of results, sorted. */
export function idsOf(lines: { id: string }[]): string[] {
  return lines.map(({ id }) => id).toSorted();
}
