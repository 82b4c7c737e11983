/** A few rows asked first. */

import { writeFileSync } from "node:fs";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import {
  cli,
  failing,
  folder,
  idsOf,
  MODEL,
  parse,
  writeLines,
} from "../../_support/cli.ts";

const PLAIN = { NO_COLOR: "1" };

function table(path: string, rows: number): string {
  const lines = Array.from(
    { length: rows },
    (_, i) => `"Title, ${i}","It is ""${i}""\nreally"`,
  );
  return writeLines(path, ["title,text", ...lines]);
}

test(
  "try shows ten rows with answers, tokens and cost, each lane's cost, and the command that runs all",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    const input = table(at("in.csv"), 1_000);
    const argv = ["try", input, "--prompt", "{title}: {text}", ...MODEL];
    const { code, stdout } = await cli(argv, { sim, columns: 100, env: PLAIN });
    assert.equal(code, 0);
    const [head, first, ...others] = stdout.split("\n");
    assert.match(head!, /^ID +ROW +ANSWER +IN\+OUT +COST$/);
    assert.match(
      first!,
      /^0 +Title, 0 \| It is "0" really +Answer to: Title, 0: It .* \d+\+\d+ +\$0\.0000\d+$/,
    );
    assert.match(others[10]!, /^10 of 1,000 rows sent, for \$0\.00\d+\. From/);
    for (const lane of ["batch", "standard"]) {
      const row = new RegExp(`^${lane} +\\$0\\.\\d+ +\\$0\\.\\d+  \\w`, "m");
      assert.match(stdout, row);
    }
    const run = "openai-batch run \\S+in.csv --prompt '{title}: {text}' " +
      "--model gpt-4o-mini --output \\S+in-answers.csv";
    assert.match(stdout, new RegExp(`\nRun all rows with:\n  ${run}\n$`));
    assert.equal(sim.ledger.calls.length, 10);
    assert.ok(sim.ledger.batches.length === 0);
  },
);

test(
  "try says that ids count rows, if the table has a column that looks as if it had them",
  options,
  async (t) => {
    const input = writeLines(folder(t)("in.csv"), ["Id,text", "7,one"]);
    const argv = ["try", input, "--prompt={text}", ...MODEL];
    const try1 = async (...more: string[]) =>
      (await cli([...argv, ...more], { sim: createSimulator() })).stdout;
    const note =
      /^ID counts rows from 0; --id Id takes the column of the table$/m;
    assert.match(await try1(), note);
    const named = await try1("--id=Id");
    assert.match(named, /^7 /m);
    assert.doesNotMatch(named, note);
  },
);

test(
  "try asks as many as --size says, of stdin too, and leaves its own options out of the command",
  options,
  async () => {
    const sim = createSimulator();
    const stdin = Array.from({ length: 50 }, (_, i) => `line ${i}`).join("\n");
    const argv = ["try", "-", "--size", "3", "--pick=first", "--concurrency=2"];
    const rest = ["--prompt", "Say {line}", ...MODEL];
    const { stdout } = await cli([...argv, ...rest, "--json"], { sim, stdin });
    const [{ type, results, estimate, usage, run }] = parse(stdout);
    assert.equal(type, "sample");
    assert.deepEqual(idsOf(results), ["0", "1", "2"]);
    assert.equal(estimate.requests, 50);
    assert.ok(estimate.lanes.batch.high < estimate.lanes.standard.high);
    assert.ok(usage.cost > 0);
    const words = "run - --prompt 'Say {line}' --model gpt-4o-mini --json";
    assert.equal(run, `openai-batch ${words} --output answers.jsonl`);
  },
);

test(
  "fields are columns; what fails is shown below the table, with exit code 1",
  options,
  async (t) => {
    const input = writeLines(folder(t)("in.txt"), ["good", "bad"]);
    const argv = ["try", input, "--prompt={line}", ...MODEL];
    const fields = await cli([...argv, "--fields", "mood:good|bad, why"], {
      sim: createSimulator(),
    });
    assert.equal(fields.code, 0, fields.stderr);
    assert.match(fields.stdout, /^ID +ROW +mood +why +IN/);
    assert.match(fields.stdout, /^0 +good +(good|bad) +\S/m);
    const failed = await cli(argv, {
      sim: createSimulator({ respond: failing }),
    });
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /^1 +bad +failed\n\n1 failed: bad_prompt: It/m);
  },
);

