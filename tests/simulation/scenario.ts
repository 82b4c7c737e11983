/**
 * What a seed stands for: a workload, a server, faults, and the processes that
 * work on the job one after the other. Plain data, drawn before anything runs.
 *
 * @module
 */

import { drawShapes, drawWorkload, type Workload } from "./workload.ts";
import { Random } from "./random.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** When the virtual clock begins. */
const START = Date.UTC(2026, 0, 1);

/** How long the client waits for lists to catch up. */
export const SETTLE_TIME: number = 30 * SECOND;

/** How a server differs from the simulator. */
export interface Oddities {
  /** Ms for which a new file or batch does not show in lists. */
  lag: number;
  /** Drops the metadata of batches. */
  noMetadata: boolean;
  /** Statuses in capitals, and one of its own. */
  capitals: boolean;
  /** Dates as text. */
  isoDates: boolean;
  /** What stands where a file id is missing. */
  noFileId: unknown;
  /** No request_counts. */
  noCounts: boolean;
  /** Does not hand out input files. */
  keepsInput: boolean;
  /** Output lines out of order, repeated, and of strangers. */
  messyLines: boolean;
  /** Ms for which a new file is not found by new batches. */
  uploadRace: number;
  /** Until when, in ms from the start, somebody else fills the queue. */
  queueFullUntil: number;
  /** Until when others use the queue too, and how often they leave no room. */
  queueShared: { until: number; share: number };
  /** Others have so many batches that the first page has none of the job's. */
  crowded: boolean;
  /** The longest page that it gives: a longer one is refused. */
  longestPage: number | undefined;
  /** What it makes of a cursor: it ignores it at times, shows its item again, or has that deleted at times. */
  cursors: "ignored" | "repeated" | "deleted" | undefined;
  /** Its lists show each batch for ever as it was first, or leave the files out. */
  lists: "frozen" | "without files" | undefined;
  /** Ms for which a new batch is not known by its id. */
  unknownFor: number;
  /** Says 410 for 404. */
  says410: boolean;
  /** After so many answers one has a `Date` 11 minutes ahead. */
  wrongDateEvery: number | undefined;
  /** Ms after its end in which a first batch shows no files. */
  filesLate: number;
  /** The errors of a batch are a list, or a single entry. */
  errorsAs: "list" | "entry" | undefined;
  /** Others have files whose names look like the job's. */
  foreignNames: boolean;
  /** Hands out the JSON of input files written anew. */
  rewritesInput: boolean;
  /** Hands out a login page for input files; together with `keepsInput`. */
  inputIsLogin: boolean;
  /** Says more bytes of result files than they have. */
  wrongBytes: boolean;
}

/** Which HTTP calls go wrong. */
export interface FaultSchedule {
  /** The share of calls. */
  share: number;
  /** The only call it strikes, if there is one. */
  call: string | undefined;
  /** When it stops, ms from the start. */
  until: number;
  /** A time in which nothing gets through, ms from the start. */
  outage: { from: number; to: number } | undefined;
}

/** When a process drops dead. */
export interface Crash {
  /** Counts only these calls, if given. */
  call: string | undefined;
  /** The number of the call, from 1. */
  nth: number;
  /** Whether the call still takes effect. */
  after: boolean;
}

/** What a process does. */
export type LifeKind =
  | "run"
  | "stream"
  | "submit"
  | "step"
  | "attach"
  | "parts"
  | "cron";

/** One process. */
export interface Life {
  kind: LifeKind;
  crash: Crash | undefined;
  /** Ms between the end of the one before and its start. */
  pause: number;
  /** Whether it attaches from the last record, if there is one. */
  fromRecord: boolean;
  /** HTTP calls that one step may make. */
  maxCalls: number;
  /** Ms from its start after which it cancels the job. */
  cancelAfter: number | undefined;
  /** Whether it watches the job while it reads it. */
  isWatched: boolean;
  /** How many pairs of metadata it gives, all of its own. */
  pairs: number | undefined;
  /** How many tokens it counts for four characters; undefined for the module's estimate. */
  tokenRate: number | undefined;
}

