/**
 * The simulated background responses, moved on by the clock.
 *
 * @module
 */

import { HttpError } from "./_http_error.ts";
import type { Random } from "./_random.ts";
import { BackgroundResponse, type ResponseContext } from "./_response.ts";
import type { SimulatedResponse } from "./types.ts";

/** What responses share. */
export interface ResponseStoreContext extends ResponseContext {
  /** Called when something will happen to a response. */
  scheduled: (response: BackgroundResponse) => void;
}

/** Responses by id, the oldest first. There is no list of them at OpenAI. */
export class ResponseStore {
  readonly #responses = new Map<string, BackgroundResponse>();
  /** Those to which something will happen, the next one last. */
  readonly #active: BackgroundResponse[] = [];
  readonly #context: ResponseStoreContext;
  readonly #random: Random;

  constructor(context: ResponseStoreContext, random: Random) {
    this.#context = context;
    this.#random = random;
  }

  /** Accepts a request, its body checked. */
  create(body: Record<string, unknown>, now: number): BackgroundResponse {
    const random = this.#random.fork(this.#responses.size);
    const response = new BackgroundResponse(body, now, random, this.#context);
    this.#responses.set(response.entry.id, response);
    this.#schedule(response);
    this.#context.scheduled(response);
    return response;
  }

  /**
   * The response.
   *
   * @throws {HttpError} 404
   */
  get(id: string, now: number): BackgroundResponse {
    const response = this.#responses.get(id);
    const isThere = response && !response.entry.isDeleted &&
      now < response.goneAt;
    if (isThere) return response;
    throw new HttpError(404, `Response with id '${id}' not found.`);
  }

  /**
   * Deletes a response; one that runs is ended.
   *
   * @throws {HttpError} 404
   */
  delete(id: string, now: number): object {
    const response = this.get(id, now);
    response.cancel(now);
    response.entry.isDeleted = true;
    return { id, object: "response", deleted: true };
  }

  /** Every response there ever was, the oldest first. */
  all(): SimulatedResponse[] {
    return [...this.#responses.values()].map(({ entry }) => entry);
  }

  /** Those to which something will happen. */
  active(): BackgroundResponse[] {
    return [...this.#active];
  }

  /** Lets happen everything up to `now`, in order of time. */
  async advance(now: number): Promise<void> {
    for (;;) {
      const next = this.#active.at(-1);
      // One that was cancelled meanwhile is due no more.
      if (next === undefined || (next.due > now && next.due < Infinity)) return;
      this.#active.pop();
      if (next.due === Infinity) continue;
      await next.step();
      this.#schedule(next);
    }
  }

  #schedule(response: BackgroundResponse): void {
    if (response.due === Infinity) return;
    let [low, high] = [0, this.#active.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#active[middle]!.due > response.due) low = middle + 1;
      else high = middle;
    }
    this.#active.splice(low, 0, response);
  }
}
