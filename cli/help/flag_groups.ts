/**
 * In which groups the help lists options.
 *
 * @module
 */

import type { FlagName } from "../flags/flags.ts";

/** An option stands in one of them, in this order. */
const GROUPS: readonly (readonly [title: string, names: FlagName[]])[] = [
  [
    "What to ask",
    [
      "size",
      "pick",
      "model",
      "prompt",
      "promptFile",
      "system",
      "systemFile",
      "image",
      "schema",
      "fields",
      "params",
      "endpoint",
    ],
  ],
  ["Input", ["inputFormat", "delimiter", "id", "skipBad"]],
  [
    "Output",
    [
      "output",
      "failures",
      "format",
      "ordered",
      "safe",
      "body",
      "report",
      "answers",
      "noWait",
    ],
  ],
  [
    "Cost",
    ["budget", "yes", "outputTokens", "uncountedTokens", "prices"],
  ],
  [
    "Job",
    [
      "job",
      "batchSize",
      "maxBytes",
      "maxAttempts",
      "maxActiveBatches",
      "maxEnqueuedTokens",
      "concurrency",
      "completionWindow",
      "deadline",
      "atDeadline",
      "lane",
      "fallbackAfter",
      "batchTimeout",
      "pollInterval",
      "batch",
      "file",
    ],
  ],
  ["Which jobs", ["prefix", "done", "open"]],
  ["Simulation", ["port", "seed", "speed", "faults"]],
  [
    "Server",
    [
      "baseUrl",
      "apiKeyEnv",
      "apiKeyHeader",
      "organization",
      "project",
      "query",
      "timeout",
      "maxRetries",
      "settleTime",
    ],
  ],
  ["Messages", ["quiet", "noProgress", "json", "help", "version"]],
];

/**
 * @param names Options.
 * @returns The same by groups, those without one last.
 */
export function groupsOf(
  names: readonly FlagName[],
): { title: string; names: FlagName[] }[] {
  const grouped = GROUPS.map(([title, all]) => ({
    title,
    names: all.filter((name) => names.includes(name)),
  }));
  const known = new Set(GROUPS.flatMap(([, all]) => all));
  const others = names.filter((name) => !known.has(name));
  return [...grouped, { title: "Others", names: others }]
    .filter(({ names }) => names.length > 0);
}

/** What most people need; the short help has a line for each. */
const USUAL: ReadonlySet<FlagName> = new Set<FlagName>([
  "answers",
  "apiKeyEnv",
  "baseUrl",
  "budget",
  "concurrency",
  "done",
  "failures",
  "faults",
  "fields",
  "image",
  "job",
  "model",
  "noWait",
  "open",
  "ordered",
  "output",
  "outputTokens",
  "params",
  "pick",
  "port",
  "prefix",
  "prompt",
  "quiet",
  "size",
  "speed",
  "yes",
]);

/**
 * @param name An option.
 * @returns Whether most people need it.
 */
export function isUsual(name: FlagName): boolean {
  return USUAL.has(name);
}
