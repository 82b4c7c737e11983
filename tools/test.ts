/**
 * Runs the tests on Deno, Bun and Node side by side, so that no core is idle.
 * Each output is kept apart, and shown if something in it fails.
 *
 *     npx -y deno@2 task test
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** How often it says how far the tests are, in ms. */
const BEAT = 30_000;

/** The line of a test that passed: Deno's, Bun's, Node's. */
const PASSED = /^(.* \.\.\. ok \(.*|\(pass\) .*|✔ .*)$/gm;

const cwd = fileURLToPath(new URL("..", import.meta.url));
// Colours would be in the way of the pattern above.
const env = { ...process.env, NO_COLOR: "1" };
const start = performance.now();
const outputs = new Map<string, string>();

function say(text: string): void {
  const seconds = Math.round((performance.now() - start) / 1_000);
  const rest = `${seconds % 60}`.padStart(2, "0");
  process.stdout.write(`${Math.floor(seconds / 60)}:${rest}  ${text}\n`);
}

function passed(name: string): string {
  const count = outputs.get(name)!.match(PASSED)?.length ?? 0;
  return `${name} ${count.toLocaleString("en-US")}`;
}

/** Runs a command to its end, and tells whether it succeeded. */
function run(name: string, command: string): Promise<boolean> {
  outputs.set(name, "");
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const child = spawn(command, { shell: true, cwd, env });
  const listen = (text: string) =>
    void outputs.set(name, (outputs.get(name) ?? "") + text);
  child.stdout.setEncoding("utf8").on("data", listen);
  child.stderr.setEncoding("utf8").on("data", listen);
  child.on("close", (code) => resolve(code === 0));
  return promise;
}

/** Runs the tests of one runtime, and says how they ended. */
async function test(name: string): Promise<void> {
  const task = `test:${name.toLowerCase()}`;
  const isOk = await run(name, `"${process.execPath}" task ${task}`);
  const count = passed(name);
  if (isOk) say(`${count} passed`);
  else fail(name, `${count} passed, others FAILED: see above`);
  outputs.delete(name);
}

/** Shows what a command printed, without the tests that passed. */
function fail(name: string, why: string): void {
  const left = outputs.get(name)!.replace(PASSED, "");
  process.stdout.write(`\n${left.replace(/\n{3,}/g, "\n\n").trim()}\n\n`);
  say(why);
  process.exitCode = 1;
}

/** Installs what Bun and Node need: once, or they would do it at the same time. */
async function install(): Promise<void> {
  const name = "Installing";
  const isOk = await run(name, "npx -y bun@1 install --frozen-lockfile");
  if (!isOk) fail(name, "the dev dependencies were not installed");
  outputs.delete(name);
}

say("Deno, Bun and Node side by side: a few minutes on 2 cores.");
const beat = setInterval(() => {
  say(`so far ${[...outputs.keys()].map(passed).join(", ")}`);
}, BEAT);
await Promise.all([
  test("Deno"),
  install().then(() => Promise.all([test("Bun"), test("Node")])),
]);
clearInterval(beat);