test(
  "the table of try fits terminals of 60, 80 and 120 columns",
  options,
  async (t) => {
    const input = table(folder(t)("in.csv"), 20);
    for (const columns of [60, 80, 120]) {
      for (const more of [[], ["--fields", "mood:good|bad, stars:int, why"]]) {
        const { stdout } = await cli(
          ["try", input, "--prompt={text}", ...MODEL, ...more],
          { sim: createSimulator(), columns, env: PLAIN },
        );
        const lines = stdout.split("\nRun all")[0]!.split("\n");
        const wide = lines.filter((line) =>
          line.length > columns && !/ rows sent/.test(line)
        );
        assert.deepEqual(wide, []);
        assert.equal(lines[0]!.startsWith("ID"), true);
        assert.match(lines[1]!, /\$0\.0000\d+$/);
      }
    }
  },
);

test(
  "an empty input says so, whatever is to be done with it",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    writeFileSync(at("in.csv"), "a,b\n");
    writeFileSync(at("in.txt"), "");
    const ways = [[at("in.csv"), "--prompt={a}"], [
      at("in.txt"),
      "--prompt={line}",
    ]];
    for (const way of [...ways, ["-"]]) {
      for (const command of ["try", "estimate", "run", "submit", "direct"]) {
        const { code, stderr } = await cli([command, ...way, ...MODEL], {
          sim,
        });
        assert.equal(code, 2, command);
        assert.match(
          stderr,
          /has no (rows|requests): there is nothing to send/,
        );
      }
    }
    assert.equal(sim.ledger.calls.length, 0);
  },
);

test(
  "a field that looks misspelt is warned of once, with the one that is known, and is sent",
  options,
  async (t) => {
    const messages = [{ role: "user", content: "a" }];
    const requests = [
      { content: "a", params: { temprature: 0, reasoning_efort: "low" } },
      { content: "b", params: { temprature: 0 } },
      { body: { model: "gpt-4o", messages, max_output_tokens: 5, top_k: 3 } },
      {
        content: "c",
        params: { a_parameter_of_next_year: 1, max_new_tokens: 5 },
      },
    ];
    const input = writeLines(
      folder(t)("in.jsonl"),
      requests.map((request) => JSON.stringify(request)),
    );
    const sim = createSimulator();
    const params = '--params={"maxTokens":5}';
    const argv = ["run", input, ...MODEL, params];
    const { code, stderr } = await cli(argv, { sim });
    assert.equal(code, 0);
    const warnings = stderr.split("\n").filter((line) =>
      line.startsWith("warning: ")
    ).map((line) =>
      line.replace(
        /^warning: (.*), which .* known to have\. Did you mean (.*)\? It .*/,
        "$1: $2",
      )
    );
    assert.deepEqual(warnings, [
      "--params has the field maxTokens: max_tokens",
      "line 1 has the field temprature: temperature",
      "line 1 has the field reasoning_efort: reasoning_effort",
      "line 3 has the field max_output_tokens: max_completion_tokens",
    ]);
    assert.equal(sim.ledger.requests[0]!.body.temprature, 0);
  },
);

test(
  "a job without a model says which option names one",
  options,
  async () => {
    const argv = ["run", "-", "--prompt", "{line}"];
    const { code, stderr } = await cli(argv, {
      sim: createSimulator(),
      stdin: "one",
    });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /Request 0 has no model: name one with --model, such as/,
    );
  },
);

test(
  "try shows the columns that are asked, and no others",
  options,
  async (t) => {
    const path = folder(t)("in.csv");
    const input = writeLines(path, ["id,text,more", "1,shown,hidden"]);
    const argv = ["try", input, "--prompt", "Is it? {text}", ...MODEL];
    const { stdout } = await cli(argv, { sim: createSimulator() });
    assert.match(stdout, /^0 +shown +Answer to: Is it\? shown +\d/m);
    assert.doesNotMatch(stdout, /hidden/);
  },
);
