/**
 * Every option of every command: its value, and what the help says about it.
 * They have the names of the library's options.
 *
 * @module
 */

import type { DirectLane } from "../../mod.ts";
import { type JsonSchema, readFields } from "../prompt/fields.ts";
import { INPUT_FORMATS, type InputFormat } from "../table/format.ts";
import {
  oneOf,
  readAmount,
  readCount,
  readDelimiter,
  readMoment,
  readName,
  readObject,
  readTime,
  readWhole,
} from "./values.ts";

/** The values of the options that were given. */
export interface Flags {
  answers?: number;
  apiKeyEnv?: string;
  apiKeyHeader?: string;
  atDeadline?: "fail" | "direct";
  baseUrl?: string;
  batch?: Record<string, unknown>;
  batchSize?: number;
  batchTimeout?: number;
  body?: boolean;
  budget?: number;
  completionWindow?: string;
  concurrency?: number;
  deadline?: number | Date;
  delimiter?: string;
  done?: boolean;
  endpoint?: string;
  failures?: string;
  fallbackAfter?: number;
  faults?: Record<string, number>;
  fields?: JsonSchema;
  file?: Record<string, unknown>;
  format?: "jsonl" | "json" | "csv" | "tsv" | "text";
  help?: boolean;
  id?: string;
  image?: string;
  inputFormat?: InputFormat;
  job?: string;
  lane?: DirectLane;
  json?: boolean;
  maxActiveBatches?: number;
  maxAttempts?: number;
  maxBytes?: number;
  maxEnqueuedTokens?: number | Record<string, number>;
  maxRetries?: number;
  model?: string;
  noProgress?: boolean;
  noWait?: boolean;
  open?: boolean;
  ordered?: boolean;
  organization?: string;
  output?: string;
  outputTokens?: number;
  uncountedTokens?: number;
  params?: Record<string, unknown>;
  pick?: "first" | "spread";
  pollInterval?: number;
  port?: number;
  prefix?: string;
  prices?: Record<string, string>;
  project?: string;
  prompt?: string;
  promptFile?: string;
  query?: Record<string, string>;
  quiet?: boolean;
  report?: string;
  safe?: boolean;
  schema?: string;
  seed?: number;
  settleTime?: number;
  size?: number;
  skipBad?: boolean;
  speed?: number;
  system?: string;
  systemFile?: string;
  timeout?: number;
  version?: boolean;
  yes?: boolean;
}

/** The name of an option, as the library writes it. */
export type FlagName = keyof Flags;

/** All there is to know about an option. */
export interface Flag {
  /** What its value is called; undefined if it takes none. */
  value?: string;
  /** For the help. */
  about: string;
  /** Makes the value of a text. Throws a reason to follow the name: "must be …". */
  read?: (text: string) => unknown;
}

