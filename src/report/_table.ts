/**
 * Tables that a screen reader can read, and a narrow screen can scroll.
 *
 * @module
 */

import { type Html, html, type Piece } from "./_html.ts";

/** A column of a table. */
export interface Column {
  /** Its heading. */
  name: string;
  /** "n" for numbers, "bar" for a drawing, "most" for what a narrow screen leaves out. */
  kind?: string;
}

/** @param caption What it shows; undefined if the heading above says so. */
export function table(
  caption: string | undefined,
  columns: readonly Column[],
  rows: readonly (readonly Piece[])[],
): Html {
  const heads = columns.map(({ name, kind = "" }) =>
    html`<th scope="col" class="${kind}">${name}</th>`
  );
  const body = rows.map((cells) =>
    html`<tr>${
      cells.map((cell, i) =>
        html`<td class="${columns[i]?.kind ?? ""}">${cell}</td>`
      )
    }</tr>`
  );
  const title = caption && html`<caption>${caption}</caption>`;
  return html`
    <div class="wide">
      <table>${title ||
        undefined}<thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table>
    </div>
  `;
}
