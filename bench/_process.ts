/**
 * Other processes of the same runtime: the server, and one process for each
 * measurement of memory.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The runtime that this runs on. */
export const runtime: "Deno" | "Bun" | "Node" = "Deno" in globalThis
  ? "Deno"
  : "Bun" in globalThis
  ? "Bun"
  : "Node";

/** The loopback server. */
export interface Server {
  /** For a client's `baseURL`. */
  baseURL: string;
  /** Ends its process. */
  stop(): void;
}

/**
 * Starts the loopback server in a process of its own.
 *
 * @returns The server.
 */
export async function startServer(): Promise<Server> {
  const child = start(scriptBeside("server.ts"), []);
  const [port] = await once(child.stdout!, "data");
  return {
    baseURL: `http://127.0.0.1:${String(port).trim()}/v1`,
    stop: () => void child.kill(),
  };
}

/**
 * Runs a script in a process of its own.
 *
 * @param script Its path.
 * @param args Its arguments.
 * @returns What it printed, as JSON.
 */
export async function runScript<T>(
  script: string,
  args: string[],
): Promise<T> {
  const child = start(script, args);
  const [output, [code]] = await Promise.all([
    text(child.stdout!),
    once(child, "exit"),
  ]);
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(output);
}

/**
 * @param name A file of this folder.
 * @returns Its path.
 */
export function scriptBeside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** The child also ends when this process does: its stdin closes. */
function start(script: string, args: string[]): ChildProcess {
  const run = runtime === "Deno" ? ["run", "-A"] : [];
  return spawn(process.execPath, [...run, script, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}
