/** A terminal for bars, and how stderr becomes one. */

import assert from "node:assert/strict";
import process from "node:process";
import type { TestContext } from "node:test";
import type { Terminal } from "../../src/types/platform.ts";

/**
 * A terminal that does what the few codes in use mean, with one trap of real
 * ones: after a full line the cursor still stands on its last character.
 */
export class FakeTerminal implements Terminal {
  columns: number;
  readonly cells: string[][] = [[]];
  row = 0;
  column = 0;
  writes = 0;

  /** What was to be seen after each write. */
  readonly frames: string[][] = [];

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): void {
    this.writes++;
    // deno-lint-ignore no-control-regex
    for (const [token] of text.matchAll(/\x1b\[\d*[A-Z]|[^]/gu)) {
      this.#print(token);
    }
    this.frames.push(this.screen);
  }

  #print(token: string): void {
    if (token === "\r") return void (this.column = 0);
    if (token === "\n") return this.#newLine();
    if (token === "\x1b[J") {
      this.cells[this.row]!.splice(Math.min(this.column, this.columns - 1));
      this.cells.length = this.row + 1;
      return;
    }
    if (token.startsWith("\x1b")) {
      assert.match(token.slice(1), /^\[[1-9]\d*A$/);
      this.row = Math.max(0, this.row - parseInt(token.slice(2)));
      return;
    }
    if (this.column === this.columns) this.#newLine();
    const cells = this.cells[this.row]!;
    while (cells.length < this.column) cells.push(" ");
    cells[this.column++] = token;
  }

  #newLine(): void {
    this.column = 0;
    this.row++;
    if (this.row === this.cells.length) this.cells.push([]);
  }

  /** What a person sees. */
  get screen(): string[] {
    return this.cells.map((cells) => cells.join(""));
  }
}

/**
 * Makes stderr a terminal until the test has ended.
 *
 * @param t The test.
 * @param columns Its width.
 * @returns What is seen there.
 */
export function attachTerminal(t: TestContext, columns = 80): FakeTerminal {
  const terminal = new FakeTerminal(columns);
  const { stderr } = process;
  const names = ["isTTY", "columns", "write"] as const;
  const before = names.map((name) =>
    [name, Object.getOwnPropertyDescriptor(stderr, name)] as const
  );
  const set = (name: string, value: unknown) =>
    Object.defineProperty(stderr, name, {
      value,
      configurable: true,
      writable: true,
    });
  set("isTTY", true);
  set("columns", columns);
  set("write", (text: string) => terminal.write(text));
  t.after(() => {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(stderr, name, descriptor);
      else Reflect.deleteProperty(stderr, name);
    }
  });
  return terminal;
}
