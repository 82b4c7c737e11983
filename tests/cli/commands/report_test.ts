/**
 * The commands `report` and `doctor`, and `run --report`.
 *
 * @module
 */

import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { promisify } from "node:util";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import {
  cli,
  failing,
  folder,
  MODEL,
  parse,
  writeLines,
} from "../../_support/cli.ts";

const DOCTOR = ["doctor", ...MODEL];

test("run --report writes a page of what it has run", options, async (t) => {
  const path = folder(t);
  const sim = createSimulator({ respond: failing });
  const input = writeLines(path("input.txt"), ["good", "bad one"]);
  const argv = ["run", input, "--prompt", "{line}", ...MODEL];
  const page = path("page.html");
  const { code } = await cli([...argv, "--report", page], { sim });
  assert.equal(code, 1);
  const html = readFileSync(page, "utf8");
  assert.match(html, /^<!doctype html>/);
  assert.match(html, /bad_prompt/);
  assert.match(html, /good/);
});

test(
  "report makes a page of a job that ran elsewhere, without its answers if so asked",
  options,
  async (t) => {
    const path = folder(t);
    const sim = createSimulator({ respond: () => "a secret answer" });
    const input = writeLines(path("input.txt"), ["one", "two"]);
    const argv = [
      "run",
      input,
      "--prompt",
      "{line}",
      ...MODEL,
      "--job",
      "night",
    ];
    await cli(argv, { sim });
    const page = path("page.html");
    const report = ["report", "night", "--output", page];
    const { code, stdout } = await cli(report, { sim });
    assert.deepEqual([code, stdout.trim()], [0, page]);
    assert.match(readFileSync(page, "utf8"), /a secret answer/);
    await cli([...report, "--answers", "0"], { sim });
    assert.doesNotMatch(readFileSync(page, "utf8"), /a secret answer/);
    assert.match(
      readFileSync(page, "utf8"),
      /Batch job <bdi dir="auto">|night/,
    );
  },
);

test("a report replaces no file that is not one", options, async (t) => {
  const path = folder(t);
  const sim = createSimulator();
  const input = writeLines(path("input.txt"), ["one"]);
  const page = path("results.jsonl");
  writeFileSync(page, "paid\n");
  const argv = ["run", input, "--prompt", "{line}", ...MODEL, "--report", page];
  const { code, stderr } = await cli(argv, { sim });
  assert.equal(code, 2);
  assert.match(stderr, /results\.jsonl exists already/);
  assert.equal(readFileSync(page, "utf8"), "paid\n");
  assert.deepEqual(sim.ledger.calls, []);
});

test("a report of no job says so, and writes nothing", options, async (t) => {
  const page = folder(t)("page.html");
  const sim = createSimulator();
  const argv = ["report", "nobody", "--output", page];
  const { code, stderr } = await cli(argv, { sim });
  assert.equal(code, 2);
  assert.match(stderr, /nobody/);
  assert.equal(existsSync(page), false);
});

test(
  "doctor prints a table, and ends with 0 where all holds",
  options,
  async () => {
    const sim = createSimulator();
    const { code, stdout } = await cli([...DOCTOR, "--yes"], { sim });
    assert.equal(code, 0);
    assert.match(stdout, /✓ {3}\| a batch can be cancelled/);
    assert.deepEqual(sim.ledger.files, []);
  },
);

test("doctor --json gives every check to a program", options, async () => {
  const sim = createSimulator();
  const { stdout } = await cli([...DOCTOR, "--yes", "--json"], { sim });
  const [{ type, ok, checks }] = parse(stdout);
  assert.deepEqual([type, ok], ["diagnosis", true]);
  assert.ok(checks.length > 15);
});

test("doctor ends with 1 where something does not hold", options, async () => {
  const sim = createSimulator();
  sim.options.apiKey = "wrong";
  const { code, stdout } = await cli([...DOCTOR, "--yes"], { sim });
  assert.equal(code, 1);
  assert.match(stdout, /✗ {3}\| the address answers, and takes the key/);
});

test("doctor sends nothing before you have agreed", options, async () => {
  const sim = createSimulator();
  const { code, stderr } = await cli(DOCTOR, { sim });
  assert.equal(code, 2);
  assert.match(stderr, /two answers of 16 tokens\. Confirm it with --yes/);
  assert.deepEqual(sim.ledger.calls, []);
});

test(
  "a page may go to a pipe, and not over the results",
  { ...options, skip: process.platform === "win32" },
  async (t) => {
    const path = folder(t);
    const sim = createSimulator();
    const input = writeLines(path("input.txt"), ["one"]);
    const argv = ["run", input, "--prompt", "{line}", ...MODEL, "--job", "j"];
    argv.push("--output", path("out.jsonl"), "--report");
    const calls = sim.ledger.calls.length;
    for (const page of ["out.jsonl", "./out.jsonl"]) {
      const at = `${path(".")}/${page}`;
      const { code, stderr } = await cli([...argv, at], { sim });
      assert.equal(code, 2);
      assert.match(stderr, /--output .* and --report .* are the same file/);
    }
    assert.equal(sim.ledger.calls.length, calls);
    execFileSync("mkfifo", [path("page")]);
    const [{ code, stderr }, { stdout }] = await Promise.all([
      cli([...argv, path("page")], { sim }),
      promisify(execFile)("cat", [path("page")]),
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^<!doctype html>/);
    const report = ["report", "j", "--output", "/dev/stdout"];
    const printed = await cli(report, { sim });
    assert.match(printed.stdout, /^<!doctype html>[^]*<\/html>\s*$/);
    assert.deepEqual(
      readdirSync(path(".")).toSorted(),
      ["input.txt", "out.jsonl", "page"],
    );
  },
);