/** Everything that a seed decides. */
export interface Scenario {
  seed: number;
  workload: Workload;
  oddities: Oddities;
  faults: FaultSchedule;
  /** Shares of batches, for the simulator. */
  batchFaults: Record<string, number>;
  /** Tokens that fit into the queue. */
  enqueuedTokens: number | undefined;
  /** How many tokens the server counts for four characters. */
  tokenRate: number;
  /** When there is no credit, ms from the start. */
  noCredit: { from: number; to: number } | undefined;
  /** When somebody cancels one of the batches, ms from the start. */
  strangerCancels: number[];
  /** What the processes pass as options. */
  options: {
    batchSize: number;
    maxBytes: number | undefined;
    maxAttempts: number;
    pollInterval: number | undefined;
    deadline: number | Date | undefined;
    batchTimeout: number | undefined;
    maxActiveBatches: number | undefined;
    maxEnqueuedTokens: number | undefined;
    atDeadline: "fail" | "direct";
  };
  /** By how much the clocks of the processes are ahead of the server's, ms. */
  skew: number;
  /** The processes, one after the other. The last one does not crash. */
  lives: Life[];
  /** A process beside the first one, and how much later it starts. */
  beside: { life: Life; delay: number } | undefined;
  /** Whether the script is run once more at the end. */
  again: boolean;
  /** Whether the files are deleted at the end, and whether calls fail meanwhile. */
  cleanup: { faults: boolean } | undefined;
}

/** Draws a scenario. */
export function drawScenario(seed: number): Scenario {
  const random = new Random(seed);
  // What was thought of later leaves the rest of a seed as it was.
  const late = new Random(seed + 2e9);
  const isQueueSmall = random.chance(0.26);
  const batchSize = random.integer(1, 10);
  const maxAttempts = random.integer(1, 4);
  const workload = drawWorkload(random.fork(), {
    maxAttempts,
    isLong: isQueueSmall,
    isSmall: isQueueSmall && batchSize < 3,
  });
  const oddities = drawOddities(random.fork());
  const lives = drawLives(random.fork());
  for (const life of lives) life.isWatched = late.chance(0.2);
  const beside = random.chance(0.12) ? drawBeside(random.fork()) : undefined;
  const faults = drawFaults(random.fork());
  // Else these faults would have nothing to strike.
  const mustCancel = faults.call === "batches.cancel";
  if (mustCancel) faults.share = 0.4;
  if (mustCancel) cancelIn(random.pick(lives), random.integer(MINUTE, HOUR));
  else if (random.chance(0.1)) cancelIn(random.pick(lives), drawTime(random));
  const scenario: Scenario = {
    seed,
    workload,
    oddities,
    faults,
    batchFaults: drawBatchFaults(random.fork()),
    enqueuedTokens: isQueueSmall ? random.integer(350, 900) : undefined,
    tokenRate: 1,
    noCredit: random.chance(0.18) ? drawSpan(random, 2, 8) : undefined,
    strangerCancels: random.chance(0.1)
      ? Array.from(
        { length: random.integer(1, 3) },
        () => random.integer(MINUTE, 6 * HOUR),
      )
      : [],
    options: {
      batchSize,
      maxBytes: random.chance(0.2) ? random.integer(400, 3_000) : undefined,
      maxAttempts,
      pollInterval: random.chance(0.06)
        ? undefined
        : random.integer(5, 40) * MINUTE,
      deadline: random.chance(0.2)
        ? random.integer(MINUTE, random.pick([1, 3, 30]) * HOUR)
        : undefined,
      batchTimeout: random.chance(0.08)
        ? random.integer(10 * MINUTE, 20 * HOUR)
        : undefined,
      // One batch after the other, each a day long, must not outlive their files.
      maxActiveBatches: random.chance(0.1)
        ? random.integer(1, 4) * (batchSize < 4 ? 4 : 1)
        : undefined,
      maxEnqueuedTokens: random.chance(0.1)
        ? random.integer(50, 1_000)
        : undefined,
      atDeadline: late.pick(["fail", "direct"]),
    },
    skew: late.chance(0.15) ? late.pick([-20, -2, 2, 20]) * MINUTE : 0,
    lives,
    beside,
    again: random.chance(0.3),
    cleanup: random.chance(0.2) ? { faults: random.chance(0.7) } : undefined,
  };
  const latest = new Random(seed + 3e9);
  if (latest.chance(0.02)) crashAtDeadline(scenario, latest);
  distrust(scenario, new Random(seed + 4e9));
  drawOddAnswers(scenario, new Random(seed + 5e9));
  if (isQueueSmall) drawQueue(scenario, new Random(seed + 6e9));
  if (isQueueSmall) drawNamedLines(scenario, new Random(seed + 7e9));
  return scenario;
}

