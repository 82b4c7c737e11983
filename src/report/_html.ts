/**
 * HTML in which text stays text, whatever it contains.
 *
 * @module
 */

/** A piece of HTML. Everything else is text, and is escaped. */
export class Html {
  /** The markup. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template can contain. */
export type Piece = Html | string | number | undefined | readonly Piece[];

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters except tab and line feed, and halves of surrogate pairs: neither belongs in a page. */
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\p{Cs}\ufffe\uffff]/gu;

/**
 * Fills a template. Anything that isn't HTML itself is escaped.
 *
 * @param pieces The values. undefined is left out, a list is joined.
 */
export function html(
  strings: TemplateStringsArray,
  ...pieces: Piece[]
): Html {
  return new Html(
    strings.map((string, i) => unindented(string) + markup(pieces[i])).join(""),
  );
}

function unindented(string: string): string {
  return string.replace(/\n\s*/g, "\n");
}

function markup(piece: Piece): string {
  if (piece === undefined) return "";
  if (piece instanceof Html) return piece.text;
  return typeof piece === "object"
    ? piece.map(markup).join("")
    : escape(`${piece}`);
}

function escape(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd")
    .replace(/[&<>"']/g, (char) => ENTITIES[char] as string);
}

/** Text from strangers: it can't change the direction of the text beside it. */
export function foreign(text: string, more = 0): Html {
  const rest = more > 0
    ? html`
      <i>… ${more.toLocaleString("en-US")} more characters</i>
    `
    : undefined;
  return html`<bdi dir="auto">${text}</bdi>${rest}`;
}

export function section(title: string, ...pieces: Piece[]): Html {
  return html`<section><h2>${title}</h2>${pieces}</section>`;
}
