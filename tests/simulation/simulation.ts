/**
 * One scenario on its way: its server, its faults, and its processes, one
 * after the other.
 *
 * @module
 */

import {
  createSimulator,
  type SimulatedAnswer,
  type SimulatedRequest,
  type Simulator,
  VirtualClock,
} from "../../src/testing/mod.ts";
import { Coverage } from "./coverage.ts";
import { FaultLayer } from "./faults.ts";
import { type Delivery, isPassing, live, type World } from "./lives.ts";
import { Process } from "./process.ts";
import { Random } from "./random.ts";
import type { Crash, Life, Scenario } from "./scenario.ts";
import { Server } from "./server.ts";
import { answer, countTokens } from "./workload.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Real time that the work may take, ms; a slow machine with much else to do needs some. */
const PATIENCE = 300_000;

/** Processes that may follow those of the scenario. */
const MOST_RESTARTS = 10;

/** Processes that pass the requests. */
const HAVE_INPUT: readonly string[] = ["run", "stream", "submit", "step"];

const ENDED: readonly string[] = [
  "completed",
  "failed",
  "expired",
  "cancelled",
];

/** The script, run once more. */
const RUN: Life = {
  kind: "run",
  crash: undefined,
  pause: 0,
  fromRecord: false,
  maxCalls: Infinity,
  cancelAfter: undefined,
  isWatched: false,
  pairs: undefined,
  tokenRate: undefined,
};

/** One scenario. */
export class Simulation {
  readonly scenario: Scenario;
  readonly clock: VirtualClock = new VirtualClock();
  readonly coverage: Coverage = new Coverage();
  readonly sim: Simulator;
  readonly server: Server;
  readonly faults: FaultLayer;
  readonly world: World;
  /** When it began, ms. */
  readonly start: number = this.clock.now();
  /** What each process got. */
  readonly deliveries: Delivery[] = [];
  /** What went wrong on the way. */
  readonly problems: string[] = [];
  /** When `cancel()` resolved, and how many batches were active then. */
  readonly cancels: { at: number; active: number }[] = [];
  cancelCalled = false;
  readonly #random: Random;
  readonly #processes: Process[] = [];
  readonly #end = new AbortController();

  constructor(scenario: Scenario) {
    const { seed, enqueuedTokens, batchFaults, tokenRate } = scenario;
    const { clock } = this;
    this.scenario = scenario;
    this.#random = new Random(seed + 1e9);
    this.sim = createSimulator({
      seed,
      clock,
      limits: { enqueuedTokens, countTokens: countTokens(tokenRate) },
      faults: batchFaults,
      respond: (request) => this.#respond(request),
    });
    this.server = new Server(
      this.sim,
      clock,
      scenario,
      this.#random.fork(),
      this.coverage,
    );
    this.faults = new FaultLayer(
      this.server.fetch,
      clock,
      scenario.faults,
      this.#random.fork(),
      this.coverage,
    );
    this.world = {
      scenario,
      apiKey: this.sim.options.apiKey,
      baseURL: this.sim.options.baseURL,
      record: undefined,
      status: undefined,
      onCancel: (event) => this.#noteCancel(event),
    };
  }

  /** Lets every process of the scenario live, and more if they leave the job undone. */
  async live(): Promise<void> {
    const { lives, strangerCancels, again } = this.scenario;
    for (const at of strangerCancels) void this.#strangerCancels(at);
    const [first, ...rest] = lives as [Life, ...Life[]];
    let isOver = await this.#liveFirst(first);
    for (const life of rest) if (!isOver) isOver = await this.#liveOne(life);
    for (let n = 0; !isOver; n++) {
      if (n === MOST_RESTARTS) {
        return void this.problems.push("stuck: it was restarted for ever");
      }
      isOver = await this.#liveOne(RUN);
    }
    if (again) await this.#liveOne({ ...RUN, pause: HOUR });
  }

