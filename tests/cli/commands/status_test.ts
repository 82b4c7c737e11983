/** Where jobs stand: one of them, or all in a table. */

import { readFileSync } from "node:fs";
import { type Clock, OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import {
  cli,
  folder,
  MODEL,
  parse,
  startJob,
  submitJob,
  writeLines,
} from "../../_support/cli.ts";
import { FakeTerminal } from "../../_support/terminal.ts";

const HOUR = 3_600_000;
const PLAIN = { NO_COLOR: "1" };

test(
  "status looks and changes nothing: 3 while it runs, then 1",
  options,
  async () => {
    const sim = await startJob();
    const before = await cli(["status", "j"], { sim });
    assert.equal(before.code, 3);
    assert.match(before.stdout, /^Processing: 0 of 3 requests answered/);
    await sim.clock.advance(30 * HOUR);
    const calls = sim.ledger.calls.length;
    const after = await cli(["status", "j", "--json"], { sim });
    assert.equal(after.code, 1);
    const [{ type, id, done, requests }] = parse(after.stdout);
    assert.deepEqual([type, id, done], ["status", "j", true]);
    assert.equal(requests.failed, 1);
    const since = sim.ledger.calls.slice(calls);
    assert.ok(since.every(({ method }) => method === "GET"));
  },
);

test(
  "status and report agree with a run of fewer attempts about what is done",
  options,
  async (t) => {
    const sim = createSimulator({
      respond: ({ text }) =>
        text === "late" ? { error: "batch_expired" } : text,
    });
    const at = folder(t);
    const input = writeLines(at("in.txt"), ["a", "late"]);
    const once = ["--max-attempts", "1"];
    const about = [input, "--prompt={line}", ...MODEL, "--job=j", ...once];
    assert.equal((await cli(["run", ...about], { sim })).code, 1);
    assert.equal((await cli(["status", "j"], { sim })).code, 3);
    const { code, stdout } = await cli(["status", "j", ...once], { sim });
    assert.equal(code, 1);
    assert.match(stdout, /^Done: 1 of 2 requests answered, 1 failed/);
    const all = await cli(["status", ...once], { sim });
    assert.equal(all.code, 2);
    assert.match(all.stderr, /--max-attempts is for one job/);
    const output = ["--output", at("j.html")];
    await cli(["report", "j", ...once, ...output], { sim });
    assert.match(readFileSync(at("j.html"), "utf8"), /batch_expired/);
  },
);

test(
  "status reads the job that it names, and none whose name only begins so",
  options,
  async () => {
    const sim = await startJob("n");
    for (let i = 0; i < 5; i++) await submitJob(sim, `n${i}`, "a");
    await sim.clock.advance(30 * HOUR);
    const before = sim.ledger.calls.length;
    const { code, stdout } = await cli(["status", "n"], { sim });
    assert.equal(code, 1);
    assert.match(stdout, /^Done: 2 of 3 requests answered, 1 failed/);
    const [lists, files] = [["/v1/files", "/v1/batches"], new Set<string>()];
    for (const { path } of sim.ledger.calls.slice(before)) {
      if (!lists.includes(path)) files.add(path.split("/")[3]!);
    }
    const [batch] = sim.ledger.batches;
    const { input_file_id, output_file_id, error_file_id } = batch!;
    const own = [input_file_id, output_file_id, error_file_id];
    assert.deepEqual([...files].filter((id) => !own.includes(id)), []);
  },
);

test(
  "all jobs are a table on a terminal: age, answers, failures, cost so far, and what a job waits for",
  options,
  async () => {
    const sim = await startJob("day-1");
    await sim.clock.advance(30 * HOUR);
    await submitJob(sim, "night-1", "a\nb");
    const { code, stdout } = await cli(["status"], {
      sim,
      columns: 80,
      env: PLAIN,
    });
    assert.equal(code, 0);
    const [head, night, day, ...others] = stdout.split("\n");
    assert.match(head!, /^JOB +AGE +ANSWERED +FAILED +COST +STATE$/);
    assert.match(night!, /^night-1 +\d s +0\/2 +1 batch is running$/);
    assert.match(day!, /^day-1 +30 h +2\/3 +1 +\$0\.0{6}\d+ +done$/);
    assert.deepEqual(others, [""]);
    const [{ id, cost }] = parse(
      (await cli(["status", "--done", "--json"], { sim })).stdout,
    );
    const run = await cli(["results", "day-1", "--json"], { sim });
    assert.equal(id, "day-1");
    assert.ok(Math.abs(cost - parse(run.stderr).at(-1).usage.cost) < 1e-9);
  },
);

test(
  "of one job, status says the age and cost that the table has",
  options,
  async () => {
    const sim = await startJob();
    const young = await cli(["status", "j"], { sim });
    assert.match(young.stdout, /, \d s old\n$/);
    await sim.clock.advance(30 * HOUR);
    const [line] = parse((await cli(["status", "--json"], { sim })).stdout);
    const one = await cli(["status", "j"], { sim });
    assert.match(one.stdout, /, 30 h old, cost so far \$0\.0{6}\d+\n$/);
    const [found] = parse(
      (await cli(["status", "j", "--json"], { sim })).stdout,
    );
    assert.ok(line.cost > 0);
    assert.equal(found.cost, line.cost);
    const { code, stdout } = await cli(["status", "--help"]);
    assert.equal(code, 0);
    for (const name of ["requests", "activeBatches", "createdAt", "cost"]) {
      assert.ok(name in found, name);
      assert.match(stdout, new RegExp(`"${name}"`));
    }
  },
);

test(
  "the table says why a job is stuck",
  options,
  async () => {
    const sim = await startJob();
    await cli(["cancel", "j"], { sim });
    const early = await cli(["status"], { sim });
    assert.match(early.stdout, /^j\t\S+Z\t0\t\d\t3\t\S*\tcancelled$/m);
    await sim.clock.advance(120_000);
    const late = await cli(["status", "--done"], { sim });
    assert.match(late.stdout, /^j\t\S+Z\t0\t3\t3\t\S*\tcancelled$/m);
  },
);

test(
  "to another program a job is a line with tabs; names and --done, --open choose",
  options,
  async () => {
    const sim = await startJob("day-1");
    await sim.clock.advance(30 * HOUR);
    await submitJob(sim, "night-1", "a");
    const ids = async (...argv: string[]) => {
      const { code, stdout } = await cli(["status", ...argv], { sim });
      assert.equal(code, 0);
      return stdout.split("\n").filter(Boolean).map((line) =>
        line.split("\t")[0]
      );
    };
    assert.deepEqual(await ids(), ["night-1", "day-1"]);
    assert.deepEqual(await ids("--prefix", "day"), ["day-1"]);
    assert.deepEqual(await ids("--done"), ["day-1"]);
    assert.deepEqual(await ids("--open"), ["night-1"]);
    const none = await cli(["status", "--prefix", "week"], { sim });
    assert.deepEqual([none.code, none.stdout], [0, ""]);
    assert.match(none.stderr, /There are no such jobs/);
  },
);

test(
  "all jobs take one list of files and one of batches, however many there are",
  options,
  async () => {
    const sim = await startJob("n");
    for (let i = 0; i < 5; i++) await submitJob(sim, `n${i}`, "a");
    const before = sim.ledger.calls.length;
    const { stdout } = await cli(["status"], { sim });
    assert.equal(stdout.split("\n").length, 7);
    const paths = sim.ledger.calls.slice(before).map(({ path }) => path);
    assert.deepEqual(paths, ["/v1/files", "/v1/batches"]);
  },
);

test(
  "where there is no room for columns, a job has two lines and its whole name",
  options,
  async () => {
    const sim = createSimulator();
    const name = "reviews-of-the-whole-year-2026-11-21-by-country";
    await submitJob(sim, name, "a");
    for (const columns of [40, 60, 80, 120]) {
      const { stdout } = await cli(["status"], { sim, columns, env: PLAIN });
      const lines = stdout.split("\n");
      assert.ok(lines.some((line) => line.startsWith(name)), stdout);
      const wide = lines.filter((line) =>
        line.length > columns && line !== name
      );
      assert.deepEqual(wide, []);
    }
  },
);

test("watch runs until the job is done", options, async () => {
  const sim = await startJob();
  const { code, stdout, stderr } = await cli(["watch", "j"], { sim });
  assert.equal(code, 1);
  assert.match(stdout, /^Done: 2 of 3 requests answered, 1 failed/);
  assert.match(stderr, /^Processing: /m);
});

test(
  "watch without a name redraws the table, in place, until all jobs are done",
  options,
  async () => {
    const sim = await startJob("a");
    await submitJob(sim, "b", "one");
    // Somebody else goes on with both.
    const client = new OpenAIBatch(sim.options);
    for (const id of ["a", "b"]) await client.attach(id);
    const { code, stdout, stderr } = await cli(
      ["watch", "--poll-interval", "10m"],
      { sim, columns: 70, rows: 10, env: PLAIN },
    );
    assert.equal(code, 0);
    assert.match(stdout, /^b .* done\na .* done$/m);
    const terminal = new FakeTerminal(70);
    terminal.write(stderr);
    assert.deepEqual(terminal.screen.filter(Boolean), []);
    const draws = stderr.split("\x1b[J").filter((text) => text.includes("JOB"));
    assert.ok(draws.length > 1, `${draws.length}`);
    assert.match(
      draws[0]!,
      /^JOB.*\nb .*running\na .*running\nCtrl-C ends this view\n/,
    );
  },
);

test(
  "Ctrl-C ends watching all jobs and touches none; a table longer than the terminal is cut",
  options,
  async () => {
    const sim = createSimulator();
    for (let i = 0; i < 9; i++) await submitJob(sim, `j${i}`, "a");
    const calls = sim.ledger.calls.length;
    const { clock } = sim;
    let press = () => {};
    const sleeping: Clock = {
      now: () => clock.now(),
      sleep: (ms, signal) => {
        if (ms !== 10_000) return clock.sleep(ms, signal);
        press();
        return clock.sleep(0, signal);
      },
    };
    const { code, stderr } = await cli(["watch"], {
      sim: { ...sim, options: { ...sim.options, clock: sleeping } },
      columns: 80,
      rows: 6,
      env: PLAIN,
      onListening: (pressed) => press = pressed,
    });
    assert.equal(code, 3);
    assert.match(stderr, /\n… 7 more lines\n/);
    const since = sim.ledger.calls.slice(calls);
    assert.ok(since.every(({ method }) => method === "GET"));
  },
);

test(
  "who looks from outside is told of the job, not of what its own process would wait for",
  options,
  async () => {
    const sim = createSimulator({
      faults: { "batches.create:insufficient_quota": 1 },
    });
    const argv = ["submit", "-", "--prompt", "{line}", ...MODEL, "--job", "k"];
    await cli(argv, { sim, stdin: "a" });
    const table = await cli(["status"], { sim });
    assert.match(table.stdout, /^k\t.*\tno batch is running$/m);
    const one = await cli(["status", "k"], { sim });
    assert.doesNotMatch(one.stdout, /an earlier run/);
    // Its own process may be alive: a second one isn't simply recommended.
    const note =
      / own run or watch\. If none is alive any more: openai-batch watch /;
    assert.match(one.stdout, note);
    for (const columns of [60, 120]) {
      const drawn = await cli(["status"], { sim, columns, env: PLAIN });
      assert.match(drawn.stdout, /no batch is running\n/);
      assert.match(drawn.stdout.replaceAll("\n", " "), note);
      const lines = drawn.stdout.split("\n");
      assert.ok(lines.every(({ length }) => length < columns), drawn.stdout);
    }
  },
);

test(
  "to another program, watch without a name tells a line for each job of which there is news",
  options,
  async () => {
    const sim = await startJob("a");
    await submitJob(sim, "b", "one");
    const { stdout, stderr } = await cli(["watch", "--poll-interval", "10m"], {
      sim,
    });
    assert.match(stdout, /^b\t.*\tdone\na\t.*\tdone\n$/);
    const lines = stderr.trim().split("\n");
    assert.match(lines[0]!, /^b: Processing: 0 of 1 request answered/);
    assert.match(lines.at(-1)!, /^[ab]: Done: /);
    assert.equal(new Set(lines).size, lines.length);
  },
);
