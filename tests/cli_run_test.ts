import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import {
  createSimulator,
  type SimulatedRequest,
} from "@offpeak/openai-batch/testing";
import { cli, folder, parse, read, writeLines } from "./_support/cli.ts";

const timeout = { timeout: 60_000 };
const MODEL = ["--model", "gpt-4o-mini"];
const PROMPTS = ["one", "two", "three", "four", "five"];
const ALL = ["0", "1", "2", "3", "4"];

/** Fails where the prompt says so. */
function failing({ text }: SimulatedRequest) {
  if (!text.includes("bad")) return text;
  const error = { message: `It is "bad",\nreally.`, code: "bad_prompt" };
  return { status: 400, body: { error } };
}

function idsOf(lines: { id: string }[]): string[] {
  return lines.map(({ id }) => id).toSorted();
}

test(
  "a file of requests in every form becomes a line for each, and exit code 0",
  timeout,
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
  timeout,
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
  "successes and failures go to a file each, and the exit code is 1",
  timeout,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({ respond: failing });
    const input = writeLines(at("in.txt"), [...PROMPTS, "bad"]);
    const { code, stdout, stderr } = await cli([
      "run",
      input,
      "--prompt={line}",
      ...MODEL,
      "--output",
      at("out.jsonl"),
      "--failures",
      at("failures.jsonl"),
    ], { sim });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.deepEqual(idsOf(read(at("out.jsonl"))), ALL);
    const [failure, ...others] = read(at("failures.jsonl"));
    assert.equal(others.length, 0);
    assert.equal(failure.id, "5");
    assert.equal(failure.ok, false);
    assert.equal(failure.error.code, "bad_prompt");
    assert.equal(failure.error.status, 400);
    assert.match(
      stderr,
      /5 answered, 1 failed \(bad_prompt 1\), see .*failures/,
    );
  },
);

test(
  "what has no size, such as /dev/null, takes results and failures",
  { ...timeout, skip: !existsSync("/dev/null") },
  async () => {
    const sim = createSimulator({ respond: failing });
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL];
    argv.push("--failures", "/dev/null");
    const { code, stderr } = await cli(argv, { sim, stdin: "good\nbad" });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /1 answered, 1 failed/);
  },
);

test(
  "without --failures they stand among the results, and --body adds the whole body",
  timeout,
  async () => {
    const sim = createSimulator({ respond: failing });
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL, "--body"];
    const { code, stdout } = await cli(argv, { sim, stdin: "good\nbad\n" });
    assert.equal(code, 1);
    const [good, bad] = parse(stdout).toSorted((a, b) => a.id - b.id);
    assert.equal(good.body.choices[0].message.content, "good");
    assert.equal(bad.ok, false);
  },
);

test("CSV quotes what has to be quoted", timeout, async () => {
  const sim = createSimulator({
    respond: (request) =>
      request.text === "odd" ? 'a "b", c\nd' : failing(request),
  });
  const argv = ["run", "-", ...MODEL, "--format", "csv"];
  const stdin = [
    JSON.stringify({ id: "a,1", content: "odd" }),
    JSON.stringify({ id: "b", content: "bad" }),
  ].join("\n");
  const { stdout } = await cli([...argv, "--job", "sheet"], { sim, stdin });
  const [header, ...records] = stdout.split("\r\n");
  assert.equal(
    header,
    "id,ok,output,finish_reason,error_code,error_message,job",
  );
  assert.deepEqual(records.toSorted(), [
    "",
    '"a,1",true,"a ""b"", c\nd",stop,,,sheet',
    'b,false,,,bad_prompt,"It is ""bad"",\nreally.",sheet',
  ]);
});

test(
  "in CSV no answer and no id becomes a formula, and ids are found again",
  timeout,
  async (t) => {
    const at = folder(t);
    const texts = ["=1+1", "-2.5e3", "- a list", "'=quoted", "@x", "'tis"];
    const sim = createSimulator({ respond: ({ text }) => text });
    const input = writeLines(
      at("in"),
      texts.map((text) => JSON.stringify({ id: text, content: text })),
    );
    const argv = ["run", input, ...MODEL, "--job=-j", "--format", "csv"];
    argv.push("--output", at("out"));
    assert.equal((await cli(argv, { sim })).code, 0);
    const whole = readFileSync(at("out"), "utf8");
    const answers = whole.split("\r\n").slice(1, -1).map((record) =>
      record.split(",")[2]
    );
    assert.deepEqual(answers.toSorted(), [
      "''=quoted",
      "'- a list",
      "'=1+1",
      "'@x",
      "'tis",
      "-2.5e3",
    ]);
    assert.equal((await cli(argv, { sim })).code, 0);
    assert.equal(readFileSync(at("out"), "utf8"), whole);
  },
);

test("text is a line per answer, whatever it holds", timeout, async () => {
  const sim = createSimulator({
    respond: (request) =>
      request.text === "odd" ? "a\tb\nc\\\x1b[2J" : failing(request),
  });
  const argv = ["run", "-", "--prompt", "{line}", ...MODEL, "--format=text"];
  const { code, stdout, stderr } = await cli(argv, { sim, stdin: "odd\nbad" });
  assert.equal(code, 1);
  assert.equal(stdout, "0\ta\\tb\\nc\\\\\\x1b[2J\n");
  assert.match(stderr, /--failures FILE tells why/);
});