/** What a server's answers are not to be trusted in. */
function distrust(scenario: Scenario, random: Random): void {
  const { oddities, options, batchFaults, lives, beside } = scenario;
  if (random.chance(0.06)) oddities.longestPage = random.integer(3, 20);
  if (random.chance(0.06)) {
    oddities.cursors = random.pick(["ignored", "repeated", "deleted"]);
  }
  const { cursors } = oddities;
  if (cursors) oddities.longestPage = random.integer(3, 8);
  // Twins are seen where a page shows many.
  if (beside && oddities.longestPage) oddities.longestPage += 40;
  if (random.chance(0.05)) {
    oddities.lists = random.pick(["frozen", "without files"]);
  }
  if (random.chance(0.05)) oddities.unknownFor = random.integer(2, 25) * SECOND;
  oddities.says410 = random.chance(0.05);
  if (random.chance(0.1)) {
    oddities.wrongDateEvery = random.integer(8, 20);
    if (random.chance(0.7)) batchFaults.late_files = 1;
  }
  if (random.chance(0.07)) {
    oddities.filesLate = random.integer(15, 20) * MINUTE;
    options.pollInterval = random.integer(2, 20) * MINUTE;
    scenario.again = true;
    if (options.maxAttempts < 2) options.maxAttempts = 2;
  }
  if (random.chance(0.2)) oddities.errorsAs = random.pick(["list", "entry"]);
  oddities.foreignNames = random.chance(0.04);
  oddities.rewritesInput = random.chance(0.06);
  oddities.inputIsLogin = random.chance(0.5);
  if (random.chance(0.04)) {
    oddities.wrongBytes = true;
    batchFaults.missing_lines ??= 0.3;
  }
  if (random.chance(0.06)) {
    const call = random.pick(["batches.cancel", "files.retrieve"]);
    scenario.faults = { share: 0.6, call, until: 30 * HOUR, outage: undefined };
    batchFaults.missing_lines ??= 0.3;
    if (call === "batches.cancel") cancelIn(random.pick(lives), HOUR);
  }
  const all = beside ? [...lives, beside.life] : lives;
  // Whoever begins anew at each step retrieves everything: few calls get nowhere.
  if (oddities.lists) { for (const life of all) life.maxCalls = Infinity; }
  // Refusals that each process has to find out one by one tell each another story of the queue.
  if (oddities.lists === "frozen") oddities.queueFullUntil = 0;
  // Files whose sizes are wrong are read three times, and each wake-up reads them anew: few calls never get through the twins of a part.
  if (oddities.wrongBytes) { for (const life of all) life.maxCalls = Infinity; }
  if (!random.chance(0.1)) return;
  for (const life of all) {
    life.pairs = random.pick([undefined, random.integer(0, 15), 15]);
  }
}

/** Servers of other kinds: result lines in their words, and batches that are refused as a whole. */
function drawOddAnswers(scenario: Scenario, random: Random): void {
  const { workload, batchFaults } = scenario;
  if (random.chance(0.45)) drawShapes(workload, random);
  if (random.chance(0.15)) batchFaults.string_bodies = 1;
  if (random.chance(0.15)) batchFaults.errors_first = random.pick([0.3, 1]);
  if (random.chance(0.1)) batchFaults.internal_error = random.pick([0.1, 0.4]);
  if (random.chance(0.1)) batchFaults.named_lines = random.pick([0.05, 0.2]);
  if (!random.chance(0.075)) return;
  batchFaults.billing_hard_limit_reached = random.pick([0.05, 0.2]);
}

/** Nobody counts tokens alike, and a queue may be used by others. */
function drawQueue(scenario: Scenario, random: Random): void {
  const { lives, oddities, options } = scenario;
  const draw = () => random.integer(75, 125) / 100;
  if (random.chance(0.3)) {
    Object.assign(options, { batchSize: 10, maxBytes: undefined });
    if (random.chance(0.5)) drawOtherSlices(scenario, random);
  }
  const { beside } = scenario;
  if (random.chance(0.6)) scenario.tokenRate = draw();
  for (const life of beside ? [...lives, beside.life] : lives) {
    if (random.chance(0.6)) life.tokenRate ??= draw();
  }
  if (!random.chance(0.25)) return;
  const until = random.integer(1, 10) * HOUR;
  oddities.queueShared = { until, share: random.pick([0.3, 0.7]) };
}

