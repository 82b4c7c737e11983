/** What each test file begins with. */

export { default as assert } from "node:assert/strict";
export { test, type TestContext } from "node:test";

/** Of a test: on the virtual clock one that takes a minute hangs. */
export const options: { timeout: number } = { timeout: 60_000 };
