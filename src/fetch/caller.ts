/**
 * A call that waits for its answer.
 *
 * @module
 */

import { onAbort } from "../on_abort.ts";
import type { Answer } from "./answers.ts";
import type { Numbers } from "./numbers.ts";

/** One call of `fetch` and its promise. */
export class Caller {
  /** What the caller gets. */
  readonly response: Promise<Response>;
  /** Whether it was answered, or has left. */
  isOver = false;
  readonly #key: string;
  readonly #numbers: Numbers;
  readonly #signal: AbortSignal | undefined;
  readonly #ignoreSignal: (() => void) | undefined;
  readonly #onEnd: (caller: Caller, answer: Answer | undefined) => void;
  #resolve!: (response: Response) => void;
  #reject!: (reason: unknown) => void;
  #number: number | undefined;
  /** Whether it has given its number to the next equal call. */
  #hasYielded = false;

  /** @param onEnd Called once, with the answer if there was one. */
  constructor(
    key: string,
    numbers: Numbers,
    signal: AbortSignal | undefined,
    onEnd: (caller: Caller, answer: Answer | undefined) => void,
  ) {
    this.#key = key;
    this.#numbers = numbers;
    this.#signal = signal;
    this.#onEnd = onEnd;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#ignoreSignal = signal && onAbort(signal, () => this.#onAbort());
  }

  /** Takes its number among equal calls. */
  takeId(): string {
    this.#number = this.#numbers.take(this.#key);
    if (this.#hasYielded) this.#release();
    return `${this.#key}-${this.#number}`;
  }

  answer(answer: Answer): void {
    if (!this.#end(answer)) return;
    if (answer.status !== 200) this.#release();
    else if (this.#hasYielded) this.#numbers.use(this.#key, this.#number);
    this.#resolve(new Response(answer.text, answer));
  }

  reject(reason: unknown): void {
    if (!this.#end(undefined)) return;
    this.#release();
    this.#reject(reason);
  }

  /**
   * SDKs abort at their own time limit, yet accept the answer when it comes hours
   * later. Nothing tells that abort from a plain one by the caller.
   */
  #onAbort(): void {
    const { reason } = this.#signal as AbortSignal;
    const isPlain = reason instanceof Error && reason.name === "AbortError";
    if (!isPlain) return this.reject(reason);
    this.#hasYielded = true;
    this.#release();
  }

  #release(): void {
    this.#numbers.release(this.#key, this.#number);
  }

  #end(answer: Answer | undefined): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.#ignoreSignal?.();
    this.#onEnd(this, answer);
    return true;
  }
}
