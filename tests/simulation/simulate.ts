/**
 * Runs a scenario to its end on the virtual clock.
 *
 * @module
 */

import {
  createSimulator,
  type Simulator,
  VirtualClock,
} from "../../src/testing/mod.ts";
import { check, type JobBatch, readBatches, type Verdict } from "./check.ts";
import { Coverage } from "./coverage.ts";
import { withSeed } from "./determinism.ts";
import { FaultLayer } from "./faults.ts";
import {
  cleanUp,
  type Delivery,
  isPassing,
  JOB,
  live,
  type World,
} from "./lives.ts";
import { Process } from "./process.ts";
import { Random } from "./random.ts";
import { drawScenario, type Life, type Scenario } from "./scenario.ts";
import { Server } from "./server.ts";
import { answer } from "./workload.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Real time that one seed may take, ms. */
const PATIENCE = 30_000;

/** Processes that may follow those of the scenario. */
const MOST_RESTARTS = 10;

/** Processes that pass the requests. */
const HAVE_INPUT: readonly string[] = ["run", "stream", "submit", "step"];

/** What came of a seed. */
export interface Outcome extends Verdict {
  seed: number;
  /** What it has met. */
  coverage: Coverage;
}

/** Runs a seed. */
export async function simulate(seed: number): Promise<Outcome> {
  const simulation = new Simulation(drawScenario(seed));
  return await withSeed(seed, simulation.clock, () => simulation.run());
}

/** Cancelled batches, seen from outside. */
export interface CancelMoment {
  at: number;
  active: string[];
}

