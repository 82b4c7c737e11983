/**
 * What the command line has of its process: streams, variables, Ctrl-C.
 *
 * @module
 */

import process from "node:process";
import { isatty } from "node:tty";
import type { ClientOptions } from "../mod.ts";

/** Somewhere to print. */
export interface Output {
  /** Whether it is a terminal: then bars are drawn, rather than lines printed. */
  readonly isTerminal: boolean;
  /** How many characters a line of the terminal has. @default 80 */
  readonly columns?: number | undefined;
  /** How many lines the terminal has. @default 24 */
  readonly rows?: number | undefined;
  /** Its file descriptor, to tell whether it leads to a file that is named too. @default unknown */
  readonly fd?: number | undefined;
  /**
   * Prints text as it is.
   *
   * @param text The text.
   * @returns Once it has been taken.
   */
  write(text: string): Promise<void>;
}

/** What a command works with; a test passes its own. */
export interface Io {
  /** The standard input. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Whether there is someone to ask. @default false */
  readonly isInteractive?: boolean | undefined;
  /** What a command gives. */
  readonly stdout: Output;
  /** What it says besides. */
  readonly stderr: Output;
  /**
   * An environment variable.
   *
   * @param name Its name.
   * @returns Its value; undefined if it is not set.
   */
  env(name: string): string | undefined;
  /**
   * Listens for Ctrl-C, which does nothing else meanwhile.
   *
   * @param listener Called each time.
   * @returns Ends listening.
   */
  onInterrupt(listener: () => void): () => void;
  /** Under the client's options, such as another `fetch`. @default none */
  readonly client?: ClientOptions | undefined;
}

/**
 * The process itself.
 *
 * @returns Its streams, variables and signals.
 */
export function processIo(): Io {
  return {
    stdin: process.stdin,
    isInteractive: isatty(0) && isatty(2),
    stdout: outputTo(process.stdout, 1),
    stderr: outputTo(process.stderr, 2),
    env: (name) => process.env[name]?.trim() || undefined,
    onInterrupt,
  };
}

/** Signals that come this soon after another are of the same press, ms. */
const SAME_PRESS = 300;

/**
 * Under `timeout` or a script runner, one Ctrl-C arrives twice: from the
 * terminal, and handed on. Taken for two, it would cancel the job.
 */
function onInterrupt(listener: () => void): () => void {
  let pressedAt = -Infinity;
  let isListening = true;
  const onSignal = () => {
    const now = performance.now();
    if (now - pressedAt < SAME_PRESS) return;
    pressedAt = now;
    if (isListening) listener();
  };
  process.on("SIGINT", onSignal);
  return () => {
    isListening = false;
    const rest = pressedAt + SAME_PRESS - performance.now();
    const end = () => void process.off("SIGINT", onSignal);
    if (rest > 0) setTimeout(end, rest);
    else end();
  };
}

/**
 * @param stream Where to print.
 * @param fd Its file descriptor.
 * @returns The same as a command takes it.
 */
export function outputTo(stream: NodeJS.WritableStream, fd: number): Output {
  // A writer learns that a pipe is closed.
  stream.on("error", () => {});
  return {
    isTerminal: isatty(fd),
    get columns() {
      return (stream as { columns?: number }).columns;
    },
    get rows() {
      return (stream as { rows?: number }).rows;
    },
    fd,
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => error ? reject(error) : resolve());
      }),
  };
}
