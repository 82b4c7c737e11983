/** What failed is asked once more, and takes the place of the failures. */

import { readFileSync, writeFileSync } from "node:fs";
import { type Endpoint, OpenAIBatch } from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import {
  cli,
  folder,
  idsOf,
  MODEL,
  type Parsed,
  read,
  writeLines,
} from "../../_support/cli.ts";

const FAST = ["--settle-time", "0s"];

/** Fails as often as its text says: "bad 2" is answered when it is asked the third time. */
function openSimulator(): Simulator {
  const asked = new Map<string, number>();
  return createSimulator({
    respond: ({ text }: SimulatedRequest) => {
      const times = asked.get(text) ?? 0;
      asked.set(text, times + 1);
      const failures = Number(/bad (\d+)/.exec(text)?.[1] ?? 0);
      if (times >= failures) return `Answer to: ${text}`;
      return { status: 400, body: { error: { code: "bad", message: "No" } } };
    },
  });
}

interface Scene {
  sim: Simulator;
  input: string;
  output: string;
  /** Runs the job. */
  run(): Promise<number>;
  /** Asks its failures once more. */
  retry(...more: string[]): ReturnType<typeof cli>;
  results(): Parsed[];
}

function scene(at: (name: string) => string, texts: string[]): Scene {
  const sim = openSimulator();
  const input = writeLines(
    at("in.jsonl"),
    texts.map((content, i) => JSON.stringify({ id: `r${i}`, content })),
  );
  const output = at("out.jsonl");
  const about = [input, ...MODEL, "--output", output, ...FAST];
  return {
    sim,
    input,
    output,
    run: async () =>
      (await cli(["run", ...about, "--job", "j", "--batch-size=2"], { sim }))
        .code,
    retry: (...more) => cli(["retry", "j", ...about, ...more], { sim }),
    results: () => read(output).toSorted((a, b) => a.id < b.id ? -1 : 1),
  };
}

const answer = ({ id, ok, output }: Parsed) => [id, ok, ok ? output : ""];

test(
  "fields of batches and files that run was given are in the command for the retry, and reach it",
  options,
  async (t) => {
    const at = folder(t);
    const sim = openSimulator();
    const input = writeLines(at("in.txt"), ["a", "bad 1"]);
    const batch = '--batch={"metadata":{"team":"a"}}';
    const file =
      '--file={"expires_after":{"anchor":"created_at","seconds":86400}}';
    const about = [input, "--prompt={line}", ...MODEL, ...FAST, "--job=j"];
    const { stderr } = await cli(["run", ...about, batch, file], { sim });
    const [, words] = /with:\n {2}openai-batch (retry .*)\n$/.exec(stderr)!;
    const pasted = words!.replaceAll("'", "").split(" ");
    assert.equal((await cli(pasted, { sim })).code, 0);
    const teams = sim.ledger.batches.map(({ metadata }) => metadata?.team);
    assert.deepEqual(teams, ["a", "a"]);
    const inputs = sim.ledger.files.filter(({ purpose }) =>
      purpose === "batch"
    );
    assert.equal(inputs.length, 2);
    for (const { created_at, expires_at } of inputs) {
      assert.equal(expires_at, created_at + 86_400);
    }
  },
);

test(
  "retry asks what failed and nothing else, as JOB-retry-1, and the output has one row for each",
  options,
  async (t) => {
    const texts = ["a", "bad 1", "b", "bad 1 too", "c", "bad 2"];
    const { sim, run, retry, results } = scene(folder(t), texts);
    assert.equal(await run(), 1);
    const before = sim.ledger.requests.length;
    const { code, stderr } = await retry();
    assert.equal(code, 1);
    assert.match(stderr, /^3 requests of j failed\nJob j-retry-1\n/m);
    assert.match(stderr, /3 requests: 2 answered, 1 failed \(bad 1\)/);
    const asked = sim.ledger.requests.slice(before);
    assert.deepEqual(asked.map(({ custom_id }) => custom_id), [
      "r1",
      "r3",
      "r5",
    ]);
    assert.equal(asked[0]!.body.model, "gpt-4o-mini");
    assert.deepEqual(results().map(answer), [
      ["r0", true, "Answer to: a"],
      ["r1", true, "Answer to: bad 1"],
      ["r2", true, "Answer to: b"],
      ["r3", true, "Answer to: bad 1 too"],
      ["r4", true, "Answer to: c"],
      ["r5", false, ""],
    ]);
    const second = await retry();
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stderr, /^1 request of j failed\nJob j-retry-2\n/m);
    assert.deepEqual(answer(results()[5]), ["r5", true, "Answer to: bad 2"]);
    assert.equal(results().length, 6);
    const third = await retry();
    assert.equal(third.code, 0);
    assert.match(third.stderr, /All requests of j are answered/);
    assert.equal(sim.ledger.requests.length, before + 4);
  },
);

