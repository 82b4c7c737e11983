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
  "successes and failures go to a file each, and the exit code is 1",
  options,
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
  { ...options, skip: !existsSync("/dev/null") },
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
  options,
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

test("CSV quotes what has to be quoted", options, async () => {
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
  options,
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

test("text is a line per answer, whatever it holds", options, async () => {
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

test("embeddings are written as lists", options, async () => {
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
    options,
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
  "what failed may be answered the next time: then the output is rewritten",
  options,
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
  options,
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
      [["--output", input], /the input .* and --output .* are the same file/],
      [["--output", at("a.jsonl")], /job a: continue it with --job a, or name/],
      [["--output", at("a.jsonl"), "--job", "b"], /results of the job a/],
      [
        ["--output", at("a.jsonl"), "--job=a", "--format=csv"],
        /exists already and can't be continued/,
      ],
      [
        ["--output", at("a.jsonl"), "--job=a", "--format=text"],
        /exists already and can't be continued/,
      ],
      [["--output", note], /exists already and can't be continued/],
      [
        ["--output", note, "--format=csv"],
        /exists already and can't be continued/,
      ],
      [
        ["--output", note, "--format=text"],
        /exists already and can't be continued/,
      ],
      [["--output", at("x"), "--failures", at("x")], /are the same file/],
      [["--output", at("no/such/folder")], /folder doesn't exist: check/],
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
  "a record of CSV may go over many lines: reading it again is work in proportion",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({ respond: () => "a\n".repeat(400_000) });
    const input = writeLines(at("in"), ["one"]);
    const argv = ["run", input, "--prompt", "{line}", ...MODEL, "--job", "j"];
    argv.push("--output", at("out"), "--format", "csv");
    assert.equal((await cli(argv, { sim })).code, 0);
    const whole = readFileSync(at("out"), "utf8");
    assert.equal((await cli(argv, { sim })).code, 0);
    assert.equal(readFileSync(at("out"), "utf8"), whole);
  },
);
