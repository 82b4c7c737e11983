import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import {
  ALL,
  cli,
  failing,
  folder,
  idsOf,
  MODEL,
  parse,
  PROMPTS,
  read,
  writeLines,
} from "../../_support/cli.ts";

test(
  "a file of requests in every form becomes a line for each, and exit code 0",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    const body = { messages: [{ role: "user", content: "d" }] };
    const input = writeLines(at("in.jsonl"), [
      JSON.stringify("a"),
      "",
      JSON.stringify({ role: "user", content: "b" }),
      JSON.stringify([{ role: "user", content: "c" }]),
      JSON.stringify({ id: "content", content: "d" }),
      JSON.stringify({ id: "body", body }),
      JSON.stringify({
        custom_id: "line",
        method: "POST",
        url: "/v1/chat/completions",
        body: { ...body, model: "gpt-4o" },
      }),
    ]);
    const { code, stdout, stderr } = await cli(["run", input, ...MODEL], {
      sim,
    });
    assert.equal(code, 0, stderr);
    const lines = parse(stdout);
    assert.deepEqual(
      lines.map(({ id, output }) => [id, output]).toSorted(),
      [
        ["0", "Answer to: a"],
        ["1", "Answer to: b"],
        ["2", "Answer to: c"],
        ["body", "Answer to: d"],
        ["content", "Answer to: d"],
        ["line", "Answer to: d"],
      ],
    );
    const [{ ok, attempts, model, job, usage, finishReason }] = lines;
    assert.ok(ok && attempts === 1 && model && job && usage.total_tokens > 0);
    assert.equal(finishReason, "stop");
    assert.match(stderr, /6 requests: 6 answered, 0 failed/);
    assert.match(stderr, /Total .*\$0\.0000/);
  },
);

test(
  "plain text is a prompt per line, from stdin too: CRLF, a BOM and U+2028 are no matter",
  options,
  async () => {
    const sim = createSimulator({ respond: ({ text }) => text });
    const stdin = "\uFEFFone\r\n\ntwo $& {line}\u2028more";
    const argv = ["run", "-", "--prompt", "Say {line}, {line}!", ...MODEL];
    const { code, stdout } = await cli(argv, { sim, stdin });
    assert.equal(code, 0);
    assert.deepEqual(
      parse(stdout).map(({ output }) => output).toSorted(),
      [
        "Say one, one!",
        "Say two $& {line}\u2028more, two $& {line}\u2028more!",
      ],
    );
  },
);

test(
  "bad input is refused with its place before anything is sent",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    const good = JSON.stringify({ id: "a", content: "a" });
    const refused: [string[], RegExp][] = [
      [[good, "{"], /in\.jsonl, line 2: isn't JSON.*--prompt/],
      [[good, good], /line 2: has the id "a", the same as row 1/],
      [[good, '{"contents":"a"}'], /Request 1 has the keys/],
    ];
    for (const [lines, reason] of refused) {
      const input = writeLines(at("in.jsonl"), lines);
      const argv = ["run", input, "--batch-size", "1", ...MODEL];
      const { code, stderr } = await cli(argv, { sim });
      assert.equal(code, 2);
      assert.match(stderr, reason);
    }
    const input = writeLines(at("in.jsonl"), [good]);
    const { code, stderr } = await cli(["run", input], { sim });
    assert.equal(code, 2);
    assert.match(stderr, /model/);
    assert.equal((await cli(["run", at("none")], { sim })).code, 2);
    assert.equal((await cli(["run", at(".")], { sim })).code, 2);
    assert.equal(sim.ledger.calls.length, 0);
    assert.ok(!existsSync(at("none")));
  },
);

test(
  "a named job says why it is silent at first, another one does not",
  options,
  async () => {
    const sim = createSimulator();
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL];
    const named = await cli([...argv, "--job", "j"], { sim, stdin: "one" });
    assert.match(named.stderr, /^Job j\nWaiting 30 s before .*--settle-time/);
    const submit = ["submit", ...argv.slice(1), "--job", "k"];
    const lines = await cli([...submit, "--settle-time=5s", "--json"], {
      sim,
      stdin: "one",
    });
    const line = parse(lines.stderr).find(({ type }) => type === "settling");
    assert.deepEqual(line, { type: "settling", job: "k", settleTime: 5_000 });
    const made = await cli(argv, { sim, stdin: "one" });
    assert.doesNotMatch(made.stderr, /Waiting/);
  },
);