test(
  "an output that is not there, or holds half of it, becomes whole; an answer stays an answer",
  options,
  async (t) => {
    const { run, retry, results, output } = scene(folder(t), ["a", "bad 9"]);
    await run();
    const whole = readFileSync(output, "utf8");
    for (const text of ["", whole.slice(0, 30), whole]) {
      writeFileSync(output, text);
      assert.equal((await retry()).code, 1);
      assert.deepEqual(results().map(answer), [
        ["r0", true, "Answer to: a"],
        ["r1", false, ""],
      ]);
    }
  },
);

test(
  "an abandoned retry continues, and run does not bring failures back",
  options,
  async (t) => {
    const at = folder(t);
    const { sim, run, retry, results } = scene(at, ["a", "bad 1", "bad 9"]);
    await run();
    // As a process leaves it that is killed once all is sent.
    const client = new OpenAIBatch(sim.options);
    const parts = (await client.inputs({ prefix: "j" })).map(({ lines }) =>
      lines((id) => id !== "r0")
    );
    await client.submit<Endpoint>((await Promise.all(parts)).flat(), {
      job: "j-retry-1",
      batchSize: 2,
    });
    assert.equal((await client.status("j-retry-1")).done, false);
    const batches = sim.ledger.batches.length;
    const again = await retry();
    assert.equal(again.code, 1, again.stderr);
    assert.match(again.stderr, /^Job j-retry-1$/m);
    assert.doesNotMatch(again.stderr, /Send it|j-retry-2/);
    assert.equal(sim.ledger.batches.length, batches);
    const expected = [
      ["r0", true, "Answer to: a"],
      ["r1", true, "Answer to: bad 1"],
      ["r2", false, ""],
    ];
    assert.deepEqual(results().map(answer), expected);
    await run();
    assert.deepEqual(results().map(answer), expected);
  },
);

