import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { cli, failing, folder, MODEL } from "../../_support/cli.ts";
import { assert, options, test } from "../../_support/prelude.ts";

/** The same two rows, one answered and one failed, in each format. */
const OUTPUTS: [name: string, text: string][] = [
  [
    "out.csv",
    'title,n,output,error\r\n"a, b",1,\'=1,\r\nbad,2,,"bad_prompt: It is ""bad"",\nreally."\r\n',
  ],
  [
    "out.tsv",
    'title\tn\toutput\terror\na, b\t1\t\'=1\t\nbad\t2\t\t"bad_prompt: It is ""bad"",\nreally."\n',
  ],
  [
    "out.jsonl",
    '{"title":"a, b","n":"1","output":"=1","error":null}\n' +
    '{"title":"bad","n":"2","output":null,"error":"bad_prompt: It is \\"bad\\",\\nreally."}\n',
  ],
  [
    "out.json",
    '[\n{"title":"a, b","n":"1","output":"=1","error":null},\n' +
    '{"title":"bad","n":"2","output":null,"error":"bad_prompt: It is \\"bad\\",\\nreally."}\n]\n',
  ],
  ["out.txt", "0\t=1\n"],
];

for (const [name, text] of OUTPUTS) {
  test(`${name} has the format of its ending`, options, async (t) => {
    const at = folder(t);
    const sim = createSimulator({
      respond: (request) =>
        request.text.startsWith("bad") ? failing(request) : "=1",
    });
    writeFileSync(at("in.csv"), 'title,n\n"a, b",1\nbad,2\n');
    const argv = ["run", at("in.csv"), "--prompt", "{title}", ...MODEL];
    argv.push("--ordered", "--output", at(name));
    const { code, stderr } = await cli(argv, { sim });
    assert.equal(code, 1, stderr);
    assert.equal(readFileSync(at(name), "utf8"), text);
  });

  test(
    `${name} that was cut off anywhere goes on, each row once`,
    options,
    async (t) => {
      const at = folder(t);
      const sim = createSimulator({
        respond: ({ text }) =>
          text === "3" ? failing({ text: "bad" } as never) : `${text},\n"x"`,
      });
      const lines = Array.from({ length: 30 }, (_, i) => `${i},"a\n""b"""`);
      writeFileSync(at("in.csv"), `n,text\n${lines.join("\n")}\n`);
      const argv = ["run", at("in.csv"), "--prompt", "{n}", ...MODEL];
      argv.push("--job", "j", "--output", at(name));
      const first = await cli(argv, { sim });
      assert.equal(first.code, 1, first.stderr);
      const whole = readFileSync(at(name), "utf8");
      const ledger = readFileSync(at(`${name}.job`), "utf8");
      const sorted = (text: string) => [...text.replace(/[[\],]/g, "")].sort();
      for (const share of [0.01, 0.2, 0.5, 0.9, 1]) {
        const length = Math.floor(whole.length * share);
        writeFileSync(at(name), whole.slice(0, length));
        writeFileSync(at(`${name}.job`), ledger);
        const { code, stderr } = await cli(argv, { sim });
        assert.equal(code, 1, stderr);
        const again = readFileSync(at(name), "utf8");
        assert.equal(again.length, whole.length);
        assert.equal((await cli(argv, { sim })).code, 1);
        assert.equal(readFileSync(at(name), "utf8"), again);
        assert.deepEqual(sorted(again), sorted(whole));
      }
      assert.equal(sim.ledger.requests.length, 30);
    },
  );
}

test(
  "what comes to no result leaves no file behind",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({ respond: ({ text }) => text });
    writeFileSync(at("a.csv"), "text\na\n");
    writeFileSync(at("b.csv"), "text\nb\n");
    const run = (name: string) =>
      cli([
        ...["run", at(`${name}.csv`), "--prompt", "{text}", ...MODEL],
        ...["--job", "j", "--output", at(`${name}-out.csv`)],
      ], { sim });
    assert.equal((await run("a")).code, 0);
    const { code, stderr } = await run("b");
    assert.equal(code, 2, stderr);
    assert.ok(existsSync(at("a-out.csv.job")));
    for (const name of ["b-out.csv", "b-out.csv.job", "b-out.csv.lock"]) {
      assert.ok(!existsSync(at(name)), name);
    }
  },
);

test(
  "killed between the new file and its ledger, an output in order goes on",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({ respond: ({ text }) => text });
    const texts = Array.from({ length: 40 }, (_, i) => "a".repeat(i + 1));
    writeFileSync(at("in.csv"), `text\n${texts.join("\n")}\n`);
    const argv = ["run", at("in.csv"), "--prompt", "{text}", ...MODEL];
    argv.push("--job", "j", "--output", at("out.csv"));
    await cli(argv, { sim });
    const unordered = readFileSync(at("out.csv.job"), "utf8");
    assert.equal((await cli([...argv, "--ordered"], { sim })).code, 0);
    const whole = readFileSync(at("out.csv"), "utf8");
    const rows = texts.map((text) => `${text},${text},`);
    assert.equal(whole, ["text,output,error", ...rows, ""].join("\r\n"));
    const ordered = readFileSync(at("out.csv.job"), "utf8");
    assert.notEqual(ordered, unordered);
    writeFileSync(at("out.csv.job"), unordered);
    writeFileSync(at("out.csv.job.new"), ordered);
    const { code, stderr } = await cli([...argv, "--ordered"], { sim });
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(at("out.csv"), "utf8"), whole);
    assert.equal(readFileSync(at("out.csv.job"), "utf8"), ordered);
    assert.ok(!existsSync(at("out.csv.job.new")));
  },
);

test(
  "a failure that was answered since gives way, and an answer to nothing",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({
      respond: ({ text, attempt }) =>
        text === "b" && attempt < 2
          ? { status: 500, body: { error: { message: "later" } } }
          : text,
    });
    writeFileSync(at("in.csv"), "text\na\nb\nc\n");
    const argv = ["run", at("in.csv"), "--prompt", "{text}", ...MODEL];
    argv.push("--job", "j", "--output", at("out.csv"));
    const first = await cli([...argv, "--max-attempts", "1"], { sim });
    assert.equal(first.code, 1, first.stderr);
    assert.match(readFileSync(at("out.csv"), "utf8"), /^b,,/m);
    const second = await cli(argv, { sim });
    assert.equal(second.code, 0, second.stderr);
    const rows = readFileSync(at("out.csv"), "utf8").trim().split("\r\n");
    assert.deepEqual(rows.slice(1).sort(), ["a,a,", "b,b,", "c,c,"]);
    assert.ok(!existsSync(at("out.csv.new")));
  },
);
