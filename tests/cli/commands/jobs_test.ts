import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { cli, folder, read, startJob } from "../../_support/cli.ts";
import { refuse } from "../../_support/servers.ts";
import { sums } from "../../_support/sums.ts";

const HOUR = 3_600_000;

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
  "a job that is not there is wrong usage, whatever is asked of it",
  options,
  async () => {
    const sim = await startJob("longer");
    for (const name of ["status", "watch", "results", "cancel", "clean"]) {
      const { code, stderr } = await cli([name, "long"], { sim });
      assert.equal(code, 2, name);
      assert.match(
        stderr,
        /There is no job long\nA new job is seen .* To list all jobs: openai-batch status\n/,
      );
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

test("results waits, writes and says what was paid", options, async (t) => {
  const at = folder(t);
  const sim = await startJob();
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
    /\nPaid \$0\.\d+ instead of \$0\.\d+ \(batch discount\)/,
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
    const sim = await startJob();
    const argv = ["cancel", "j", "--poll-interval", "1m"];
    const { code, stdout, stderr } = await cli(argv, { sim });
    assert.equal(code, 0);
    assert.match(
      stderr,
      /\n {2}openai-batch results j --poll-interval 1m --output FILE\n/,
    );
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
  "the command that is printed can be pasted by anyone who types npx or bunx",
  options,
  async () => {
    for (const runner of ["npx", "bunx"]) {
      const sim = await startJob();
      const env = {
        npm_lifecycle_event: runner,
        npm_lifecycle_script: "'openai-batch'",
      };
      const { stderr } = await cli(["cancel", "j"], { sim, env });
      const line = `\n  ${runner} @offpeak/openai-batch results j --output`;
      assert.ok(stderr.includes(line), stderr);
    }
  },
);

test(
  "clean deletes a job's files, but not while it runs",
  options,
  async () => {
    const sim = await startJob();
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
  "a job whose input never arrived completely says that it takes the input again",
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
  "a job that can't be reached says so at once, whatever is asked of it",
  options,
  async () => {
    const lost = () => {
      const cause = Object.assign(new Error("no"), { code: "ECONNREFUSED" });
      throw Object.assign(new TypeError("fetch failed"), { cause });
    };
    for (const name of ["status", "watch", "results", "cancel", "clean"]) {
      const sim = await startJob();
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
