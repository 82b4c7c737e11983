/**
 * Rows to stdout, a pipe or a device, which can't be read again.
 *
 * @module
 */

import type { Input } from "../input/input.ts";
import { onTerminal, type Sink } from "./sink.ts";
import type { Output } from "../io.ts";
import type { RowFormat } from "./format.ts";

/**
 * @param output Where to print.
 * @param format How rows are written.
 * @param input The input, which has the rows.
 * @returns Takes results, and remembers none.
 */
export function printRows(
  output: Output,
  format: RowFormat,
  input: Input,
): Sink {
  const print = (text: string) =>
    output.write(output.isTerminal ? onTerminal(text) : text);
  let before = format.header;
  return {
    held: 0,
    has: () => false,
    keeps: false,
    begin: () => {},
    write: async (result) => {
      const row = input.rowOf(result.id);
      const text = row === undefined ? undefined : format.write(result, row);
      if (text === undefined) return;
      await print(before + text);
      before = format.separator;
    },
    finish: async () => {
      const isEmpty = before === format.header;
      const end = (isEmpty ? format.header : "") + format.footer;
      if (end) await print(end);
    },
    close: () => {},
  };
}