test("embeddings are written as lists", timeout, async () => {
  const sim = createSimulator({ respond: () => [0.5, 1] });
  const { stdout } = await cli([
    "run",
    "-",
    "--prompt",
    "{line}",
    "--endpoint",
    "/v1/embeddings",
    "--model",
    "text-embedding-3-small",
  ], { sim, stdin: "text" });
  assert.deepEqual(parse(stdout)[0].output, [0.5, 1]);
});

for (const format of ["jsonl", "csv"]) {
  test(
    `an output in ${format} that was cut off goes on: each id once, half a line gone`,
    timeout,
    async (t) => {
      const at = folder(t);
      const sim = createSimulator({ respond: ({ text }) => `${text},\n"x"` });
      const input = writeLines(at("in.txt"), PROMPTS);
      const output = at("out");
      const argv = ["run", input, "--prompt", "{line}", ...MODEL];
      argv.push("--job", "j", "--output", output, "--format", format);
      assert.equal((await cli(argv, { sim })).code, 0);
      const whole = readFileSync(output, "utf8");
      // Anywhere: in a line, between two, in the header.
      for (const share of [0.05, 0.4, 0.7, 0.95, 1]) {
        writeFileSync(output, whole.slice(0, Math.floor(whole.length * share)));
        const { code, stderr } = await cli(argv, { sim });
        assert.equal(code, 0, stderr);
        assert.equal(readFileSync(output, "utf8").length, whole.length);
        const sorted = (text: string) =>
          text.split(/(?<=\}|,j\r)\n/).toSorted();
        assert.deepEqual(sorted(readFileSync(output, "utf8")), sorted(whole));
      }
      assert.equal(sim.ledger.requests.length, PROMPTS.length);
    },
  );
}

test(
  "what failed may be answered the next time: then the output is written anew",
  timeout,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({
      respond: ({ text, attempt }) =>
        text === "two" && attempt < 2
          ? { status: 500, body: { error: { message: "later" } } }
          : text,
    });
    const input = writeLines(at("in.txt"), PROMPTS);
    const argv = ["run", input, "--prompt", "{line}", ...MODEL, "--job", "j"];
    for (const places of [["out"], ["out2", "--failures", at("failures")]]) {
      const [output, ...rest] = places;
      const to = ["--output", at(output!), ...rest];
      if (output === "out") {
        const first = [...argv, ...to, "--max-attempts", "1"];
        assert.equal((await cli(first, { sim })).code, 1);
        assert.equal(read(at("out")).filter(({ ok }) => !ok).length, 1);
      }
      assert.equal((await cli([...argv, ...to], { sim })).code, 0);
      assert.deepEqual(idsOf(read(at(output!))), ALL);
      assert.ok(read(at(output!)).every(({ ok }) => ok));
    }
    assert.deepEqual(read(at("failures")), []);
  },
);

test(
  "a file that holds something else is left alone, and nothing is sent",
  timeout,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    const input = writeLines(at("in.txt"), PROMPTS);
    const argv = ["run", input, "--prompt", "{line}", ...MODEL];
    const first = [...argv, "--job", "a", "--output", at("a.jsonl")];
    assert.equal((await cli(first, { sim })).code, 0);
    const calls = sim.ledger.calls.length;
    const note = at("note.txt");
    writeFileSync(note, "a note without an end");
    const refused: [string[], RegExp][] = [
      [["--output", input], /holds something/],
      [["--output", at("a.jsonl")], /job a: go on with --job a, or name/],
      [["--output", at("a.jsonl"), "--job", "b"], /results of the job a/],
      [
        ["--output", at("a.jsonl"), "--job=a", "--format=csv"],
        /something/,
      ],
      [["--output", at("a.jsonl"), "--job=a", "--format=text"], /something/],
      [["--output", note], /something/],
      [["--output", note, "--format=csv"], /something/],
      [["--output", note, "--format=text"], /something/],
      [["--output", at("x"), "--failures", at("x")], /two files/],
      [["--output", at("no/such/folder")], /ENOENT|no such/i],
    ];
    const before = readFileSync(at("a.jsonl"), "utf8");
    for (const [options, reason] of refused) {
      const { code, stderr } = await cli([...argv, ...options], { sim });
      assert.equal(code, 2);
      assert.match(stderr, reason);
    }
    assert.equal(readFileSync(at("a.jsonl"), "utf8"), before);
    assert.equal(readFileSync(note, "utf8"), "a note without an end");
    assert.equal(readFileSync(input, "utf8"), `${PROMPTS.join("\n")}\n`);
    assert.equal(sim.ledger.calls.length, calls);
  },
);

test(
  "bad input is refused with its place before anything is sent",
  timeout,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    const good = JSON.stringify({ id: "a", content: "a" });
    const refused: [string[], RegExp][] = [
      [[good, "{"], /Line 2 of .*in\.jsonl is no JSON.*--prompt/],
      [[good, good], /Request 1 has the id "a", as request 0/],
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
  "a job whose name stands for other input is refused with exit code 2",
  timeout,
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
  timeout,
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
  },
);

test("with --json all that is said is JSON", timeout, async () => {
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
  "a second Ctrl-C cancels the job, and collects what is answered",
  timeout,
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
    assert.match(stderr, /Ctrl-C again within 2 seconds/);
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
  timeout,
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
  timeout,
  async (t) => {
    const at = folder(t);
    const argv = ["direct", "-", "--prompt", "{line}", ...MODEL];
    const ways: [string[], RegExp][] = [
      [[], /^Interrupted: .*--output FILE/m],
      [["--output", at("out")], /^Interrupted: .*out does not hold yet/m],
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
  timeout,
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
