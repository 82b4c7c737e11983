/**
 * A text that matches a regular expression: the first way through it, as short
 * as it may be, or as long as it must be.
 *
 * @module
 */

/** Tried in this order where a class allows several. */
const CHARACTERS: readonly string[] = [
  ..."aA0",
  ...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)),
  ..."\n\té",
];

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["f", "\f"],
  ["v", "\v"],
  ["b", ""],
  ["B", ""],
]);

/** How often a part may be repeated until its text is long enough. */
const MOST = 64;

/**
 * Makes a text.
 *
 * @throws {TypeError} If none was found.
 */
export function textMatching(
  pattern: string,
  isFit: (text: string) => boolean,
): string {
  for (let repeats = 0; repeats <= MOST; repeats++) {
    const text = new Walk(pattern, repeats).alternatives();
    if (isFit(text)) return text;
  }
  throw new TypeError(`No text could be made for the pattern ${pattern}`);
}

/** One way through a pattern. */
class Walk {
  readonly #source: string;
  /** How often what may be repeated is to be there. */
  readonly #repeats: number;
  #at = 0;

  constructor(source: string, repeats: number) {
    this.#source = source;
    this.#repeats = repeats;
  }

  /** Takes the first one, and walks past the others. */
  alternatives(): string {
    const text = this.#sequence();
    while (this.#take("|")) this.#sequence();
    return text;
  }

  #sequence(): string {
    let text = "";
    while (this.#at < this.#source.length && !/[|)]/.test(this.#next)) {
      const atom = this.#atom();
      text += atom.repeat(this.#count());
    }
    return text;
  }

  #atom(): string {
    if (this.#take("^") || this.#take("$")) return "";
    if (this.#take("(")) return this.#group();
    const start = this.#at;
    if (this.#take("[")) {
      while (this.#next && !this.#take("]")) {
        this.#at += this.#next === "\\" ? 2 : 1;
      }
      return characterOf(this.#source.slice(start, this.#at));
    }
    if (this.#take(".")) return characterOf(".");
    if (this.#take("\\")) return this.#escape(start);
    return this.#source[this.#at++] ?? "";
  }

  /** What a group only looks at isn't part of the text. */
  #group(): string {
    const [head, looks] = /^\?(?::|<[a-z_]\w*>|(<?[=!]))/i
      .exec(this.#source.slice(this.#at)) ?? ["", undefined];
    this.#at += head.length;
    const text = this.alternatives();
    this.#take(")");
    return looks ? "" : text;
  }

  #escape(start: number): string {
    const rest = this.#source.slice(this.#at);
    const [code] = /^(u\{[\da-f]+\}|u[\da-f]{4}|x[\da-f]{2}|[pP]\{[^}]*\}|.)/iu
      .exec(rest) ?? [""];
    this.#at += code.length;
    const simple = ESCAPES.get(code);
    return simple ?? characterOf(this.#source.slice(start, this.#at));
  }

  /** How often the last atom is to be there. */
  #count(): number {
    const [quantifier, least, more, most] =
      /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(
        this.#source.slice(this.#at),
      ) ?? [""];
    this.#at += quantifier.length;
    if (quantifier === "") return 1;
    const low = least ? Number(least) : quantifier.startsWith("+") ? 1 : 0;
    if (quantifier.startsWith("?")) return Math.min(this.#repeats, 1);
    const high = most ? Number(most) : least && !more ? low : Infinity;
    return Math.min(Math.max(low, this.#repeats), high);
  }

  get #next(): string {
    return this.#source[this.#at] ?? "";
  }

  #take(character: string): boolean {
    if (this.#next !== character) return false;
    this.#at++;
    return true;
  }
}

function characterOf(source: string): string {
  const one = new RegExp(`^${source}$`, "u");
  return CHARACTERS.find((character) => one.test(character)) ?? "";
}
