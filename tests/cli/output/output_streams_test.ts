/** Where output goes that is no plain file, and who may write it. */

import { execFile, execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";
import { promisify } from "node:util";
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

/** The other end of a pipe is a process of its own, as in life. */
async function sh(command: string): Promise<string> {
  return (await promisify(execFile)("sh", ["-c", command])).stdout;
}

test(
  "what another process writes is refused before anything is sent, and the lock of a dead one is taken over",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    const input = writeLines(at("in.txt"), PROMPTS);
    const argv = ["run", input, "--prompt", "{line}", ...MODEL, "--job", "j"];
    argv.push("--output", at("out"), "--failures", at("failures"));
    for (const name of ["out", "failures"]) {
      const lock = at(`${name}.lock`);
      const held: [string, string][] = [
        [`${process.ppid}`, `by process ${process.ppid},`],
        ["notes", "by something,"],
      ];
      for (const [text, by] of held) {
        writeFileSync(lock, `${text}\n`);
        const { code, stderr } = await cli(argv, { sim });
        assert.equal(code, 2);
        assert.ok(stderr.includes(lock), stderr);
        assert.ok(stderr.includes(by), stderr);
        assert.equal(readFileSync(lock, "utf8"), `${text}\n`);
      }
      writeFileSync(lock, `${2 ** 22 + 1}\n`); // no such process
    }
    assert.equal(sim.ledger.calls.length, 0);
    const { code, stderr } = await cli(argv, { sim });
    assert.equal(code, 0, stderr);
    assert.deepEqual(idsOf(read(at("out"))), ALL);
    for (const name of ["out.lock", "failures.lock"]) {
      assert.ok(!existsSync(at(name)));
    }
  },
);

test(
  "one file for two purposes is refused, however it is called, before it is opened",
  { ...options, skip: process.platform === "win32" },
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    const there = at("there.jsonl");
    const input = writeLines(at("in.txt"), PROMPTS);
    const argv = ["run", input, "--prompt", "{line}", ...MODEL, "--job", "j"];
    assert.equal((await cli([...argv, "--output", there], { sim })).code, 0);
    const whole = readFileSync(there, "utf8");
    mkdirSync(at("folder"));
    symlinkSync(at("folder"), at("to-folder"));
    symlinkSync(there, at("link"));
    symlinkSync("nowhere", at("to-nowhere"));
    linkSync(there, at("hard"));
    const twice: [string, string][] = [
      ["new", "new"],
      ["new", "./new"],
      ["new", "folder/../new"],
      ["folder/new", "to-folder/new"],
      ["nowhere", "to-nowhere"],
      ["there.jsonl", "./there.jsonl"],
      ["there.jsonl", "link"],
      ["link", "hard"],
    ];
    const calls = sim.ledger.calls.length;
    const before = readdirSync(at("."));
    for (const [output, failures] of twice) {
      const files = ["--output", `${at(".")}/${output}`];
      files.push("--failures", `${at(".")}/${failures}`);
      for (const command of [argv, ["results", "j"], ["direct", input]]) {
        const { code, stderr } = await cli([...command, ...files], { sim });
        assert.equal(code, 2);
        assert.match(stderr, /--output .* and --failures .* are the same file/);
      }
    }
    const overInput = await cli([...argv, "--failures", input], { sim });
    assert.match(
      overInput.stderr,
      /the input .* and --failures .* are the same file/,
    );
    assert.deepEqual(readdirSync(at(".")), before);
    assert.equal(readFileSync(there, "utf8"), whole);
    assert.equal(sim.ledger.calls.length, calls);
  },
);

test(
  "failures can't go to the file that stdout leads to",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    const fd = openSync(at("out.jsonl"), "w");
    t.after(() => closeSync(fd));
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL];
    argv.push("--failures", at("out.jsonl"));
    const { code, stderr } = await cli(argv, { sim, stdin: "a", stdoutFd: fd });
    assert.equal(code, 2);
    assert.match(stderr, /stdout and --failures .* are the same file/);
    assert.equal(sim.ledger.calls.length, 0);
    // As by 2>&1: the two streams write there in turns.
    const both = [...argv.slice(0, -1), "/dev/stdout"];
    const shared = { sim, stdin: "a", stdoutFd: fd };
    assert.equal((await cli(both, shared)).code, 0);
  },
);

test(
  "to a pipe results are printed as they come: nothing is read there, and nothing locked",
  { ...options, skip: process.platform === "win32" },
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({ respond: failing });
    for (const name of ["out", "failures"]) execFileSync("mkfifo", [at(name)]);
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL, "--format=csv"];
    argv.push("--output", at("out"), "--failures", at("failures"));
    const [{ code, stderr }, out, failures] = await Promise.all([
      cli(argv, { sim, stdin: "good\nbad" }),
      sh(`cat ${at("out")}`),
      sh(`cat ${at("failures")}`),
    ]);
    assert.equal(code, 1, stderr);
    assert.equal(out, "line,output,error\r\ngood,good,\r\n");
    assert.equal(parse(failures)[0].error.code, "bad_prompt");
    assert.deepEqual(readdirSync(at(".")).toSorted(), ["failures", "out"]);
  },
);

test(
  "a pipe that nothing reads any more ends the command without a word",
  { ...options, skip: process.platform === "win32" },
  async (t) => {
    const at = folder(t);
    execFileSync("mkfifo", [at("out")]);
    // As much as no pipe holds.
    const sim = createSimulator({ respond: () => "x".repeat(1_000_000) });
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL];
    argv.push("--output", at("out"));
    const [{ code, stderr }] = await Promise.all([
      cli(argv, { sim, stdin: "a" }),
      sh(`true < ${at("out")}`),
    ]);
    assert.equal(code, 3);
    assert.doesNotMatch(stderr, /EPIPE|error/);
  },
);

test(
  "/dev/stdout and /dev/stderr are the streams themselves, also of a socket",
  options,
  async () => {
    const sim = createSimulator({ respond: failing });
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL];
    argv.push("--output", "/dev/stdout", "--failures", "/dev/fd/2");
    const { code, stdout, stderr } = await cli(argv, {
      sim,
      stdin: "good\nbad",
    });
    assert.equal(code, 1);
    assert.equal(parse(stdout)[0].output, "good");
    assert.match(stderr, /^\{"id":"1","ok":false,.*bad_prompt/m);
  },
);

test(
  "an input that can be read only once is kept, as stdin is, and can have a budget",
  { ...options, skip: process.platform === "win32" },
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    execFileSync("mkfifo", [at("in")]);
    const argv = ["run", at("in"), "--prompt", "{line}", ...MODEL];
    const [{ code, stdout }] = await Promise.all([
      cli(argv, { sim }),
      sh(`printf 'one\\ntwo' > ${at("in")}`),
    ]);
    assert.equal(code, 0);
    assert.deepEqual(idsOf(parse(stdout)), ["0", "1"]);
    const named = ["run", "/dev/stdin", ...argv.slice(2)];
    const { stdout: piped } = await cli(named, { sim, stdin: "one" });
    assert.deepEqual(idsOf(parse(piped)), ["0"]);
    const bound = await cli([...named, "--budget=1"], { sim, stdin: "one" });
    assert.equal(bound.code, 0, bound.stderr);
  },
);
