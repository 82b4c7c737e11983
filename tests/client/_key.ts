/** What these tests share. */

import { inspect } from "node:util";
import { assert } from "../_support/prelude.ts";

/** Everything that may be printed or logged of a value. */
export function visibleIn(value: unknown): string {
  const texts = [
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(value) ?? "",
    String(value),
  ];
  for (let error = value; error instanceof Error; error = error.cause) {
    texts.push(String(error), error.stack ?? "", JSON.stringify(error));
    for (const name of Object.getOwnPropertyNames(error)) {
      texts.push(String((error as unknown as Record<string, unknown>)[name]));
    }
  }
  return texts.join("\n");
}

export function assertHidden(secret: string, value: unknown): void {
  assert.ok(!visibleIn(value).includes(secret), "the secret can be seen");
}
