/** What is asked before a new job is sent. */

import { readdirSync, readFileSync } from "node:fs";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { cli, folder, MODEL, writeLines } from "../../_support/cli.ts";

const LIMIT = '--params={"max_completion_tokens":10}';

test(
  "on a terminal a new job says what it may cost, and is sent if you say yes",
  options,
  async (t) => {
    const input = writeLines(folder(t)("in.txt"), ["one", "two", "three"]);
    const argv = ["run", input, "--prompt={line}", ...MODEL, "--batch-size=2"];
    const ask = (stdin: string, ...more: string[]) => {
      const sim = createSimulator();
      const outcome = cli([...argv, ...more], { sim, stdin, columns: 80 });
      return outcome.then((outcome) => ({ ...outcome, ...sim.ledger }));
    };
    const sent = await ask("y\n", LIMIT);
    assert.equal(sent.code, 0, sent.stderr);
    assert.match(
      sent.stderr,
      /^3 requests in 2 batches, to gpt-4o-mini\nCost: \$0\.0000\d+ at most, \$0\.0000\d+ less than at once\nSend it\? \[y\/N\] Job /,
    );
    assert.equal(sent.batches.length, 2);
    for (const no of ["\n", "n\n", "", "yesterday\n"]) {
      const kept = await ask(no, LIMIT);
      assert.equal(kept.code, 4);
      assert.match(kept.stderr, /Nothing was sent\.\n$/);
      assert.equal(kept.calls.length, 0);
    }
    const open = await ask("n\n");
    assert.match(
      open.stderr,
      /answers cost\nTheir length has no limit: max_comp/,
    );
    const strange = await ask("n\n", "--model=own");
    assert.match(strange.stderr, /is given twice/);
  },
);

test(
  "no question is asked with --yes or --budget, without a terminal, by --json, or when a job continues",
  options,
  async (t) => {
    const at = folder(t);
    const input = writeLines(at("in.txt"), ["one", "two", "three"]);
    const sim = createSimulator();
    const argv = ["run", input, "--prompt={line}", ...MODEL, LIMIT];
    const terminal = { sim, stdin: "", columns: 80 };
    for (const more of [["--yes"], ["--budget=1"], ["--json"]]) {
      const { code, stderr } = await cli([...argv, ...more], terminal);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /Send it/);
    }
    const script = await cli(argv, { sim });
    assert.equal(script.code, 0);
    const named = [...argv, "--job=jo", `--output=${at("out")}`];
    assert.equal((await cli(named, terminal)).code, 4);
    assert.equal((await cli([...named, "--yes"], terminal)).code, 0);
    const again = await cli(named, terminal);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(readFileSync(at("out"), "utf8").split("\n").length, 4);
    // A job whose name is the beginning of another one's is new.
    const other = [...argv, "--job=j"];
    assert.equal((await cli(other, terminal)).code, 4);
  },
);

test(
  "what can't be written is said before it asks",
  options,
  async (t) => {
    const at = folder(t);
    const input = writeLines(at("in.txt"), ["one"]);
    writeLines(at("note.csv"), ["a note"]);
    const refused: [string, RegExp][] = [
      [at("note.csv"), /note\.csv exists already/],
      [at("no/out.csv"), /out\.csv doesn't exist: check its name/],
    ];
    for (const [output, reason] of refused) {
      const argv = ["run", input, "--prompt={line}", ...MODEL];
      const { code, stderr } = await cli([...argv, "--output", output], {
        sim: createSimulator(),
        columns: 80,
      });
      assert.equal(code, 2);
      assert.match(stderr, reason);
      assert.doesNotMatch(stderr, /Send it/);
    }
  },
);

test(
  "Ctrl-C at the question says no, and leaves no file behind",
  options,
  async (t) => {
    const at = folder(t);
    const input = writeLines(at("in.csv"), ["text", "one"]);
    const argv = ["run", input, "--prompt={text}", ...MODEL];
    const sim = createSimulator();
    const { code, stderr } = await cli([...argv, "--output", at("out.csv")], {
      sim,
      stdin: new ReadableStream(),
      columns: 80,
      onListening: (press) => press(),
    });
    assert.equal(code, 4, stderr);
    assert.match(stderr, /Send it\? .*Nothing was sent/);
    assert.deepEqual(readdirSync(at(".")), ["in.csv"]);
    assert.equal(sim.ledger.calls.length, 0);
  },
);

test("submit asks too", options, async (t) => {
  const input = writeLines(folder(t)("in.txt"), ["one"]);
  const argv = ["submit", input, "--prompt={line}", ...MODEL];
  const sim = createSimulator();
  const no = await cli(argv, { sim, stdin: "n\n", columns: 80 });
  assert.deepEqual([no.code, no.stdout], [4, ""]);
  const yes = await cli(argv, { sim, stdin: "yes\n", columns: 80 });
  assert.equal(yes.code, 0);
  assert.equal(sim.ledger.batches.length, 1);
});

test(
  "submit says how to get the answers: rows need their input again, requests do not",
  options,
  async (t) => {
    const at = folder(t);
    writeLines(at("in.csv"), ["a", "one"]);
    writeLines(at("in.jsonl"), ['"one"']);
    const sim = createSimulator();
    const FAST = ["--settle-time", "0s", "--job", "j"];
    const rows = ["submit", at("in.csv"), "--prompt={a}", ...MODEL, ...FAST];
    const { stderr } = await cli(rows, { sim });
    const [, words] = /with:\n {2}openai-batch (run .*) --output FILE\n$/
      .exec(stderr)!;
    const pasted = words!.replaceAll("'", "").split(" ");
    const run = await cli([...pasted, "--output", at("out.csv")], { sim });
    assert.equal(run.code, 0, run.stderr);
    assert.equal(
      readFileSync(at("out.csv"), "utf8"),
      "a,output,error\none,Answer to: one,\n".replaceAll("\n", "\r\n"),
    );
    const requests = ["submit", at("in.jsonl"), ...MODEL, "--job", "k"];
    const plain = await cli(requests, { sim });
    assert.match(plain.stderr, /\n {2}openai-batch results k --output FILE\n$/);
  },
);
