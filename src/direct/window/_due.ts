/**
 * What is due next, of many things.
 *
 * @module
 */

interface Item<T> {
  at: number;
  value: T;
}

/** Things by the time at which they are due: a binary heap. */
export class Due<T> {
  readonly #items: Item<T>[] = [];

  /** When the next one is due, ms since the epoch; Infinity if there is none. */
  get at(): number {
    return this.#items[0]?.at ?? Infinity;
  }

  /** Adds one. */
  add(value: T, at: number): void {
    const items = this.#items;
    let i = items.push({ at, value }) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (items[parent]!.at <= at) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  /**
   * Takes the next one out.
   *
   * @returns undefined if there is none.
   */
  take(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined) return undefined;
    if (items.length > 0) {
      items[0] = last;
      this.#sink();
    }
    return first.value;
  }

  #sink(): void {
    const items = this.#items;
    for (let i = 0;;) {
      const left = 2 * i + 1;
      if (left >= items.length) return;
      const right = left + 1;
      const isRight = right < items.length &&
        items[right]!.at < items[left]!.at;
      const least = isRight ? right : left;
      if (items[i]!.at <= items[least]!.at) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #swap(i: number, j: number): void {
    const items = this.#items;
    const kept = items[i]!;
    items[i] = items[j]!;
    items[j] = kept;
  }
}
