/**
 * What a row of an output holds: the input's columns, then the answer or its
 * fields, then the error.
 *
 * @module
 */

import type { Endpoint, Result } from "../../mod.ts";
import type { Input } from "../_input.ts";
import { textOf } from "../prompt/template.ts";

/** A value, and whether it came from elsewhere than the input. */
export interface Cell {
  /** A text, or anything in JSON. */
  value: unknown;
  /** Whether the input holds it as it is. */
  isOurs: boolean;
}

/** The columns of an output. */
export class Columns {
  /** Their names, each once if the input has each once. */
  readonly names: readonly string[];
  readonly #input: Input;
  readonly #fields: readonly string[] | undefined;

  /** @param input Has rows with columns. */
  constructor(input: Input) {
    const { table, answers } = input;
    this.#input = input;
    this.#fields = answers?.fields;
    const names = [...table.columns];
    for (const name of [...(this.#fields ?? ["output"]), "error"]) {
      names.push(freeName(name, names));
    }
    this.names = names;
  }

  /**
   * @param result A result.
   * @param row The number of its row.
   * @returns What stands in each column.
   */
  cells(result: Result<Endpoint>, row: number): Cell[] {
    const { table } = this.#input;
    const { values } = table.row(row);
    const own = table.columns.map((_, place) => ({
      value: values[place] ?? null,
      isOurs: false,
    }));
    const added = [...this.#answerOf(result), errorOf(result)];
    return [...own, ...added.map((value) => ({ value, isOurs: true }))];
  }

  #answerOf(result: Result<Endpoint>): unknown[] {
    if (!this.#fields) return [result.ok ? result.output ?? null : null];
    const parsed = result.ok ? Object(result.parsed) : {};
    return this.#fields.map((name) =>
      Object.hasOwn(parsed, name) ? parsed[name] : null
    );
  }
}

/** A column of the input may be called as ours. */
function freeName(name: string, taken: readonly string[]): string {
  let free = name;
  for (let i = 2; taken.includes(free); i++) free = `${name}_${i}`;
  return free;
}

function errorOf({ ok, error }: Result<Endpoint>): string | null {
  return ok ? null : `${error.code}: ${textOf(error.message)}`;
}
