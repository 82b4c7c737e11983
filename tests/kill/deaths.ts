/**
 * A simulator behind a real socket, whose clients are killed with SIGKILL at
 * chosen HTTP calls, and started again until they end.
 *
 * @module
 */

// deno-lint-ignore-file no-console
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Simulator } from "@offpeak/openai-batch/testing";
import { forward } from "../_support/loopback.ts";

/** A program that is killed this often goes on to its end. */
const MOST_KILLS = 12;

/** When a process dies: at its nth call, before or after it took effect. */
interface Death {
  child: ChildProcess;
  call: number;
  isBefore: boolean;
}

/** How programs are killed. */
export interface DeathOptions {
  /** The program, beside this file. Its first argument is the port. */
  target: string;
  /** The call it dies at, from 1, after so many deaths. */
  callOf: (deaths: number) => number;
  /** No program takes that long, ms. */
  longestLife: number;
}

/** Kills the clients of a simulator. */
export class Deaths {
  /** How many are wanted: `--kills`, or 200. */
  readonly wanted: number;
  /** How many there were. */
  kills = 0;
  readonly #sim: Simulator;
  readonly #options: DeathOptions;
  readonly #server: Server;
  readonly #stages = new Map<string, number>();
  #death: Death | undefined;

  private constructor(sim: Simulator, options: DeathOptions) {
    const at = process.argv.indexOf("--kills");
    this.wanted = at === -1 ? 200 : Number(process.argv[at + 1]);
    this.#sim = sim;
    this.#options = options;
    this.#server = createServer((request, response) => {
      // A client that is killed leaves half a request behind: it has no effect.
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async open(sim: Simulator, options: DeathOptions): Promise<Deaths> {
    const deaths = new Deaths(sim, options);
    deaths.#server.listen(0, "127.0.0.1");
    await once(deaths.#server, "listening");
    return deaths;
  }

  /** Starts a program that nobody kills. */
  start(...args: string[]): ChildProcess {
    const { port } = this.#server.address() as AddressInfo;
    const path = fileURLToPath(new URL(this.#options.target, import.meta.url));
    const flags = "Deno" in globalThis ? ["run", "--allow-all", "--quiet"] : [];
    return spawn(process.execPath, [...flags, path, `${port}`, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    });
  }

  /** Runs a program to its end, killing its processes at chosen calls. Gives what it printed, as JSON. */
  async runToEnd(...args: string[]): Promise<unknown> {
    const { callOf, longestLife } = this.#options;
    for (let deaths = 0;; deaths++) {
      const child = this.start(...args);
      const call = callOf(deaths);
      const isBefore = Math.random() < 0.5;
      this.#death = deaths < MOST_KILLS && this.kills < this.wanted
        ? { child, call, isBefore }
        : undefined;
      const timer = setTimeout(() => child.kill("SIGKILL"), longestLife);
      const output = text(child.stdout!);
      const errors = text(child.stderr!);
      const [code] = await once(child, "exit");
      clearTimeout(timer);
      if (code === 0) return JSON.parse(await output);
      if (code !== null || !this.#death || this.#death.call > 0) {
        throw new Error(`${args[0]} ended with ${code}: ${await errors}`);
      }
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Prints at which calls programs were killed. */
  printStages(): void {
    for (const [stage, times] of [...this.#stages].sort()) {
      console.log(`${String(times).padStart(4)} kills ${stage}`);
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { fetch } = this.#sim;
    const dying = this.#death;
    const isLast = dying !== undefined && --dying.call === 0;
    if (!isLast) return await forward(request, response, fetch);
    const stage = `${dying.isBefore ? "before" : "after"} ${nameOf(request)}`;
    this.#stages.set(stage, (this.#stages.get(stage) ?? 0) + 1);
    if (dying.isBefore) return this.#kill(dying);
    const nowhere = { writeHead: () => {}, end: () => {} };
    await forward(request, nowhere as unknown as ServerResponse, fetch);
    this.#kill(dying);
  }

  #kill({ child }: Death): void {
    child.kill("SIGKILL");
    this.kills++;
  }
}

function nameOf({ method, url = "" }: IncomingMessage): string {
  const path = url.replace(/\?.*/, "")
    .replace(/\/(file|batch|resp)[-_]\w+/, "/:id");
  return `${method} ${path}`;
}

/** Prints what is wrong, and ends the process with what that means. */
export function endWith(problems: readonly string[]): never {
  for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
  process.exit(problems.length > 0 ? 1 : 0);
}
