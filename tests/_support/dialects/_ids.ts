/**
 * The simulator's ids in a server's own form.
 *
 * @module
 */

const ID = /\b(?:file-|batch_)[A-Za-z0-9]{16,}/g;

/** Keeps both forms of every id that went out. */
export class Ids {
  readonly #own = new Map<string, string>();
  readonly #make: (id: string) => string;

  /** @param make The server's form of an id. */
  constructor(make: (id: string) => string = (id) => id) {
    this.#make = make;
  }

  /** Puts the server's ids into a text. */
  outward(text: string): string {
    return text.replace(ID, (id) => {
      const own = this.#own.get(id) ?? this.#make(id);
      this.#own.set(id, own);
      return own;
    });
  }

  /** Puts the simulator's ids into a text or an address. */
  inward(text: string): string {
    for (const [id, own] of this.#own) {
      text = text.replaceAll(own, id).replaceAll(encodeURIComponent(own), id);
    }
    return text;
  }
}
