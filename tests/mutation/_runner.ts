/**
 * Processes that run tests, and what is known of each test: how long it takes,
 * and which mutants it reaches.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Copy, Mutant } from "./_mutants.ts";
import type { Verdict } from "./_table.ts";
import type { Order, Report } from "./_worker.ts";

/** What a process says once it has loaded the tests. */
interface Loaded {
  tests: string[];
  /** The mutants that are reached while files are loaded. */
  atLoad: string[];
}

/** What is known of a test. */
interface Known {
  ms: number;
  covered: ReadonlySet<string>;
}

/** How long a test may take that a mutant makes slow, ms. */
function limitOf({ ms }: Known): number {
  return Math.max(5_000, ms * 10);
}

/** A test that takes longer, ms, is not asked. */
const SLOW = 10_000;

/** Ms of tests that a mutant gets, the quickest first. */
const BUDGET = 30_000;

/** Ms until a process that says nothing is given up. */
const LOADING = 60_000;
const SLACK = 5_000;

/** A process with all tests. */
class Child {
  readonly #process: ChildProcess;
  readonly #messages: unknown[] = [];
  #wake = (): void => {};

  constructor(path: string, mutant?: string, ...flags: string[]) {
    const hooks = new URL("_hooks.ts", import.meta.url).href;
    const file = fileURLToPath(new URL("_worker.ts", import.meta.url));
    const env = { ...process.env, NO_COLOR: "1" };
    if (mutant) Object.assign(env, { __STRYKER_ACTIVE_MUTANT__: mutant });
    this.#process = spawn(
      process.execPath,
      ["--import", hooks, file, ...flags],
      {
        cwd: path,
        env,
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      },
    );
    this.#process.on("message", (message) => this.#tell(message));
    this.#process.on("exit", () => this.#tell(undefined));
  }

  #tell(message: unknown): void {
    this.#messages.push(message);
    this.#wake();
  }

  /** The next message; undefined if none came in time, or never will. */
  async next<T>(ms: number): Promise<T | undefined> {
    if (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#messages.shift() as T | undefined;
  }

  /** What comes of each test. Ends early where the process does. */
  async *run(order: Order): AsyncGenerator<Report> {
    this.#process.send(order);
    // Whichever test it is that never ends, the longest limit is enough.
    const limit = Math.max(...order.tests.map(({ limit }) => limit));
    for (;;) {
      const message = await this.next<Report & { isDone?: boolean }>(
        2 * limit + SLACK,
      );
      if (message?.isDone) return;
      if (message) yield message;
      else {
        this.kill();
        yield { test: "", ms: 0, error: "hangs", hangs: true, covered: [] };
        return;
      }
    }
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}

/** Judges one mutant after the other. */
export class Runner {
  readonly #copy: Copy;
  readonly #known: ReadonlyMap<string, Known>;
  readonly #atLoad: ReadonlySet<string>;
  #child: Child | undefined;

  private constructor(
    copy: Copy,
    known: ReadonlyMap<string, Known>,
    atLoad: ReadonlySet<string>,
  ) {
    this.#copy = copy;
    this.#known = known;
    this.#atLoad = atLoad;
  }

  /** Runs each test once without a mutant. */
  static async open(copy: Copy): Promise<Runner> {
    const child = new Child(copy.path, undefined, "--count");
    const loaded = await child.next<Loaded>(LOADING);
    if (!loaded) throw new Error("The tests could not be loaded");
    const known = new Map<string, Known>();
    const tests = loaded.tests.map((id) => ({ id, limit: 20_000 }));
    for await (const report of child.run({ tests })) {
      const { test, ms, error, covered } = report;
      // Where files are others or a port is taken, a test may not be possible.
      if (error) process.stdout.write(`left out: ${test}: ${error}\n`);
      else if (ms < SLOW) known.set(test, { ms, covered: new Set(covered) });
    }
    child.kill();
    process.stdout.write(`${known.size} tests\n`);
    return new Runner(copy, known, new Set(loaded.atLoad));
  }

  /** Another one that knows as much, with a process of its own. */
  fork(): Runner {
    return new Runner(this.#copy, this.#known, this.#atLoad);
  }

  /** Sees whether any test notices a mutant. */
  async judge(mutant: Mutant): Promise<Verdict> {
    const tests = this.#testsOf(mutant);
    if (tests.length === 0) {
      return { mutant, isCaught: false, why: "reached by no test" };
    }
    if (this.#atLoad.has(mutant.id)) return await this.#judgeAlone(mutant);
    for (let hasBeenFresh = false;;) {
      const isFresh = this.#child === undefined;
      this.#child ??= await this.#open();
      const report = await this.#run(this.#child, { mutant: mutant.id, tests });
      if (report?.hangs) this.close();
      if (!report?.isSpoilt || isFresh || hasBeenFresh) {
        // What is kept for the life of a process may hide a mutant.
        if (!report && !isFresh) return await this.#judgeAlone(mutant);
        return this.#verdict(mutant, tests.length, report);
      }
      this.close();
      hasBeenFresh = true;
    }
  }

  /** What has its effect while files are loaded needs a process of its own. */
  async #judgeAlone(mutant: Mutant): Promise<Verdict> {
    const tests = this.#testsOf(mutant);
    const child = new Child(this.#copy.path, mutant.id);
    const loaded = await child.next<Loaded>(LOADING);
    const report = loaded && await this.#run(child, { tests });
    child.kill();
    if (loaded) return this.#verdict(mutant, tests.length, report);
    return { mutant, isCaught: true, why: "the tests can't be loaded" };
  }

  /** The tests that reach a mutant, or else its file: those of its room first. */
  #testsOf({ id, file }: Mutant): Order["tests"] {
    const known = [...this.#known];
    let reaching = known.filter(([, { covered }]) => covered.has(id));
    if (this.#atLoad.has(id)) {
      const ids = this.#copy.mutants.filter((other) => other.file === file);
      const near = known.filter(([, { covered }]) =>
        ids.some((other) => covered.has(other.id))
      );
      reaching = near.length > 0 ? near : known;
    }
    const room = file.split("/").slice(1, -1).join("/");
    const rank = ([test, { ms }]: [string, Known]) =>
      ms + (test.startsWith(room) ? 0 : 300);
    let spent = 0;
    return reaching.sort((a, b) => rank(a) - rank(b))
      .filter(([, { ms }]) => (spent += ms) < BUDGET)
      .map(([test, known]) => ({ id: test, limit: limitOf(known) }));
  }

  async #run(child: Child, order: Order): Promise<Report | undefined> {
    let failed: Report | undefined;
    for await (const report of child.run(order)) {
      if (report.error) failed ??= report;
    }
    return failed;
  }

  async #open(): Promise<Child> {
    const child = new Child(this.#copy.path);
    const loaded = await child.next<Loaded>(LOADING);
    if (!loaded) throw new Error("The tests could not be loaded");
    return child;
  }

  #verdict(mutant: Mutant, tests: number, report?: Report): Verdict {
    if (!report) {
      return { mutant, isCaught: false, why: `${tests} tests see nothing` };
    }
    return {
      mutant,
      isCaught: true,
      why: report.hangs ? "a test does not end" : report.test,
    };
  }

  /** Ends its process. */
  close(): void {
    this.#child?.kill();
    this.#child = undefined;
  }
}
