/**
 * The columns of an output: those of the input, then the answer or its fields,
 * then the error.
 *
 * @module
 */

import type { Endpoint, Result } from "../../mod.ts";
import type { Input } from "../input/input.ts";
import { textOf } from "../prompt/template.ts";

/** The columns of an output. */
export class Columns {
  /** The names of the input's columns. */
  readonly own: readonly string[];
  /** The names of the columns that are added. */
  readonly added: readonly string[];
  readonly #input: Input;
  readonly #fields: readonly string[] | undefined;

  /** @param input An input of rows. */
  constructor(input: Input) {
    const { table, answers } = input;
    this.#input = input;
    this.#fields = answers?.fields;
    this.own = table.columns;
    const names = [...table.columns];
    for (const name of [...(this.#fields ?? ["output"]), "error"]) {
      names.push(freeName(name, names));
    }
    this.added = names.slice(this.own.length);
  }

  /**
   * @param row The number of a row.
   * @returns The values of the input's columns; null if the row has none there.
   */
  ownValues(row: number): unknown[] {
    const { values } = this.#input.table.row(row);
    return this.own.map((_, place) => values[place] ?? null);
  }

  /**
   * @param row The number of a row.
   * @returns The same, as a JSON object.
   */
  ownJson(row: number): string {
    const { table } = this.#input;
    return table.jsonOf(table.row(row));
  }

  /**
   * @param result A result.
   * @returns The values of the columns that are added.
   */
  addedValues(result: Result<Endpoint>): unknown[] {
    return [...this.#answerOf(result), errorOf(result)];
  }

  #answerOf(result: Result<Endpoint>): unknown[] {
    if (!this.#fields) return [result.ok ? result.output ?? null : null];
    const parsed = result.ok ? Object(result.parsed) : {};
    return this.#fields.map((name) =>
      Object.hasOwn(parsed, name) ? parsed[name] : null
    );
  }
}

/** The input may have a column with our name. */
function freeName(name: string, taken: readonly string[]): string {
  let free = name;
  for (let i = 2; taken.includes(free); i++) free = `${name}_${i}`;
  return free;
}

function errorOf({ ok, error }: Result<Endpoint>): string | null {
  return ok ? null : `${error.code}: ${textOf(error.message)}`;
}
