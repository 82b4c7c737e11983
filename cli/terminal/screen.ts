/**
 * Lines on a terminal that are redrawn in place.
 *
 * @module
 */

import type { Output } from "../io.ts";

const UNKNOWN_HEIGHT = 24;

/** A part of a terminal, from the cursor down. */
export class Screen {
  readonly #output: Output;
  #drawn = 0;

  /** @param output The terminal. */
  constructor(output: Output) {
    this.#output = output;
  }

  /**
   * Draws lines in the place of those before. What is more than the terminal
   * has room for is left out: what has scrolled away can't be redrawn.
   *
   * @param lines Lines that are no wider than the terminal.
   */
  async draw(lines: readonly string[]): Promise<void> {
    const room = (this.#output.rows ?? UNKNOWN_HEIGHT) - 1;
    const shown = lines.length <= room ? lines : [
      ...lines.slice(0, room - 1),
      `… ${lines.length - room + 1} more lines`,
    ];
    const before = this.#drawn;
    this.#drawn = shown.length;
    await this.#output.write(
      erase(before) + shown.map((line) => `${line}\n`).join(""),
    );
  }

  /** Leaves nothing there. */
  async clear(): Promise<void> {
    const before = this.#drawn;
    this.#drawn = 0;
    await this.#output.write(erase(before));
  }
}

function erase(lines: number): string {
  return `${lines > 0 ? `\x1b[${lines}A` : ""}\r\x1b[J`;
}