/** All options. */
export const FLAGS: Readonly<Record<FlagName, Flag>> = {
  model: {
    value: "NAME",
    about: "The model, for requests that don't name one.",
  },
  params: {
    value: "JSON",
    about:
      `Parameters of every request: '{"temperature": 0, "max_completion_tokens": 10}'. A request's own take precedence; a complete request line gets none.`,
    read: readObject,
  },
  endpoint: {
    value: "PATH",
    about:
      "The endpoint of requests that don't name one: /v1/responses, /v1/embeddings, … Default: /v1/chat/completions",
  },
  prompt: {
    value: "TEXT",
    about:
      `What to ask of each row: "Summarise {title}: {text}". {name} stands for the column of that name, {line} for the row as it is in the input, {row} for the row as JSON, {{ and }} for braces.`,
  },
  promptFile: { value: "FILE", about: "The prompt, from a file." },
  system: {
    value: "TEXT",
    about: "A system message. It may name columns too.",
  },
  systemFile: { value: "FILE", about: "The system message, from a file." },
  image: {
    value: "COLUMN",
    about:
      "The column with a picture for each row: an address, or a PNG, JPEG, GIF or WEBP file, which is sent along. Paths are relative to the input's folder. Default: file, if INPUT is a folder of pictures",
  },
  id: {
    value: "COLUMN",
    about:
      "The column with the id of each row. Default: the row's number, from 0",
  },
  inputFormat: {
    value: INPUT_FORMATS.join("|"),
    about:
      "What the input holds: a table with a header, a JSON array or JSON lines of records, plain text, or requests. Default: by its ending and how it begins; requests if there is no prompt",
    read: oneOf(...INPUT_FORMATS),
  },
  delimiter: {
    value: "CHAR",
    about:
      "What separates the fields of the input: one character, or tab. Default: detected",
    read: readDelimiter,
  },
  skipBad: {
    about:
      "Leaves out rows that can't be sent, and lists them. Without it, one such row is an error.",
  },
  schema: {
    value: "FILE",
    about:
      "A JSON Schema that each answer must fit, in OpenAI's strict mode. Each of its fields becomes a column.",
  },
  fields: {
    value: "LIST",
    about:
      `The fields of each answer, which become columns: "mood:good|bad, stars:int, tags:text[], why". Types: text (the default), int, number, bool, date, values such as good|bad, and [] for a list.`,
    read: readFields,
  },
  job: {
    value: "ID",
    about:
      "A name for the job, 1 to 64 of A-Z a-z 0-9 _ -. It belongs to this input for good: the same command with the same job continues it. Default: a new one, which is printed",
  },
  output: {
    value: "FILE",
    about:
      "Where results go. If it already has results of the same job, they stay, and the others are added. To a pipe or a device they are only printed. Default: stdout",
  },
  failures: {
    value: "FILE",
    about:
      "Where failed requests go, as JSONL. It is rewritten each time. The column error of the output then stays empty. Default: into the output (text: nowhere)",
  },
  format: {
    value: "jsonl|json|csv|tsv|text",
    about:
      "The format of the output. csv, tsv: what a spreadsheet would take for a formula gets a ' in front in the columns that are added. text: id, tab, answer, with line breaks as \\n. Default: by the ending of --output, else jsonl",
    read: oneOf("jsonl", "json", "csv", "tsv", "text"),
  },
  ordered: {
    about:
      "Puts the rows in input order once all are there. Until then they are in the order they came.",
  },
  safe: {
    about: "Puts the ' in front of formulas in the input's columns too.",
  },
  body: { about: "Adds each response's whole body to the JSONL." },
  batchSize: {
    value: "N",
    about: "Requests per batch, at most. Default: 50000",
    read: readCount,
  },
  maxBytes: {
    value: "N",
    about: "Bytes per input file, at most. Default: 32000000",
    read: readCount,
  },
  maxAttempts: {
    value: "N",
    about:
      "How many times to try a request that expires, times out or fails for now. Default: 3",
    read: readCount,
  },
  maxActiveBatches: {
    value: "N",
    about: "Batches that may run at the same time. Default: no limit",
    read: readCount,
  },
  maxEnqueuedTokens: {
    value: "N|JSON",
    about:
      `Input tokens that may be queued at the same time, for all models or by model: '{"gpt-4o-mini": 2000000}'. Default: OpenAI's own limit; a full queue is waited for`,
    read: (text) => text.startsWith("{") ? readObject(text) : readCount(text),
  },
  deadline: {
    value: "TIME",
    about:
      "When to give up: a time after the job was created (20h), or a date. What was answered counts. Default: never",
    read: readMoment,
  },
  atDeadline: {
    value: "fail|direct",
    about:
      "What happens to the rest then: it fails, or it is sent directly, at the full price. Default: fail",
    read: oneOf("fail", "direct"),
  },
  lane: {
    value: "LANE",
    about:
      "How soon answers are needed without a batch, and so what they cost: standard, flex (batch price, when there is room), priority, 8h (-40 %), 2h (-30 %; both in the background, /v1/responses only). Default: standard",
    read: oneOf("standard", "flex", "priority", "8h", "2h"),
  },
  fallbackAfter: {
    value: "TIME",
    about:
      "With --lane flex: how long a request waits for room before it is sent at the standard price. Default: it keeps waiting",
    read: readTime,
  },
  batchTimeout: {
    value: "TIME",
    about:
      "When to give up on a batch, and send the rest in another one. Default: never",
    read: readTime,
  },
  pollInterval: {
    value: "TIME",
    about: "How often to look. Default: every 5s, growing to 60s",
    read: readTime,
  },
  budget: {
    value: "USD",
    about:
      "Sends nothing if the job may cost more, or its cost can't be known (see --uncounted-tokens). For a request without a token limit, only the input is counted.",
    read: readAmount,
  },
  batch: {
    value: "JSON",
    about: `More fields for POST /batches: '{"metadata": {"team": "a"}}'.`,
    read: readObject,
  },
  file: {
    value: "JSON",
    about:
      `More fields for POST /files: '{"expires_after": {"anchor": "created_at", "seconds": 86400}}'.`,
    read: readObject,
  },
  report: {
    value: "FILE",
    about: "Also writes an HTML page that shows the job (see report).",
  },
  answers: {
    value: "N",
    about: "How many answers the page shows; 0 for none. Default: 10",
    read: readWhole,
  },
  completionWindow: {
    value: "TEXT",
    about: "The window of the batch. Default: 24h",
  },
  yes: { about: "Sends without asking." },
  noWait: { about: "Writes what can be read now, without waiting." },
  prefix: { value: "TEXT", about: "Only jobs whose names begin with this." },
  done: { about: "Only jobs that are done." },
  open: { about: "Only jobs that are not done." },
  outputTokens: {
    value: "N",
    about:
      "Output tokens to expect per request. Default: its token limit, otherwise unknown",
    read: readCount,
  },
  uncountedTokens: {
    value: "N",
    about:
      "Input tokens to add for each request with pictures, files or tools that OpenAI runs. Without it --budget refuses them.",
    read: readWhole,
  },
  size: {
    value: "N",
    about: "How many rows to send. Default: 10",
    read: readCount,
  },
  pick: {
    value: "first|spread",
    about:
      "Which rows: the first of the input, or some spread over it. Default: spread",
    read: oneOf("first", "spread"),
  },
  concurrency: {
    value: "N",
    about: "Requests running at the same time, at most. Default: 32",
    read: readCount,
  },
  port: {
    value: "N",
    about: "The port to listen on, at 127.0.0.1. Default: a free one",
    read: readWhole,
  },
  seed: {
    value: "N",
    about: "Seed of everything random. Default: 1",
    read: readWhole,
  },
  speed: {
    value: "N",
    about:
      "How much faster than real time batches run. At 1, a batch takes minutes or hours, as in reality. Default: 600",
    read: readCount,
  },
  faults: {
    value: "JSON",
    about:
      `What goes wrong: kinds of faults, each with a share from 0 to 1: '{"503": 0.1, "expired": 0.5}'.`,
    read: readObject,
  },
  baseUrl: {
    value: "URL",
    about:
      "Another server, with /v1: http://localhost:8000/v1. It needs --api-key-env. Default: OPENAI_BASE_URL, otherwise https://api.openai.com/v1",
  },
  apiKeyEnv: {
    value: "NAME",
    about:
      "The environment variable that holds the key. Default: OPENAI_API_KEY",
    read: readName,
  },
  apiKeyHeader: {
    value: "NAME",
    about: "The header for the key; on Azure: api-key.",
  },
  organization: { value: "ID", about: "Default: OPENAI_ORG_ID" },
  project: { value: "ID", about: "Default: OPENAI_PROJECT_ID" },
  query: {
    value: "JSON",
    about: `Query parameters of every call: '{"api-version": "2024-10-21"}'.`,
    read: readObject,
  },
  prices: {
    value: "JSON",
    about:
      `Your own prices, in USD per million tokens, or the name of a known model: '{"my-deployment": "gpt-4o-mini"}'.`,
    read: readObject,
  },
  timeout: {
    value: "TIME",
    about: "How long a call may go without progress. Default: 60s",
    read: readTime,
  },
  maxRetries: {
    value: "N",
    about: "How many times to retry a call that fails for now. Default: 2",
    read: readWhole,
  },
  settleTime: {
    value: "TIME",
    about:
      "How long the server's lists may lag behind. A named job waits this long before it sends anything. Default: 30s",
    read: readTime,
  },
  quiet: {
    about: "Says nothing but what you asked for, and errors.",
  },
  noProgress: { about: "Draws no bars, and prints no lines instead of them." },
  json: {
    about: "Says everything as lines of JSON, each with a type, for programs.",
  },
  help: { about: "Prints the full help; -h prints a short one." },
  version: { about: "Prints the version." },
};

/**
 * @param name An option, as the library writes it.
 * @returns As the command line writes it.
 */
export function dashed(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