test(
  "a job whose name belongs to different input is refused with exit code 2",
  options,
  async () => {
    const sim = createSimulator();
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL, "--job", "j"];
    assert.equal((await cli(argv, { sim, stdin: "one" })).code, 0);
    const { code, stderr } = await cli(argv, { sim, stdin: "two" });
    assert.equal(code, 2);
    assert.match(stderr, /error: .*j/);
  },
);

test(
  "without credit the job is unfinished: exit code 3, and the command to go on with",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({ faults: { insufficient_quota: 1 } });
    const input = writeLines(at("in.txt"), PROMPTS);
    const argv = ["run", input, "--prompt", "It's {line}", ...MODEL];
    const { code, stderr } = await cli(argv, { sim });
    assert.equal(code, 3);
    const [, job] = /^Job (\S+)$/m.exec(stderr)!;
    const words = `--prompt 'It'\\''s {line}' --model gpt-4o-mini --job ${job}`;
    assert.ok(stderr.includes(`openai-batch run ${input} ${words}\n`), stderr);
    const piped = await cli(["run", "-", "--prompt", "{line}", ...MODEL], {
      sim,
      stdin: "one",
    });
    assert.match(piped.stderr, /the same input on stdin, with:\n/);
  },
);

test("with --json all that is said is JSON", options, async () => {
  const sim = createSimulator({ respond: failing });
  const argv = ["run", "-", "--prompt", "{line}", ...MODEL, "--json"];
  const { stdout, stderr } = await cli(argv, { sim, stdin: "one\nbad" });
  assert.equal(parse(stdout).length, 2);
  const lines = parse(stderr);
  const types = lines.map(({ type }) => type);
  assert.equal(types[0], "job");
  assert.ok(types.includes("status"));
  const { type, requests, succeeded, failed, codes, usage } = lines.at(-1)!;
  assert.deepEqual([type, requests, succeeded, failed], ["summary", 2, 1, 1]);
  assert.deepEqual(codes, { bad_prompt: 1 });
  assert.ok(usage.cost > 0);
  const wrong = await cli(["run", "-", "--json", "--no"], { sim });
  assert.equal(parse(wrong.stderr)[0].type, "error");
});

test(
  "a batch that the server refuses isn't to be continued with the same command",
  options,
  async () => {
    const sim = createSimulator();
    const argv = ["run", "-", "--prompt={line}", ...MODEL];
    argv.push('--batch={"completion_window":"1d"}');
    const { code, stderr } = await cli(argv, { sim, stdin: "one" });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /would refuse it again\. Correct what it names/);
    assert.match(stderr, /then run the command with --job \S+: /);
    assert.doesNotMatch(stderr, /Continue it with/);
    assert.equal(sim.ledger.batches.length, 0);
    const [, job = ""] = /with --job (\S+):/.exec(stderr)!;
    const corrected = ["run", "-", "--prompt={line}", ...MODEL, "--job", job];
    const again = await cli(corrected, { sim, stdin: "one" });
    assert.equal(again.code, 0, again.stderr);
    assert.equal(sim.ledger.batches.length, 1);
  },
);

test(
  "a run says that a limit holds requests back, and a job of one batch needs no word for its parts",
  options,
  async () => {
    const argv = ["run", "-", "--prompt={line}", ...MODEL];
    const stdin = PROMPTS.join("\n");
    const sim = createSimulator();
    const limits = ["--batch-size=2", "--max-active-batches=1"];
    const held = await cli([...argv, ...limits], { sim, stdin });
    assert.match(
      held.stderr,
      /^What --max-active-batches 1 leaves no room for waits here/m,
    );
    assert.match(held.stderr, /of 3 parts done/);
    const small = await cli(argv, { sim: createSimulator(), stdin });
    assert.doesNotMatch(small.stderr, /parts done|leaves no room/);
  },
);

