import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { cli, folder, parse, read } from "../_support/cli.ts";
import { refuse } from "../_support/servers.ts";
import { sums } from "../_support/sums.ts";

const HOUR = 3_600_000;

/** A simulator with a job of three requests, of which the last one fails. */
async function start(job = "j"): Promise<Simulator> {
  const sim = createSimulator({
    respond: ({ text }) =>
      text === "bad" ? { status: 400, body: { error: { code: "bad" } } } : text,
  });
  await submit(sim, job, "a\nb\nbad");
  return sim;
}

async function submit(sim: Simulator, job: string, stdin: string) {
  const argv = ["submit", "-", "--prompt", "{line}", "--model", "gpt-4o-mini"];
  const outcome = await cli([...argv, "--job", job], { sim, stdin });
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(outcome.stdout, `${job}\n`);
}

test(
  "submit gives the job's name, also of one that was made up",
  options,
  async () => {
    const sim = createSimulator();
    const argv = [
      "submit",
      "-",
      "--prompt",
      "{line}",
      "--model",
      "gpt-4o-mini",
    ];
    const { code, stdout } = await cli(argv, { sim, stdin: "a" });
    assert.equal(code, 0);
    assert.match(stdout, /^[0-9a-f-]{36}\n$/);
    assert.equal((await cli(["results", stdout.trim()], { sim })).code, 0);
  },
);

test(
  "status looks and changes nothing: 3 while it runs, then 1",
  options,
  async () => {
    const sim = await start();
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
  "a job that is not there is wrong usage, whatever is asked of it",
  options,
  async () => {
    const sim = await start("longer");
    for (const name of ["status", "watch", "results", "cancel", "clean"]) {
      const { code, stderr } = await cli([name, "long"], { sim });
      assert.equal(code, 2, name);
      assert.match(stderr, /There is no job long\n/);
    }
  },
);

test("watch goes on until the job is done", options, async () => {
  const sim = await start();
  const { code, stdout, stderr } = await cli(["watch", "j"], { sim });
  assert.equal(code, 1);
  assert.match(stdout, /^Done: 2 of 3 requests answered, 1 failed/);
  assert.match(stderr, /^Processing: /m);
});

test("results waits, writes and says what was paid", options, async (t) => {
  const at = folder(t);
  const sim = await start();
  const argv = ["results", "j", "--output", at("out"), "--failures", at("bad")];
  const { code, stderr } = await cli(argv, { sim });
  assert.equal(code, 1);
  assert.deepEqual(read(at("out")).map(({ output }) => output).toSorted(), [
    "a",
    "b",
  ]);
  assert.equal(read(at("bad"))[0].id, "2");
  assert.match(stderr, /Total/);
  assert.match(
    stderr,
    /\nPaid \$0\.\d+, instead of \$0\.\d+ without the batch/,
  );
});

test(
  "results --no-wait gives what is there, with exit code 3 until it is all",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    const argv = [
      "submit",
      "-",
      "--prompt",
      "{line}",
      "--model",
      "gpt-4o-mini",
    ];
    argv.push("--job", "j", "--batch-size", "1");
    await cli(argv, { sim, stdin: "a\nb\nc\nd\ne\nf" });
    const now = ["results", "j", "--no-wait", "--output", at("out")];
    const counts: number[] = [];
    let code = 3;
    for (let hour = 0; code === 3 && hour < 30; hour += 0.25) {
      ({ code } = await cli(now, { sim }));
      counts.push(read(at("out")).length);
      await sim.clock.advance(HOUR / 4);
    }
    assert.equal(code, 0);
    assert.equal(counts[0], 0);
    assert.equal(counts.at(-1), 6);
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b));
    assert.equal(new Set(read(at("out")).map(({ id }) => id)).size, 6);
  },
);

test(
  "cancel ends a job for good, and results tells what became of it",
  options,
  async () => {
    const sim = await start();
    const argv = ["cancel", "j", "--poll-interval", "1m"];
    const { code, stdout, stderr } = await cli(argv, { sim });
    assert.equal(code, 0);
    assert.match(stderr, /\n {2}openai-batch results j --poll-interval 1m\n$/);
    assert.match(
      stdout,
      /^Done: 0 of 3 requests answered.* stopped: The job was cancelled/,
    );
    const after = await cli(["results", "j"], { sim });
    assert.equal(after.code, 1);
    assert.match(after.stderr, /0 answered, 3 failed \(cancelled 3\)/);
  },
);