/** Lines that are named, of parts that do not fit the queue. */
function drawNamedLines({ batchFaults }: Scenario, random: Random): void {
  if (random.chance(0.2)) batchFaults.named_lines ??= random.pick([0.05, 0.2]);
}

/** Two processes at the same time, which cut a part in different ways. */
function drawOtherSlices(scenario: Scenario, random: Random): void {
  const { lives, oddities, options, workload } = scenario;
  const { requests } = workload;
  workload.requests = Array.from(
    { length: random.integer(14, 24) },
    (_, i) => ({
      ...(requests[i] ?? { ...requests[0]!, fate: undefined }),
      id: requests[0]!.id && `id-${i}`,
      model: undefined,
    }),
  );
  // Slices of both have room at the same time, and none takes a day.
  scenario.enqueuedTokens = 1_100;
  delete scenario.batchFaults.expired;
  Object.assign(options, {
    batchSize: 25,
    maxEnqueuedTokens: undefined,
    maxActiveBatches: undefined,
    // Both see at the same time what is refused.
    pollInterval: undefined,
  });
  Object.assign(lives[0]!, { kind: "run", crash: undefined, tokenRate: 2 });
  const life = { ...drawLife(random.fork(), 0), tokenRate: 3 };
  life.kind = random.pick(["run", "stream", "submit"]);
  scenario.beside = { life, delay: random.integer(0, SECOND) };
  if (random.chance(0.5)) {
    oddities.lag = random.integer(10 * SECOND, SETTLE_TIME);
  }
}

/** The deadline passes while a batch of a dead process is not listed yet. */
function crashAtDeadline(scenario: Scenario, random: Random): void {
  const { lives, oddities, options, workload } = scenario;
  const [first] = workload.requests;
  // One part: else the last process would find the input incomplete.
  workload.requests = workload.requests.slice(0, options.batchSize)
    .map((request) => ({ ...request, model: first!.model }));
  options.maxBytes = undefined;
  // The first one leaves a file that all can see, the second one a batch.
  const crash: Crash = { call: "batches.create", nth: 1, after: false };
  Object.assign(lives[0]!, { crash, pause: 0 });
  const second: LifeKind = random.pick(["run", "stream", "submit"]);
  lives[1] = {
    ...drawLife(random.fork(), 0),
    kind: second,
    pause: 0,
    crash: { ...crash, after: true },
  };
  const third: LifeKind = random.pick(["attach", "parts", "cron"]);
  const pause = random.integer(0, 10 * SECOND);
  lives[2] = { ...drawLife(random.fork(), 0), kind: third, pause };
  // Each one with the input waits for so long before it sends anything.
  const sent = START + 2 * SETTLE_TIME;
  options.deadline = new Date(sent + random.integer(0, 10 * SECOND));
  options.atDeadline = "fail";
  oddities.lag = random.integer(20 * SECOND, SETTLE_TIME - 500);
  scenario.skew = 0;
}

function drawOddities(random: Random): Oddities {
  const odd = random.chance(0.4) ? 0.35 : 0;
  return {
    lag: drawLag(random),
    noMetadata: random.chance(odd),
    capitals: random.chance(odd),
    isoDates: random.chance(odd),
    noFileId: random.chance(odd) ? random.pick(["", {}, undefined]) : null,
    noCounts: random.chance(odd),
    keepsInput: random.chance(odd / 2),
    messyLines: random.chance(odd),
    uploadRace: random.chance(odd / 2) ? random.integer(1, 30) * MINUTE : 0,
    queueFullUntil: random.chance(0.06) ? random.integer(1, 10) * HOUR : 0,
    queueShared: { until: 0, share: 0 },
    crowded: random.chance(0.1),
    longestPage: undefined,
    cursors: undefined,
    lists: undefined,
    unknownFor: 0,
    says410: false,
    wrongDateEvery: undefined,
    filesLate: 0,
    errorsAs: undefined,
    foreignNames: false,
    rewritesInput: false,
    inputIsLogin: false,
    wrongBytes: false,
  };
}

