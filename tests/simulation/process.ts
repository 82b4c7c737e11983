/**
 * A process that can drop dead between any two effects: nothing that it waits
 * for ever comes, so that it does nothing any more.
 *
 * @module
 */

import type { Clock, Fetch } from "../../mod.ts";
import type { Coverage } from "./coverage.ts";
import { callOf } from "./route.ts";
import type { Crash } from "./scenario.ts";

/** How often a process may look at the clock before time has gone on. */
const MOST_LOOKS = 20_000;

/** One process. */
export class Process {
  readonly #fetch: Fetch;
  readonly #clock: Clock;
  readonly #crash: Crash | undefined;
  readonly #coverage: Coverage;
  readonly #end = new AbortController();
  #calls = 0;
  #looks = 0;
  #seen = 0;
  /** Resolves when it drops dead. */
  readonly died: Promise<"died">;

  constructor(
    fetch: Fetch,
    clock: Clock,
    crash: Crash | undefined,
    coverage: Coverage,
  ) {
    this.#fetch = fetch;
    this.#clock = clock;
    this.#crash = crash;
    this.#coverage = coverage;
    this.died = new Promise((resolve) =>
      this.#end.signal.addEventListener("abort", () => resolve("died"))
    );
  }

  /** Whether it is dead. */
  get isDead(): boolean {
    return this.#end.signal.aborted;
  }

  /** Ends it. */
  kill(): void {
    this.#end.abort();
  }

  /** Its way out. */
  readonly fetch: Fetch = async (input, init) => {
    if (this.isDead) return await never();
    const { call } = callOf(input, init);
    const crashes = this.#isLast(call);
    if (crashes && !this.#crash?.after) {
      this.kill();
      return await never();
    }
    const answer = this.#fetch(input, init);
    if (!crashes) return await this.#unlessDead(answer);
    await answer.catch(() => {});
    if (call === "batches.create") {
      this.#coverage.count("crash between a create's effect and its answer");
    }
    this.kill();
    return await never();
  };

  /** Its clock. */
  readonly clock: Clock = {
    now: () => this.#now(),
    sleep: (ms, signal) => this.#sleep(ms, signal),
  };

  /** A loop that never sleeps would never let time go on. */
  #now(): number {
    const now = this.#clock.now();
    this.#looks = now === this.#seen ? this.#looks + 1 : 0;
    this.#seen = now;
    if (this.#looks > MOST_LOOKS) throw new Error("It spins without sleeping");
    return now;
  }

  async #unlessDead<T>(work: Promise<T>): Promise<T> {
    try {
      const value = await work;
      return this.isDead ? await never() : value;
    } catch (error) {
      if (this.isDead) return await never();
      throw error;
    }
  }

  async #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.isDead) return await never();
    const timer = new AbortController();
    const stop = () => timer.abort(signal?.reason);
    const die = () => timer.abort();
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    this.#end.signal.addEventListener("abort", die);
    try {
      await this.#unlessDead(this.#clock.sleep(ms, timer.signal));
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#end.signal.removeEventListener("abort", die);
    }
  }

  #isLast(call: string): boolean {
    if (!this.#crash) return false;
    const { call: only, nth } = this.#crash;
    if (only !== undefined && only !== call) return false;
    return ++this.#calls === nth;
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