test(
  "the command that is printed can be pasted by who types npx or bunx",
  options,
  async () => {
    for (const runner of ["npx", "bunx"]) {
      const sim = await start();
      const env = {
        npm_lifecycle_event: runner,
        npm_lifecycle_script: "'openai-batch'",
      };
      const { stderr } = await cli(["cancel", "j"], { sim, env });
      const line = `\n  ${runner} @offpeak/openai-batch results j\n`;
      assert.ok(stderr.endsWith(line), stderr);
    }
  },
);

test(
  "list tells of a job that is cancelled, and of one that has ended so",
  options,
  async () => {
    const sim = await start();
    await cli(["cancel", "j"], { sim });
    const early = await cli(["list"], { sim });
    assert.match(early.stdout, /^j\tcancelled\t0 answered, /);
    await sim.clock.advance(120_000);
    const late = await cli(["list", "--done"], { sim });
    assert.match(late.stdout, /^j\tcancelled\t0 answered, 3 failed of 3\t/);
  },
);

test(
  "list tells jobs by name and by whether they are done",
  options,
  async () => {
    const sim = await start("day-1");
    await sim.clock.advance(30 * HOUR);
    await submit(sim, "night-1", "a");
    const ids = async (...argv: string[]) => {
      const { code, stdout } = await cli(["list", ...argv], { sim });
      assert.equal(code, 0);
      return stdout.split("\n").filter(Boolean).map((line) =>
        line.split("\t")[0]
      );
    };
    assert.deepEqual(await ids(), ["night-1", "day-1"]);
    assert.deepEqual(await ids("--prefix", "day"), ["day-1"]);
    assert.deepEqual(await ids("--done"), ["day-1"]);
    assert.deepEqual(await ids("--open"), ["night-1"]);
  },
);

test(
  "clean deletes a job's files, but not while it runs",
  options,
  async () => {
    const sim = await start();
    const early = await cli(["clean", "j"], { sim });
    assert.equal(early.code, 3);
    assert.match(early.stderr, /cancel it first/);
    await sim.clock.advance(30 * HOUR);
    const { code, stdout } = await cli(["clean", "j"], { sim });
    assert.equal(code, 0);
    assert.equal(stdout, "The files of j are deleted\n");
    assert.equal(sim.ledger.files.length, 0);
  },
);

test(
  "a job whose input never arrived whole says that it takes the input again",
  options,
  async () => {
    const sim = createSimulator();
    const client = new OpenAIBatch(sim.options);
    const leave = new AbortController();
    const sending = client.submit(sums(4), {
      job: "j",
      params: { model: "gpt-4o-mini" },
      batchSize: 2,
      signal: leave.signal,
      progress: ({ activeBatches }) => {
        if (activeBatches > 0) leave.abort();
      },
    });
    await assert.rejects(sending);
    const { code, stderr } = await cli(["results", "j"], { sim });
    assert.equal(code, 3);
    assert.match(stderr, /run it again with the same job and input/);
    assert.doesNotMatch(stderr, /Go on with/);
  },
);

test(
  "list lists files and batches once, however many jobs there are",
  options,
  async () => {
    const sim = await start("n");
    for (let i = 0; i < 5; i++) await submit(sim, `n${i}`, "a");
    const before = sim.ledger.calls.length;
    const { stdout } = await cli(["list"], { sim });
    assert.equal(stdout.split("\n").length, 7);
    const paths = sim.ledger.calls.slice(before).map(({ path }) => path);
    assert.deepEqual(paths, ["/v1/files", "/v1/batches"]);
  },
);

test(
  "status reads the job that it names, and none whose name only begins so",
  options,
  async () => {
    const sim = await start("n");
    for (let i = 0; i < 5; i++) await submit(sim, `n${i}`, "a");
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
  "a job that can't be reached says so at once, whatever is asked of it",
  options,
  async () => {
    const lost = () => {
      const cause = Object.assign(new Error("no"), { code: "ECONNREFUSED" });
      throw Object.assign(new TypeError("fetch failed"), { cause });
    };
    for (const name of ["status", "watch", "results", "cancel", "clean"]) {
      const sim = await start();
      const until = sim.clock.now() + 20_000;
      const fetch = refuse(sim, () => sim.clock.now() < until, lost);
      const { stdout, stderr } = await cli([name, "j"], {
        sim: { ...sim, options: { ...sim.options, fetch } },
      });
      const said = /^Cannot reach .* \(ECONNREFUSED\), trying again for up to/;
      assert.match(stderr, said, name);
      assert.doesNotMatch(stdout, /Cannot reach/, name);
    }
  },
);
