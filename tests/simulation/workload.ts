/**
 * The requests of a scenario, and what the server answers to each.
 *
 * @module
 */

import type {
  SimulatedAnswer,
  SimulatedRequest,
} from "../../src/testing/mod.ts";
import type { Random } from "./random.ts";

/** How a request fares: it fails in this way until it was asked so often. */
export interface Fate {
  kind: "400" | "429" | "500" | "503" | "request_timeout" | "expired" | "draft";
  times: number;
  /** In which words the server says so, where they are not OpenAI's. */
  shape?: Shape | undefined;
}

/** How a server of another kind tells a failure. "unknown" has a code that no rule knows. */
export type Shape =
  | "flat"
  | "listed"
  | "text"
  | "numbered"
  | "worded"
  | "unknown"
  | "hollow";

/** The lines of a failure, by its status. */
const SHAPES: Record<Shape, (status: number) => SimulatedAnswer> = {
  flat: (status: number) => said(status, { message: "No", code: status }),
  listed: (status: number) => said(status, [{ error: { code: status } }]),
  text: (status: number) => said(status, "It failed"),
  numbered: (status: number) => neverRan({ code: status }),
  worded: (status: number) => neverRan({ code: String(status) }),
  unknown: () => neverRan({ type: "request_failed", message: "No" }),
  hollow: () => said(200, {}),
};

function said(status_code: number, body: unknown): SimulatedAnswer {
  return { lines: [{ response: { status_code, body }, error: null }] };
}

function neverRan(error: unknown): SimulatedAnswer {
  return { lines: [{ response: null, error }] };
}

/** One request. */
export interface Planned {
  /** Its own id; undefined for the default one. */
  id: string | undefined;
  /** Its own model; undefined for the job's. */
  model: string | undefined;
  /** Behind its number in the text. */
  padding: string;
  fate: Fate | undefined;
}

/** What the processes ask. */
export interface Workload {
  requests: Planned[];
  /** How they are passed. */
  form: "list" | "function" | "iterable";
  /** Whether answers that are a draft are asked again. */
  retries: boolean | "params";
}

/** Draws requests. */
export function drawWorkload(
  random: Random,
  options: { maxAttempts: number; isLong: boolean; isSmall: boolean },
): Workload {
  // What has to queue takes days, and many tries.
  const sizes = options.isLong ? [3, 10, 20] : [3, 10, 25, 60];
  const most = options.isSmall ? 12 : random.pick(sizes);
  const count = random.integer(1, most);
  const models = random.pick([1, 1, 1, 2, 3]);
  const ownIds = random.chance(0.6);
  const failing = random.pick([0, 0.1, 0.4]);
  const retries = random.chance(0.15) ? random.pick([true, "params"]) : false;
  return {
    requests: Array.from({ length: count }, () => ({
      id: ownIds ? `id-${random.integer(1e6, 1e9).toString(36)}` : undefined,
      model: models > 1
        ? `gpt-4o-mini-${random.integer(1, models)}`
        : undefined,
      padding: options.isLong ? " long".repeat(80) : "",
      fate: random.chance(failing)
        ? drawFate(random, options.maxAttempts, retries !== false)
        : undefined,
    })).map((request, index) =>
      request.id ? { ...request, id: `${request.id}-${index}` } : request
    ),
    form: random.pick(["list", "list", "function", "iterable"]),
    retries: retries as Workload["retries"],
  };
}

function drawFate(random: Random, maxAttempts: number, drafts: boolean): Fate {
  const kind = random.pick<Fate["kind"]>([
    "400",
    "429",
    "500",
    "503",
    "request_timeout",
    "expired",
    drafts ? "draft" : "500",
  ]);
  const times = kind === "400"
    ? Infinity
    : random.integer(1, random.chance(0.8) ? maxAttempts : maxAttempts + 2);
  return { kind, times };
}

/** Gives failures the words of other servers: those that pass keep passing, the others stay final. */
export function drawShapes({ requests }: Workload, random: Random): void {
  for (const { fate } of requests) {
    if (!fate || Number.isNaN(Number(fate.kind))) continue;
    const shape = random.pick(Object.keys(SHAPES) as Shape[]);
    // A 200 with nothing in it always passes.
    if (fate.kind === "400" && shape === "hollow") continue;
    fate.shape = shape;
  }
}

/** A way to count tokens, the module's own estimate or another one. */
export function countTokens(rate: number): (text: string) => number {
  return (text) => Math.ceil(text.length / 4 * rate);
}

/** The text of a request: its answer must say the same number. */
export function textOf(index: number, padding: string): string {
  return `question ${index}.${padding}`;
}

/** What the server answers. */
export function answer(
  workload: Workload,
  request: SimulatedRequest,
): SimulatedAnswer {
  const index = Number(/^question (\d+)\./.exec(request.text)?.[1]);
  const fate = workload.requests[index]?.fate;
  if (!fate || request.attempt > fate.times) return `answer ${index}.`;
  const { kind, shape } = fate;
  if (shape) return SHAPES[shape](Number(kind));
  if (kind === "draft") return `draft ${index}.`;
  if (kind === "request_timeout") return { error: kind };
  if (kind === "expired") return { error: "batch_expired" };
  const error = { message: "It failed", type: "server_error", code: null };
  return { status: Number(kind), body: { error } };
}

/** The requests as a process passes them. */
export function inputOf({ requests, form }: Workload): object {
  const list = requests.map(({ id, model, padding }, index) => ({
    ...(id === undefined ? {} : { id }),
    content: textOf(index, padding),
    ...(model === undefined ? {} : { params: { model } }),
  }));
  if (form === "list") return list;
  if (form === "function") {
    return function* () {
      yield* list;
    };
  }
  return (async function* () {
    yield* list;
  })();
}

/** The id of the request at a position. */
export function idAt({ requests }: Workload, index: number): string {
  return requests[index]?.id ?? String(index);
}