test(
  "a second Ctrl-C cancels the job, and collects what is answered",
  options,
  async () => {
    const sim = createSimulator();
    let press = () => {};
    let presses = 0;
    /** Twice, as soon as everything is sent. */
    const fetch: typeof sim.fetch = async (input, init) => {
      const response = await sim.fetch(input, init);
      const isSent = sim.ledger.batches.length === 3;
      for (; isSent && presses < 2; presses++) press();
      return response;
    };
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL, "--job", "j"];
    const { code, stdout, stderr } = await cli(
      [...argv, "--batch-size", "2"],
      {
        sim: { ...sim, options: { ...sim.options, fetch } },
        stdin: PROMPTS.join("\n"),
        onListening: (pressed) => press = pressed,
      },
    );
    assert.equal(presses, 2);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /Ctrl-C again before then/);
    const lines = parse(stdout);
    assert.deepEqual(idsOf(lines), ALL);
    assert.ok(lines.some(({ error }) => error?.code === "cancelled"));
    assert.ok(
      sim.ledger.batches.every(({ status }) =>
        ["cancelled", "completed"].includes(status)
      ),
    );
  },
);

test(
  "direct asks at once, and the next time only what the output does not hold",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({
      respond: ({ text, attempt }) =>
        text === "two" && attempt < 2
          ? { status: 400, body: { error: { code: "bad_prompt" } } }
          : text,
    });
    const input = writeLines(at("in.txt"), PROMPTS);
    const argv = ["direct", input, "--prompt", "{line}", ...MODEL];
    argv.push("--output", at("out"), "--failures", at("failures"));
    const first = await cli(argv, { sim });
    assert.equal(first.code, 1, first.stderr);
    assert.equal(read(at("out")).length, 4);
    assert.equal(read(at("failures"))[0].id, "1");
    const whole = readFileSync(at("out"), "utf8");
    writeFileSync(at("out"), whole.slice(0, -20));
    const second = await cli(argv, { sim });
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual(idsOf(read(at("out"))), ALL);
    assert.deepEqual(read(at("failures")), []);
    assert.equal(sim.ledger.calls.length, 7);
    assert.ok(
      sim.ledger.calls.every(({ path }) => path.endsWith("completions")),
    );
  },
);

test(
  "Ctrl-C ends direct calls, and it is said how to go on",
  options,
  async (t) => {
    const at = folder(t);
    const argv = ["direct", "-", "--prompt", "{line}", ...MODEL];
    const ways: [string[], RegExp][] = [
      [[], /^Interrupted: .*--output FILE/m],
      [["--output", at("out")], /^Interrupted: .*out doesn't have yet/m],
    ];
    for (const [options, way] of ways) {
      const { code, stderr } = await cli([...argv, ...options], {
        sim: createSimulator(),
        stdin: PROMPTS.join("\n"),
        onListening: (press) => press(),
      });
      assert.equal(code, 3);
      assert.match(stderr, way);
    }
  },
);

test(
  "what a deadline leaves open fails, or is asked directly",
  options,
  async () => {
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL];
    argv.push("--deadline", "1s");
    const stdin = PROMPTS.join("\n");
    const late = await cli(argv, { sim: createSimulator(), stdin });
    assert.equal(late.code, 1, late.stderr);
    assert.match(late.stderr, /deadline/);
    const asked = await cli([...argv, "--at-deadline", "direct"], {
      sim: createSimulator(),
      stdin,
    });
    assert.equal(asked.code, 0, asked.stderr);
  },
);

test(
  "a line may be long, and come in many pieces: the work grows with its length and no faster",
  options,
  async () => {
    // What looks through all pieces at each one does so for minutes.
    async function* pieces() {
      const piece = new TextEncoder().encode("a".repeat(1_000));
      for (let i = 0; i < 30_000; i++) yield piece;
    }
    const argv = ["estimate", "-", "--prompt", "{line}", ...MODEL, "--json"];
    const { code, stdout } = await cli(argv, { stdin: pieces() });
    assert.equal(code, 0);
    assert.ok(parse(stdout)[0].bytes > 30_000_000);
  },
);

test("the summary says where the answers are", options, async (t) => {
  const output = folder(t)("out.csv");
  const argv = ["run", "-", "--prompt", "{line}", ...MODEL];
  const sim = createSimulator();
  const { stderr } = await cli([...argv, "--output", output], {
    sim,
    stdin: "a",
  });
  assert.ok(stderr.includes(`1 answered, 0 failed, see ${output}\n`), stderr);
});

test(
  "submit says first what it waits for, as a narrow terminal cuts the rest",
  options,
  async () => {
    const sim = createSimulator({ faults: { "files.create:503": 0.9 } });
    const argv = ["submit", "-", "--prompt", "{line}", ...MODEL, "--yes"];
    const { stderr } = await cli(argv, { sim, stdin: "a", columns: 60 });
    assert.match(stderr, /a call failed, next try in \d+ s/);
  },
);