/** One scenario on its way. */
export class Simulation {
  readonly scenario: Scenario;
  readonly clock: VirtualClock = new VirtualClock();
  readonly coverage: Coverage = new Coverage();
  readonly deliveries: Delivery[] = [];
  readonly problems: string[] = [];
  readonly cancels: CancelMoment[] = [];
  cancelCalled = false;
  /** Whether all of the input was uploaded. */
  isWhole = false;
  readonly start: number = this.clock.now();
  readonly sim: Simulator;
  readonly server: Server;
  readonly faults: FaultLayer;
  readonly world: World;
  readonly #random: Random;
  readonly #processes: Process[] = [];
  readonly #end = new AbortController();

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.#random = new Random(scenario.seed + 1e9);
    this.sim = createSimulator({
      seed: scenario.seed,
      clock: this.clock,
      limits: { enqueuedTokens: scenario.enqueuedTokens },
      faults: scenario.batchFaults,
      respond: (request) => this.#respond(request),
    });
    this.server = new Server(
      this.sim,
      this.clock,
      scenario,
      this.#random.fork(),
    );
    this.faults = new FaultLayer(
      this.server.fetch,
      this.clock,
      scenario.faults,
      this.#random.fork(),
      this.coverage,
    );
    const { apiKey, baseURL } = this.sim.options;
    this.world = {
      scenario,
      apiKey,
      baseURL,
      record: undefined,
      status: undefined,
      onCancel: (event) => this.#noteCancel(event),
    };
  }

  /** Runs it. */
  async run(): Promise<Outcome> {
    await this.#inTime(this.#live());
    await this.clock.advance(2 * DAY);
    const batches = await readBatches(this);
    this.isWhole = this.sim.ledger.files.some(({ filename }) =>
      filename.endsWith(".last.jsonl")
    );
    const isStuck = this.problems.some((text) => text.startsWith("stuck"));
    if (this.scenario.cleanup && !isStuck) {
      await this.#inTime(this.#cleanUp(batches));
    }
    const { seed } = this.scenario;
    return { seed, coverage: this.coverage, ...check(this, batches) };
  }

  /** Ends all processes once the work is done, or when it should have been. */
  async #inTime(work: Promise<void>): Promise<void> {
    const timer = new AbortController();
    const end = await Promise.race([
      work,
      this.clock.sleep(this.#longest, timer.signal).then(() => "virtual time"),
      realTime(PATIENCE, timer.signal),
    ]).catch((error) => {
      this.problems.push(`harness: ${error?.stack ?? error}`);
    });
    timer.abort();
    this.#end.abort();
    for (const process of this.#processes) process.kill();
    if (typeof end === "string") this.problems.push(this.#stuck(end));
  }

  /** Whether two processes worked on the job at once. */
  get isShared(): boolean {
    return this.scenario.beside !== undefined;
  }

  async #live(): Promise<void> {
    const { scenario } = this;
    for (const at of scenario.strangerCancels) void this.#strangerCancels(at);
    const [first, ...rest] = scenario.lives as [Life, ...Life[]];
    let isOver = await this.#liveFirst(first);
    for (const life of rest) if (!isOver) isOver = await this.#liveOne(life);
    for (let n = 0; !isOver; n++) {
      if (n === MOST_RESTARTS) {
        return void this.problems.push("stuck: it was restarted for ever");
      }
      isOver = await this.#liveOne(REST);
    }
    if (scenario.again) await this.#liveOne(AGAIN);
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
    const crash = life.crash;
    const process = new Process(
      this.faults.fetch,
      this.clock,
      crash,
      this.coverage,
    );
    this.#processes.push(process);
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
      await Promise.race([
        live(this.world, process, delivery),
        process.died,
      ]);
      if (process.isDead) this.coverage.count("crash");
      return delivery.isComplete;
    } catch (error) {
      await this.#endedWith(error, delivery);
      return false;
    } finally {
      process.kill();
    }
  }

  async #endedWith(error: unknown, { hasInput }: Delivery): Promise<void> {
    const { name, code } = error as { name?: string; code?: string };
    const { noCredit } = this.scenario;
    const now = this.clock.now();
    if (name === "QuotaError" && noCredit) {
      this.coverage.count("quota error");
      return await this.clock.sleep(this.start + noCredit.to - now);
    }
    if (isPassing(error) && now < this.faults.endsAt + HOUR / 4) return;
    const missesInput = name === "JobNotFoundError" ||
      name === "JobIncompleteError";
    if (!hasInput && missesInput) return;
    const stack = (error as Error)?.stack ?? String(error);
    this.problems.push(`error: ${name} (${code}): ${stack}`);
  }

  #respond(request: Parameters<typeof answer>[1]) {
    if (!this.server.hasCredit) {
      this.coverage.count("line without credit");
      const code = "insufficient_quota";
      const error = { message: "You exceeded your quota", type: code, code };
      return { status: 429, body: { error } };
    }
    return answer(this.scenario.workload, request);
  }

  async #strangerCancels(at: number): Promise<void> {
    try {
      await this.clock.sleep(at, this.#end.signal);
    } catch {
      return;
    }
    const active = this.activeBatches();
    if (active.length === 0) return;
    this.coverage.count("cancelled by somebody else");
    const { apiKey, baseURL } = this.sim.options;
    const id = this.#random.pick(active);
    await this.sim.fetch(`${baseURL}/batches/${id}/cancel`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}` },
    });
  }

  /** The batches that run now. */
  activeBatches(): string[] {
    return this.sim.ledger.batches
      .filter(({ status }) =>
        !["completed", "failed", "expired", "cancelled"].includes(status)
      )
      .map(({ id }) => id);
  }

  #noteCancel(event: "called" | "resolved"): void {
    this.cancelCalled = true;
    if (event === "called") return;
    this.coverage.count("cancel");
    this.cancels.push({ at: this.clock.now(), active: this.activeBatches() });
  }

  /** By when a job must have ended, ms from the start. */
  get #longest(): number {
    const { workload, options, lives, oddities, noCredit } = this.scenario;
    const isQueued = this.scenario.enqueuedTokens !== undefined ||
      options.maxActiveBatches !== undefined ||
      options.maxEnqueuedTokens !== undefined;
    const turns = isQueued ? workload.requests.length : 1;
    const disturbed = this.faults.endsAt - this.start +
      (noCredit?.to ?? 0) + oddities.queueFullUntil + oddities.uploadRace +
      lives.reduce((sum, { pause }) => sum + pause, 0);
    // Who has no input leaves what was not uploaded to the next.
    const passes = lives.some(({ kind }) => !HAVE_INPUT.includes(kind)) ? 2 : 1;
    const rounds = passes * options.maxAttempts + (noCredit ? 1 : 0);
    return Math.min(disturbed + rounds * turns * 25 * HOUR + DAY, 25 * DAY);
  }

  #stuck(kind: string): string {
    const hours = (this.clock.now() - this.start) / HOUR;
    return `stuck: no end in ${kind} after ${hours.toFixed(1)} h, status ${
      JSON.stringify(this.world.status)
    }`;
  }

  /** Deletes the files, through new faults if it is to. */
  async #cleanUp(batches: readonly JobBatch[]): Promise<void> {
    const now = this.clock.now() - this.start;
    const share = this.scenario.cleanup?.faults ? 0.3 : 0;
    this.faults.schedule = { share, ...CLEANING, until: now + HOUR };
    const results = batches.flatMap(({ wire }) => [
      wire.output_file_id,
      wire.error_file_id,
    ]);
    const end = this.clock.now() + DAY;
    while (this.clock.now() < end) {
      const { fetch } = this.faults;
      const process = new Process(fetch, this.clock, undefined, this.coverage);
      this.#processes.push(process);
      try {
        await cleanUp(this.world, process);
        break;
      } catch (error) {
        if (!isPassing(error)) return this.#noteLeftovers(error);
        await this.clock.sleep(HOUR / 2);
      }
    }
    const left = this.sim.ledger.files.filter(({ id, filename }) =>
      filename.startsWith(`${JOB}.v1.`) || results.includes(id)
    );
    if (left.length > 0) {
      const names = left.map(({ filename }) => filename).join(", ");
      this.problems.push(`cleanup left ${names}`);
    }
  }

  /** A job that never got to OpenAI, or of which all is gone, has nothing to clean up. */
  #noteLeftovers(error: unknown): void {
    const { name } = error as Error;
    if (name === "JobNotFoundError" || name === "JobExpiredError") return;
    this.problems.push(`cleanup: ${(error as Error).stack}`);
  }
}

const CLEANING = { call: undefined, outage: undefined };

const REST: Life = {
  kind: "run",
  crash: undefined,
  pause: 0,
  fromRecord: false,
  maxCalls: Infinity,
  cancelAfter: undefined,
};

const AGAIN: Life = { ...REST, pause: HOUR };

function realTime(ms: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("real time"), ms);
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
}
