/**
 * The last step on the way to the caller: from blocks to single results, without a
 * generator, which would cost more than making them.
 *
 * @module
 */

/**
 * Iterates over blocks, as a generator would: calls made while another one is
 * pending are queued behind it.
 */
export class BlockIterator<T> implements AsyncIterableIterator<T> {
  readonly #blocks: AsyncGenerator<T[]>;
  #block: readonly T[] = [];
  /** The position of the next item in the block. */
  #next = 0;
  /** Resolves when every call made so far has been answered. */
  #asked: Promise<unknown> = Promise.resolve();
  /** How many calls that is. */
  #waiting = 0;

  constructor(blocks: AsyncGenerator<T[]>) {
    this.#blocks = blocks;
  }

  next(): Promise<IteratorResult<T>> {
    const isAtHand = this.#waiting === 0 && this.#next < this.#block.length;
    return isAtHand
      ? Promise.resolve(this.#take())
      : this.#inTurn(() => this.#read());
  }

  /** Stops. The rest of the block is dropped. */
  return(value?: unknown): Promise<IteratorResult<T>> {
    return this.#inTurn(async () => {
      this.#block = [];
      await this.#blocks.return(undefined);
      return { done: true, value: await value };
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Reads to the end, block by block. */
  rest(): Promise<T[]> {
    return this.#inTurn(async () => {
      const all = this.#block.slice(this.#next);
      this.#block = [];
      for await (const block of this.#blocks) {
        for (const one of block) all.push(one);
      }
      return all;
    });
  }

  #take(): IteratorResult<T> {
    return { done: false, value: this.#block[this.#next++] as T };
  }

  async #read(): Promise<IteratorResult<T>> {
    while (this.#next >= this.#block.length) {
      // The next block may be hours away: keep nothing until then.
      this.#block = [];
      const { done, value } = await this.#blocks.next();
      if (done) return { done, value: undefined };
      this.#block = value;
      this.#next = 0;
    }
    return this.#take();
  }

  #inTurn<R>(task: () => Promise<R>): Promise<R> {
    this.#waiting++;
    const answer = this.#asked.then(task);
    const end = () => void this.#waiting--;
    this.#asked = answer.then(end, end);
    return answer;
  }
}
