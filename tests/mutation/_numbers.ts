/**
 * A mutator for numbers, which StrykerJS leaves as they are: each pause, limit
 * and count is doubled, and 0 becomes 1.
 *
 * @module
 */

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** What is known of a place in the source; StrykerJS and Babel have types of their own. */
interface Place {
  isNumericLiteral(): boolean;
  node: { value: number };
  parent: { type: string };
}

interface Mutator {
  name: string;
  mutate(place: Place): Generator<object>;
}

/** Makes StrykerJS change numbers too. */
export async function changeNumbers(): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  const main = pathToFileURL(resolve("@stryker-mutator/instrumenter"));
  const { allMutators } = await import(
    new URL("mutators/mutate.js", main).href
  ) as { allMutators: Mutator[] };
  allMutators.push({
    name: "NumericLiteral",
    *mutate(place) {
      if (!place.isNumericLiteral() || /Type$/.test(place.parent.type)) return;
      const value = place.node.value === 0 ? 1 : 2 * place.node.value;
      yield { type: "NumericLiteral", value };
    },
  });
}
