/**
 * What goes wrong on the connections of one schedule, drawn from its seed: a
 * number of faults that is small enough for every job to end.
 *
 * @module
 */

import { Random } from "../simulation/random.ts";

/** How a connection ends: as if all was said, cut off, or with a reset. */
export type End = "close" | "destroy" | "reset";

/** What happens to one exchange of a request and its answer, or right behind it. */
export type Fault =
  /** The connection ends at the first byte of the request. */
  | { kind: "no_request"; end: End }
  /** So many bytes of the request get through, then both sides end. */
  | { kind: "cut_request"; bytes: number; end: End }
  /** The whole request came, and was not passed on. */
  | { kind: "dropped"; end: End }
  /** It was passed on and answered, and nothing of that comes back. */
  | { kind: "lost_answer"; end: End }
  /** The answer ends at this share of its head. */
  | { kind: "cut_head"; share: number; end: End }
  /** The answer ends at this share of its body. */
  | { kind: "cut_body"; share: number; end: End }
  /** The client gets the end of the stream for an answer, while the server answers. */
  | { kind: "half_close" }
  /** The server gets the end of the stream behind the request, and answers all the same. */
  | { kind: "half_close_up" }
  /** Either way takes its time. */
  | { kind: "delay"; ms: number; isAnswer: boolean }
  /** There is no answer, and no end. */
  | { kind: "hang" }
  /** All is well, and so many ms later the connection is gone: perhaps under the next request. */
  | { kind: "stale"; ms: number; end: End }
  /** The answer comes in pieces of so many bytes. */
  | { kind: "pieces"; bytes: number };

/** A kind of fault. */
export type FaultKind = Fault["kind"];

/** How often each is drawn. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  no_request: 2,
  cut_request: 3,
  dropped: 2,
  lost_answer: 5,
  cut_head: 3,
  cut_body: 3,
  half_close: 2,
  half_close_up: 1,
  delay: 2,
  hang: 1,
  stale: 4,
  pieces: 1,
};

/** All kinds. */
export const KINDS = Object.keys(WEIGHTS) as FaultKind[];

const ALL = KINDS.flatMap((kind) => Array(WEIGHTS[kind]).fill(kind));

/** Milliseconds, as long as a client is sure that a create has shown up. */
const LONGEST_DELAY = 100;
const LONGEST_STALE = 20;

/** Faults in a row on a server's side: with more, nobody could end a job. */
const MOST_FAULTS = 12;

/** The faults of one schedule. */
export class Plan {
  /** Those that happened, with whether the connection was a fresh one. */
  readonly drawn: { kind: FaultKind; isFresh: boolean }[] = [];
  readonly #random: Random;
  readonly #share: number;
  readonly #most: number;
  #exchanges = 0;
  #hangs = 0;

  /** @param seed Decides all. */
  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#share = 0.1 + 0.25 * this.#random.next();
    this.#most = this.#random.integer(3, MOST_FAULTS);
  }

  /**
   * Draws what happens to the next exchange.
   *
   * @param isFresh Whether it is the first one of its connection.
   * @returns Mostly nothing.
   */
  draw(isFresh: boolean): Fault | undefined {
    // A client that never reached anything gives up within a minute of its time.
    const isFirst = this.#exchanges++ === 0;
    const isOver = this.drawn.length >= this.#most;
    if (isFirst || isOver || !this.#random.chance(this.#share)) {
      return undefined;
    }
    const kind = this.#random.pick(ALL) as FaultKind;
    // Each costs a time limit.
    if (kind === "hang" && ++this.#hangs > 1) return undefined;
    this.drawn.push({ kind, isFresh });
    return this.#faultOf(kind);
  }

  #faultOf(kind: FaultKind): Fault {
    const random = this.#random;
    const end = random.pick<End>(["close", "destroy", "reset"]);
    const share = random.next();
    switch (kind) {
      case "cut_request":
        return { kind, end, bytes: random.integer(1, 900) };
      case "cut_head":
      case "cut_body":
        return { kind, end, share };
      case "delay": {
        const ms = random.integer(5, LONGEST_DELAY);
        return { kind, ms, isAnswer: random.chance(0.5) };
      }
      case "stale":
        return { kind, end, ms: random.integer(0, LONGEST_STALE) };
      case "pieces":
        return { kind, bytes: random.integer(1, 40) };
      case "hang":
      case "half_close":
      case "half_close_up":
        return { kind };
      default:
        return { kind, end };
    }
  }
}
