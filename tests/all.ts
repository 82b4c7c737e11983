/**
 * All tests in one process of Node:
 *
 *     npx -y node@24 tests/all.ts
 *
 * @module
 */

import { createHook } from "node:async_hooks";
import { glob } from "node:fs/promises";

/** Anything in Node that could track promises. */
interface Hook {
  enable(): Hook;
}

// Node's test runner tracks every promise, to tell which test an uncaught error
// is of. A virtual day has millions: without that the tests take half the time,
// and an uncaught error still fails them, by its stack.
const hooks: Hook = createHook({}).constructor.prototype;
hooks.enable = function () {
  return this;
};

const cwd = import.meta.dirname!;
const files = await Array.fromAsync(glob("**/*_test.ts", { cwd }));
for (const file of files.sort()) await import(`./${file}`);