test(
  "an input with other ids is refused before anything is sent, and so is a job that is not done",
  options,
  async (t) => {
    const at = folder(t);
    const { sim, input, output, run, retry } = scene(at, ["a", "bad 1"]);
    await run();
    const held = readFileSync(output, "utf8");
    const before = sim.ledger.calls.filter(({ method }) => method !== "GET");
    const changes: [string[], RegExp][] = [
      [["a"], /has no row with the id "r1", which is in the job j/],
      [["a", "bad 1", "c"], /makes 3 requests, but the job j has 2/],
    ];
    for (const [texts, reason] of changes) {
      writeLines(
        input,
        texts.map((content, i) => JSON.stringify({ id: `r${i}`, content })),
      );
      const { code, stderr } = await retry();
      assert.equal(code, 2);
      assert.match(stderr, reason);
    }
    const none = await cli(["retry", "none", input, ...MODEL], { sim });
    assert.match(none.stderr, /There is no job none\n/);
    const half = await cli(["retry", "j"], { sim });
    assert.match(half.stderr, /retry needs the input that .* retry JOB INPUT/);
    await cli(["submit", input, ...MODEL, "--job", "k", ...FAST], { sim });
    const open = await cli(["retry", "k", input, ...MODEL], { sim });
    assert.equal(open.code, 2);
    assert.match(open.stderr, /k isn't done, .* openai-batch watch k\n/);
    const own = sim.ledger.calls.filter(({ method }) => method !== "GET");
    assert.equal(own.length - before.length, 2); // those of k
    assert.equal(readFileSync(output, "utf8"), held);
  },
);

test(
  "failures have a file of their own, which holds those that are left",
  options,
  async (t) => {
    const at = folder(t);
    const { run, retry, results } = scene(at, ["bad 1", "bad 2", "a"]);
    await run();
    const failures = ["--failures", at("failures")];
    assert.equal((await retry(...failures)).code, 1);
    assert.deepEqual(idsOf(read(at("failures"))), ["r1"]);
    assert.equal((await retry(...failures)).code, 0);
    assert.deepEqual(read(at("failures")), []);
    assert.deepEqual(idsOf(results()), ["r0", "r1", "r2"]);
  },
);

test(
  "on a terminal a retry asks first; a no, or a --budget, leaves the output as it is",
  options,
  async (t) => {
    const { sim, input, output, run } = scene(folder(t), ["bad 1", "a"]);
    await run();
    const held = readFileSync(output, "utf8");
    const argv = ["retry", "j", input, ...MODEL, ...FAST, "--output", output];
    const no = await cli(argv, { sim, stdin: "n\n", columns: 80 });
    assert.equal(no.code, 4);
    assert.match(no.stderr, /1 request in 1 batch, to gpt-4o-mini\n/);
    const poor = await cli([...argv, "--budget", "0"], { sim });
    assert.equal(poor.code, 4);
    assert.equal(readFileSync(output, "utf8"), held);
    const yes = await cli([...argv, "--yes"], { sim, columns: 80 });
    assert.equal(yes.code, 0, yes.stderr);
    assert.notEqual(readFileSync(output, "utf8"), held);
  },
);

test(
  "run prints a command that sends the failures again, and it can be pasted",
  options,
  async (t) => {
    const at = folder(t);
    const sim = openSimulator();
    writeFileSync(at("in.csv"), 'name,text\n"a, b","bad 1"\nc,d\n');
    const argv = ["run", at("in.csv"), "--prompt", "{name}: {text}", ...MODEL];
    argv.push("--output", at("out.csv"), "--batch-size=1", ...FAST);
    const run = await cli([...argv, "--job=j", "--yes"], { sim });
    assert.equal(run.code, 1, run.stderr);
    const [, words] = /what failed again with:\n {2}openai-batch (.*)\n/
      .exec(run.stderr)!;
    assert.match(words!, /^retry j \S+in\.csv --prompt /);
    const pasted = words!.match(/(?:'[^']*'|\S)+/g)!
      .map((word) => word.replaceAll("'", ""));
    const { code, stderr } = await cli(pasted, { sim });
    assert.equal(code, 0, stderr);
    assert.equal(
      readFileSync(at("out.csv"), "utf8"),
      'name,text,output,error\r\nc,d,"Answer to: c: d",\r\n'.replace(/"/g, "") +
        '"a, b",bad 1,"Answer to: a, b: bad 1",\r\n',
    );
    const results = await cli(["results", "j", "--no-wait"], { sim });
    assert.match(
      results.stderr,
      /with:\n {2}openai-batch retry j INPUT --output FILE\n/,
    );
  },
);

test(
  "a job that only seemed done is finished first: what was no answer is no failure",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({
      respond: ({ text, attempt }) =>
        text === "empty" && attempt === 1
          ? { status: 200, body: { choices: [] } }
          : text,
    });
    const input = writeLines(at("in.jsonl"), ['"a"', '"empty"']);
    const about = [input, ...MODEL, "--output", at("out.jsonl"), ...FAST];
    const submit = ["submit", input, ...MODEL, ...FAST, "--job", "j"];
    assert.equal((await cli(submit, { sim })).code, 0);
    await sim.clock.advance(30 * 3_600_000);
    const { code, stderr } = await cli(["retry", "j", ...about], { sim });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /All requests of j are answered/);
    assert.deepEqual(idsOf(read(at("out.jsonl"))), ["0", "1"]);
  },
);

test(
  "what has used up its attempts has failed, however many there are by default",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({
      respond: ({ text, attempt }) =>
        attempt === 1 ? { error: "batch_expired" } : text,
    });
    const input = writeLines(at("in.jsonl"), ['"a"', '"b"']);
    const about = [input, ...MODEL, ...FAST, "--max-attempts=1"];
    about.push("--output", at("out.jsonl"));
    const run = await cli(["run", ...about, "--job", "j"], { sim });
    assert.equal(run.code, 1, run.stderr);
    const { code, stderr } = await cli(["retry", "j", ...about], { sim });
    assert.equal(code, 0, stderr);
    assert.deepEqual(idsOf(read(at("out.jsonl"))), ["0", "1"]);
  },
);