/** Half a second below `settleTime` at the most: what a dead process has sent takes time too. */
function drawLag(random: Random): number {
  const kind = random.next();
  if (kind < 0.4) return 0;
  if (kind < 0.9) return random.integer(SECOND, SETTLE_TIME - 500);
  return random.integer(SETTLE_TIME + SECOND, 3 * MINUTE);
}

function drawFaults(random: Random): FaultSchedule {
  const isCalm = random.chance(0.3);
  const call = random.chance(0.45) ? random.pick(CALLS) : undefined;
  return {
    share: isCalm ? 0 : random.pick([0.03, 0.1, 0.25, 0.4]),
    call,
    until: random.pick(
      call ? [6 * HOUR, 30 * HOUR] : [MINUTE, HOUR, 6 * HOUR, 30 * HOUR],
    ),
    outage: random.chance(0.05) ? drawSpan(random, 3, 3) : undefined,
  };
}

/** Rare ones more often. */
const CALLS: readonly string[] = [
  "files.create",
  "files.list",
  "files.retrieve",
  "files.content",
  "batches.create",
  "batches.create",
  "batches.list",
  "batches.retrieve",
  "batches.retrieve",
  "batches.cancel",
  "batches.cancel",
  "batches.cancel",
  "batches.cancel",
];

function drawSpan(random: Random, latest: number, longest: number) {
  const from = random.integer(0, latest * HOUR);
  return { from, to: from + random.integer(MINUTE, longest * HOUR) };
}

function drawBatchFaults(random: Random): Record<string, number> {
  const share = () => random.pick([0.1, 0.3, 1]);
  const faults: Record<string, number> = {};
  if (random.chance(0.2)) faults.expired = share();
  if (random.chance(0.2)) faults.late_files = share();
  if (random.chance(0.15)) faults.missing_lines = share();
  if (random.chance(0.15)) faults.empty_error_file = share();
  return faults;
}

/** All but the last one drop dead, unless they are done before. */
function drawLives(random: Random): Life[] {
  const crashes = random.pick([0, 0, 1, 1, 2, 4]);
  const lives = Array.from(
    { length: crashes + 1 },
    (_, number) => drawLife(random.fork(), number < crashes ? 1 : 0),
  );
  for (const [i, { crash }] of lives.slice(0, -1).entries()) {
    // A step right behind it can't see what was created.
    if (crash?.call !== "batches.create" || random.chance(0.6)) continue;
    Object.assign(lives[i + 1]!, { kind: "cron", pause: 0, fromRecord: false });
  }
  // There is nothing to attach to yet.
  lives[0]!.kind = random.pick(["run", "run", "stream", "submit", "step"]);
  return lives;
}

function drawBeside(random: Random): Scenario["beside"] {
  const life = drawLife(random, 0.4);
  if (random.chance(0.15)) cancelIn(life, drawTime(random));
  return { life, delay: random.pick([0, 1_000, random.integer(0, 2 * HOUR)]) };
}

/** A process that still has a job in its hand after a while, to cancel it. */
function cancelIn(life: Life, time: number): void {
  life.cancelAfter = time;
  if (life.kind === "run" || life.kind === "stream") life.kind = "submit";
}

function drawTime(random: Random): number {
  return random.pick([
    0,
    random.integer(0, 10 * MINUTE),
    random.integer(0, 30 * HOUR),
  ]);
}

function drawLife(random: Random, crashes: number): Life {
  return {
    kind: random.pick<LifeKind>([
      "run",
      "run",
      "stream",
      "submit",
      "step",
      "attach",
      "parts",
      "cron",
    ]),
    crash: random.chance(crashes) ? drawCrash(random) : undefined,
    pause: random.pick([
      0,
      0,
      random.integer(0, MINUTE),
      random.integer(0, 3 * HOUR),
    ]),
    fromRecord: random.chance(0.5),
    maxCalls: random.chance(0.3) ? random.integer(12, 30) : Infinity,
    cancelAfter: undefined,
    isWatched: false,
    pairs: undefined,
    tokenRate: undefined,
  };
}

function drawCrash(random: Random): Crash {
  const after = random.chance(0.5);
  if (random.chance(0.35)) {
    const nth = random.integer(1, 4);
    return { call: "batches.create", nth, after: random.chance(0.8) };
  }
  if (random.chance(0.2)) {
    return { call: random.pick(CALLS), nth: random.integer(1, 4), after };
  }
  const nth = random.integer(1, random.pick([8, 40, 200]));
  return { call: undefined, nth, after };
}