  /** Waits for work, ends all processes then, and notes it if the work takes too long. */
  async inTime(work: Promise<unknown>): Promise<void> {
    const timer = new AbortController();
    const end = await Promise.race([
      work.then(() => undefined),
      this.clock.sleep(this.#longest, timer.signal).then(() => "virtual"),
      realTime(PATIENCE, timer.signal),
    ]);
    timer.abort();
    this.#end.abort();
    for (const process of this.#processes) process.kill();
    if (end === undefined) return;
    const hours = ((this.clock.now() - this.start) / HOUR).toFixed(1);
    const status = JSON.stringify(this.world.status);
    const text = `no end in ${end} time after ${hours} h, status ${status}`;
    this.problems.push(`stuck: ${text}`);
  }

  /** Starts a process. */
  startProcess(crash?: Crash): Process {
    const { faults, clock, coverage } = this;
    const process = new Process(faults.fetch, clock, crash, coverage);
    this.#processes.push(process);
    return process;
  }

  /** The first process has company, at times. */
  async #liveFirst(first: Life): Promise<boolean> {
    const { beside } = this.scenario;
    if (!beside) return await this.#liveOne(first);
    this.coverage.count("two live processes");
    const late = this.clock.sleep(beside.delay)
      .then(() => this.#liveOne(beside.life));
    const [isOver] = await Promise.all([this.#liveOne(first), late]);
    return isOver;
  }

  /** Lives one life; true if it delivered everything. */
  async #liveOne(life: Life): Promise<boolean> {
    await this.clock.sleep(life.pause, this.#end.signal);
    const process = this.startProcess(life.crash);
    const delivery: Delivery = {
      life,
      startedAt: this.clock.now(),
      results: [],
      isComplete: false,
      hasInput: HAVE_INPUT.includes(life.kind),
      usage: undefined,
    };
    this.deliveries.push(delivery);
    this.coverage.count(`process: ${life.kind}`);
    try {
      await Promise.race([live(this.world, process, delivery), process.died]);
      if (process.isDead) this.coverage.count("crash");
    } catch (error) {
      await this.#endWith(error, delivery);
    }
    process.kill();
    return delivery.isComplete;
  }

  /** Sorts out the errors that a process may end with. */
  async #endWith(error: unknown, { hasInput }: Delivery): Promise<void> {
    const { name, stack } = error as Error;
    const { noCredit, batchFaults } = this.scenario;
    const now = this.clock.now();
    if (name === "QuotaError" && noCredit) {
      this.coverage.count("quota error");
      return await this.clock.sleep(this.start + noCredit.to - now);
    }
    if (name === "QuotaError" && batchFaults.billing_hard_limit_reached) {
      this.coverage.count("batch without credit");
      return await this.clock.sleep(HOUR, this.#end.signal);
    }
    if (isPassing(error) && now < this.faults.endsAt + HOUR / 4) {
      // A network that was never there is given up within a minute.
      return await this.clock.sleep(HOUR / 2, this.#end.signal);
    }
    const missesInput = name === "JobNotFoundError" ||
      name === "JobIncompleteError";
    if (missesInput && !hasInput) return;
    this.problems.push(`error: ${name}: ${stack}`);
  }

  #respond(request: SimulatedRequest): SimulatedAnswer {
    if (this.server.hasCredit) return answer(this.scenario.workload, request);
    this.coverage.count("line without credit");
    const code = "insufficient_quota";
    const error = { message: "You exceeded your quota", type: code, code };
    return { status: 429, body: { error } };
  }

  async #strangerCancels(at: number): Promise<void> {
    const isOver = await this.clock.sleep(at, this.#end.signal)
      .then(() => false, () => true);
    const active = this.#active;
    if (isOver || active.length === 0) return;
    this.coverage.count("cancelled by somebody else");
    const { apiKey, baseURL } = this.sim.options;
    const id = this.#random.pick(active);
    await this.sim.fetch(`${baseURL}/batches/${id}/cancel`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}` },
    });
  }

  /** The batches that run now. */
  get #active(): string[] {
    const { batches } = this.sim.ledger;
    return batches.filter(({ status }) => !ENDED.includes(status))
      .map(({ id }) => id);
  }

  #noteCancel(event: "called" | "resolved"): void {
    this.cancelCalled = true;
    if (event === "called") return;
    this.coverage.count("cancel");
    this.cancels.push({ at: this.clock.now(), active: this.#active.length });
  }

  /** How long a job may take, ms. */
  get #longest(): number {
    const { workload, options, lives, oddities } = this.scenario;
    const { noCredit, enqueuedTokens, batchFaults } = this.scenario;
    const isQueued = enqueuedTokens !== undefined ||
      options.maxActiveBatches !== undefined ||
      options.maxEnqueuedTokens !== undefined;
    const turns = isQueued ? workload.requests.length : 1;
    const pauses = lives.reduce((sum, { pause }) => sum + pause, 0);
    const disturbed = this.faults.endsAt - this.start + pauses +
      (noCredit?.to ?? 0) + oddities.queueFullUntil + oddities.uploadRace;
    // Who has no input leaves what was not uploaded to the next.
    const passes = lives.some(({ kind }) => !HAVE_INPUT.includes(kind)) ? 2 : 1;
    // Each batch that is refused for want of credit waits until all others have ended.
    const isBroke = noCredit || batchFaults.billing_hard_limit_reached;
    const rounds = passes * options.maxAttempts + (isBroke ? 6 : 0);
    return Math.min(disturbed + rounds * turns * 25 * HOUR + DAY, 25 * DAY);
  }
}

function realTime(ms: number, signal: AbortSignal): Promise<"real"> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("real"), ms);
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
}
